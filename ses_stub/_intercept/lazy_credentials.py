"""The credentials of a client that was made in a scope: looked up only when somebody signs with them.

The stub needs no credentials, and the lookup may use the network. A client that outlives its scope, such as a cached
one, signs with what its session finds, as a client that is made later does.

Relies on a session finding its credentials by ``get_credentials``, and on signers using ``get_frozen_credentials`` or
a property of them.
"""

from __future__ import annotations

import threading
from typing import Any

from botocore.credentials import Credentials, EnvProvider
from botocore.exceptions import NoCredentialsError

from .contexts import active_entries


class ScopeEndedError(NoCredentialsError):  # type: ignore[misc]  # botocore is untyped
    """botocore's error for a client that was made in a scope and used after it, where it needs credentials."""

    fmt = (
        "Unable to locate credentials. The client was made in a scope of ses_stub that has ended, so no stub answers"
        " it: make the call while a scope is active, as in a test with the fixture ses_verify"
    )


class NoEnvironmentCredentialsError(NoCredentialsError):  # type: ignore[misc]  # botocore is untyped
    """botocore's error for signing while a stub is active, as for a presigned URL."""

    fmt = (
        "Unable to locate credentials. While a stub is active, a client signs with those of the environment only: set"
        " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the test"
    )


def missing_credentials() -> NoCredentialsError:
    """The error for credentials that were not found."""
    return NoEnvironmentCredentialsError() if active_entries else ScopeEndedError()


class LazyCredentials(Credentials):  # type: ignore[misc]  # botocore is untyped
    """Credentials that are looked up when they are first needed.

    While a stub is active only the environment is searched: no file is read, and no network is used.

    Args:
        session: finds the credentials.

    """

    #: How botocore names the source of such credentials.
    method = "lazy"

    def __init__(self, session: Any) -> None:
        self._session = session
        self._found: Any = None
        self._lock = threading.Lock()

    def _resolve(self) -> Any:
        with self._lock:
            # Credentials that are missing now may exist later.
            if self._found is None:
                self._found = EnvProvider().load() if active_entries else self._session.get_credentials()
            if self._found is None:
                raise missing_credentials()
            return self._found

    access_key = property(lambda self: self._resolve().access_key)
    secret_key = property(lambda self: self._resolve().secret_key)
    token = property(lambda self: self._resolve().token)
    account_id = property(lambda self: getattr(self._resolve(), "account_id", None))

    def get_frozen_credentials(self) -> Any:
        """The keys that sign a request. Raises NoCredentialsError if there are none."""
        return self._resolve().get_frozen_credentials()
