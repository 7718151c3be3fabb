"""The pool of clients behind the fixture ``ses_client``: a client that a test leaves pristine is used again.

Botocore takes longer to make a client than a typical test takes to use it. A client is used again only if nobody can
distinguish it from a new one: nothing refers to it any more, no part of it was replaced, no handler was registered or
unregistered, and a client made now would be made of the same environment, session and credentials. Otherwise it is
dropped and a new one is made.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from operator import is_
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.session import get_session

from .._intercept.client_creation import client_fingerprint, session_fingerprint

if TYPE_CHECKING:
    from botocore.config import Config

    from .._model.options import Options


@contextmanager
def pooled_client(region: str, config: Config | None, options: Options, service: str = "ses") -> Iterator[Any]:
    """Yields a client that is new, or as good as new: boto3's, or botocore's if boto3 is not installed.

    Args:
        region: the client's region.
        config: its configuration, which may set nothing but the retries.
        options: those of the stub that answers it.
        service: ``ses`` or ``sesv2``.

    """
    try:
        import boto3
    except ImportError:
        yield get_session().create_client(service, region_name=region, config=config)
        return
    key = service, region, repr(config and config.retries)
    pooled = _pool.pop(key, None)
    if pooled is None or not pooled.is_pristine(options):
        client = boto3.client(service, region_name=region, config=config)
        pooled = _PooledClient(client, _fingerprint(client, options), _environment())
        del client
    yield pooled.client
    _pool[key] = pooled


class _PooledClient(NamedTuple):
    """A client, and what it was made of when it was new."""

    client: Any
    fingerprint: list[Any]
    environment: dict[str, str]

    def is_pristine(self, options: Options) -> bool:
        """Whether a client that is made now would be the same."""
        fingerprint = _fingerprint(self.client, options)
        return (
            _refcount(self) == _UNREFERENCED
            # Without a virtual clock retries use up the client's retry quota, and nothing restores it.
            and options.sleep == "virtual"
            and self.environment == _environment()
            and len(fingerprint) == len(self.fingerprint)
            and all(map(is_, fingerprint, self.fingerprint))
        )


def _fingerprint(client: Any, options: Options) -> list[Any]:
    """The objects that a client consists of, and those that it was made by."""
    import boto3

    session = boto3.DEFAULT_SESSION
    given = [] if session is None else session_fingerprint(session)
    return [*client_fingerprint(client), *given, boto3.client, options.unsupported == "passthrough"]


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    # Set by pytest, and different in each phase of each test.
    environment.pop("PYTEST_CURRENT_TEST", None)
    return environment


def _refcount(pooled: _PooledClient) -> int:
    """How many references there are to a client; Python versions differ in what they count beside the caller's."""
    return sys.getrefcount(pooled.client)


_pool: dict[tuple[str, str, str], _PooledClient] = {}
_UNREFERENCED = _refcount(_PooledClient(object(), [], {}))
