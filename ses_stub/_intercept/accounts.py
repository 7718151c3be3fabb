"""Reads the AWS account of a request from its credentials, never over the network.

Relies on `RequestSigner`, a handler of ``request-created``, keeping its credentials in ``_credentials``, and on the
classes in `STATIC_CREDENTIALS` being botocore's and aiobotocore's for plain credentials.
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

#: The classes of credentials that can be read without the network.
STATIC_CREDENTIALS = ("Credentials", "AioCredentials")
_ROLE_KEY = re.compile("ASIA[Q-Z2-7][A-Z2-7]{15}")

#: The account of each client, by the client's emitter.
_accounts: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()


def account_of_client(emitter: Any, service: str) -> str | None:
    """The account that a client's credentials name; None if they name none or could need the network."""
    try:
        return _accounts[emitter]
    except KeyError:
        pass
    credentials = credentials_of_client(emitter, service)
    # A subclass may refresh itself over the network when it is read.
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

    A key of twelve digits is the account itself, as with moto and LocalStack. A key that moto's STS made contains the
    account as AWS encodes it since 2019: in 40 of its bits, after the first.
    """
    if not isinstance(key, str):
        return None
    if len(key) == 12 and key.isdecimal():
        return key
    # Without moto the key may be a developer's real one. No test expects that account.
    if "moto" not in sys.modules or _ROLE_KEY.fullmatch(key) is None:
        return None
    account = f"{int.from_bytes(base64.b32decode(key[4:]), 'big') >> 39 & (1 << 40) - 1:012}"
    return account if len(account) == 12 else None
