"""The exceptions that ses_stub raises.

::

    SESStubError
    ├── UnsupportedOperationError   the stub does not support the SES operation
    ├── UnsupportedPolicyError      a policy of an identity has a condition that the stub cannot check
    ├── UnknownOperationError       SES has no operation of that name                   (also a ValueError)
    ├── InvalidArgumentError        an argument has an invalid value                    (also a ValueError)
    ├── ArgumentTypeError           an argument has an invalid type                     (also a TypeError)
    ├── InvalidOptionError          an option has an invalid value                      (also a ValueError)
    ├── UnknownOptionError          an option does not exist                            (also a TypeError)
    ├── IllegalTransitionError      an event cannot happen in an identity's status
    ├── IdentityNotFoundError       an identity or an email does not exist              (also a LookupError)
    └── NoCallError                 calls.last of no calls                              (also an IndexError)

All of them can be pickled and copied. Errors of AWS are botocore's ``ClientError``, and not among them.
"""

from __future__ import annotations

from ._core.errors import (
    ArgumentTypeError,
    IdentityNotFoundError,
    IllegalTransitionError,
    InvalidArgumentError,
    InvalidOptionError,
    NoCallError,
    SESStubError,
    UnknownOperationError,
    UnknownOptionError,
    UnsupportedOperationError,
    UnsupportedPolicyError,
)

__all__ = [
    "ArgumentTypeError",
    "IdentityNotFoundError",
    "IllegalTransitionError",
    "InvalidArgumentError",
    "InvalidOptionError",
    "NoCallError",
    "SESStubError",
    "UnknownOperationError",
    "UnknownOptionError",
    "UnsupportedOperationError",
    "UnsupportedPolicyError",
]
