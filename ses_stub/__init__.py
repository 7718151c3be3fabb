"""Amazon SES identity verification for tests of boto3 code, as the real service behaves.

    from ses_stub import mock_ses_verify

    with mock_ses_verify() as ses:
        boto3.client("ses").verify_email_identity(EmailAddress="ann@example.com")   # Pending
        ses.click_verification_link("ann@example.com")                              # Success

Names are imported when first used: pytest imports this package at every start for its plugin, and botocore takes a
tenth of a second.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._api.scope import current_stub as current_stub
    from ._api.scope import mock_ses_verify as mock_ses_verify
    from ._api.stub import SESStub as SESStub
    from ._core.errors import SESStubError as SESStubError
    from ._core.errors import UnsupportedOperationError as UnsupportedOperationError
    from ._model.identity import Identity as Identity
    from ._model.identity import IdentityType as IdentityType
    from ._model.identity import VerificationStatus as VerificationStatus
    from ._model.mailbox import VerificationEmail as VerificationEmail
    from ._model.sent_email import SentEmail as SentEmail
    from ._service.calls import Call as Call
    from ._time.clock import Clock as Clock
    from ._time.clock import SystemClock as SystemClock
    from ._time.clock import VirtualClock as VirtualClock

    __version__: str

__all__ = [
    "Call",
    "Clock",
    "Identity",
    "IdentityType",
    "SESStub",
    "SESStubError",
    "SentEmail",
    "SystemClock",
    "UnsupportedOperationError",
    "VerificationEmail",
    "VerificationStatus",
    "VirtualClock",
    "current_stub",
    "mock_ses_verify",
]

_HOMES = {
    "Call": "_service.calls",
    "Clock": "_time.clock",
    "Identity": "_model.identity",
    "IdentityType": "_model.identity",
    "SESStub": "_api.stub",
    "SESStubError": "_core.errors",
    "SentEmail": "_model.sent_email",
    "SystemClock": "_time.clock",
    "UnsupportedOperationError": "_core.errors",
    "VerificationEmail": "_model.mailbox",
    "VerificationStatus": "_model.identity",
    "VirtualClock": "_time.clock",
    "current_stub": "_api.scope",
    "mock_ses_verify": "_api.scope",
}


# There is no __dir__ with these names: at every freeze, freezegun reads each attribute that a module lists, and would
# import everything.
def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("ses-stub")
    if name in ("dns", "exceptions"):
        return importlib.import_module(f".{name}", __name__)
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f".{home}", __name__), name)
    return value
