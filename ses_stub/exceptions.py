"""The exceptions that ses_stub raises.

::

    SESStubError
    ├── UnsupportedOperationError   the stub does not support the SES operation that was called
    ├── UnknownOperationError       SES has no operation of that name                   (also a ValueError)
    ├── InvalidArgumentError        an argument has an invalid value                    (also a ValueError)
    ├── ArgumentTypeError           an argument has an invalid type                     (also a TypeError)
    ├── InvalidOptionError          an option has an invalid value                      (also a ValueError)
    ├── UnknownOptionError          there is no option of that name                     (also a TypeError)
    ├── IllegalTransitionError      an identity cannot go from its status to that one
    ├── IdentityNotFoundError       no identity or mail of that name exists             (also a LookupError)
    └── NoCallError                 the last call was asked for, and there is none      (also an IndexError)

AWS errors are not among them: those are botocore's ``ClientError``. All of them can be pickled and copied.
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
]
