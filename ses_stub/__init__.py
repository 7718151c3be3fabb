"""Amazon SES identity verification for tests of boto3 code, as the real service behaves.

    from ses_stub import mock_ses_verify

    with mock_ses_verify() as ses:
        boto3.client("ses").verify_email_identity(EmailAddress="ann@example.com")   # Pending
        ses.click_verification_link("ann@example.com")                              # Success

Names are resolved when first used: pytest imports this package at every start for its plugin, and botocore
takes a tenth of a second.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._calls import Call as Call
    from ._clock import Clock as Clock
    from ._clock import SystemClock as SystemClock
    from ._clock import VirtualClock as VirtualClock
    from ._errors import SESStubError as SESStubError
    from ._errors import UnhandledOperation as UnhandledOperation
    from ._identity import Identity as Identity
    from ._identity import IdentityType as IdentityType
    from ._identity import VerificationStatus as VerificationStatus
    from ._mailbox import VerificationEmail as VerificationEmail
    from ._scope import mock_ses_verify as mock_ses_verify
    from ._sent import SentEmail as SentEmail
    from ._stub import SESStub as SESStub
    from ._stub import current_stub as current_stub

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
    "UnhandledOperation",
    "VerificationEmail",
    "VerificationStatus",
    "VirtualClock",
    "current_stub",
    "mock_ses_verify",
]

_HOMES = {
    "Call": "_calls",
    "Clock": "_clock",
    "Identity": "_identity",
    "IdentityType": "_identity",
    "SESStub": "_stub",
    "SESStubError": "_errors",
    "SentEmail": "_sent",
    "SystemClock": "_clock",
    "UnhandledOperation": "_errors",
    "VerificationEmail": "_mailbox",
    "VerificationStatus": "_identity",
    "VirtualClock": "_clock",
    "current_stub": "_stub",
    "mock_ses_verify": "_scope",
}


# Without a __dir__ that tells these names: freezegun looks at all that a module advertises, and would
# import everything at every freeze.
def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("ses-stub")
    if name == "dns":
        return importlib.import_module(".dns", __name__)
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f".{home}", __name__), name)
    return value
