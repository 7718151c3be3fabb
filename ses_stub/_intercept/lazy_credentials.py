"""The credentials of a client that was made in a scope: nobody looks for them until somebody signs with them.

The stub needs no credentials, and looking for them may use the network. But a client may outlive its scope, as a cached
one does: then it signs with what its session finds, like a client that was made later.

Relies on a session finding its credentials by ``get_credentials``, and on signers asking those for
``get_frozen_credentials``, or for a property.
"""

from __future__ import annotations

import threading
from typing import Any

from botocore.credentials import Credentials, EnvProvider
from botocore.exceptions import NoCredentialsError

from .contexts import active_entries


class LazyCredentials(Credentials):  # type: ignore[misc]  # botocore is untyped
    """Credentials that are looked up when they are first needed.

    While a stub is active only those of the environment are found: no file is read, and no network is used.

    Args:
        session: whose credentials they are.

    """

    #: How they were found, as botocore has it for each kind.
    method = "lazy"

    def __init__(self, session: Any) -> None:
        self._session = session
        self._found: Any = None
        self._lock = threading.Lock()

    def _resolve(self) -> Any:
        with self._lock:
            # What was not found may be there next time.
            if self._found is None:
                self._found = EnvProvider().load() if active_entries else self._session.get_credentials()
            if self._found is None:
                raise NoCredentialsError
            return self._found

    access_key = property(lambda self: self._resolve().access_key)
    secret_key = property(lambda self: self._resolve().secret_key)
    token = property(lambda self: self._resolve().token)
    account_id = property(lambda self: getattr(self._resolve(), "account_id", None))

    def get_frozen_credentials(self) -> Any:
        """What signs a request; raises NoCredentialsError if there are none."""
        return self._resolve().get_frozen_credentials()
