"""The AWS account of a request: read from its credentials, and never by a request over the network.

Relies on a client's `RequestSigner`, a handler of ``request-created``, keeping its credentials in ``_credentials``, and
on the plain credentials of botocore and aiobotocore being of exactly the types in `STATIC_CREDENTIALS`.
"""

from __future__ import annotations

import base64
import re
import sys
from typing import Any
from weakref import WeakKeyDictionary

from botocore.credentials import Credentials
from botocore.signers import RequestSigner

from .handlers import handlers_of

#: The types of credentials that can be read without a request over the network.
STATIC_CREDENTIALS = ("Credentials", "AioCredentials")
_ROLE_KEY = re.compile("ASIA[Q-Z2-7][A-Z2-7]{15}")

#: The account of each client, by its emitter.
_accounts: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()


def account_of_client(emitter: Any, service: str) -> str | None:
    """The account that a client's credentials name; None if they name none, or none that can be read offline."""
    try:
        return _accounts[emitter]
    except KeyError:
        pass
    credentials = credentials_of_client(emitter, service)
    # Exactly these types: a subclass may refresh itself over the network when it is read.
    found = _account_of_credentials(credentials) if type(credentials).__name__ in STATIC_CREDENTIALS else None
    _accounts[emitter] = found
    return found


def credentials_of_client(emitter: Any, service: str) -> Any:
    """The credentials that a client signs with; None if it has none."""
    owners = (getattr(handler, "__self__", None) for handler in handlers_of(emitter, f"request-created.{service}"))
    return next((owner._credentials for owner in owners if isinstance(owner, RequestSigner)), None)


def _account_of_credentials(credentials: Credentials) -> str | None:
    account = getattr(credentials, "account_id", None)
    return str(account) if account else account_of_key(credentials.access_key)


def account_of_key(key: Any) -> str | None:
    """The account that an access key names; None if it names none.

    A key of twelve digits is the account itself, as with moto and LocalStack. The key of a role that was assumed with
    moto's STS contains it, as AWS writes it since 2019: in the 40 bits that follow the first, which is set.
    """
    if not isinstance(key, str):
        return None
    if len(key) == 12 and key.isdecimal():
        return key
    # Without moto the key may be a developer's real one, whose account no test expects.
    if "moto" not in sys.modules or _ROLE_KEY.fullmatch(key) is None:
        return None
    account = f"{int.from_bytes(base64.b32decode(key[4:]), 'big') >> 39 & (1 << 40) - 1:012}"
    return account if len(account) == 12 else None
