"""The clients of the fixtures (``ses_client``, ``sesv2_client``): one that a test leaves as it was goes on to the next.

botocore takes longer to make a client than a typical test to use it. One goes on only where nobody could tell it from
a new one: nothing holds it any more, no part of it was replaced, no handler came or went, and a client made now would
be made of the same environment, session and credentials. Else it is dropped, and a new one made.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from operator import is_
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.session import get_session

from .._intercept import interceptor

if TYPE_CHECKING:
    from botocore.config import Config

    from .._model.options import Options


@contextmanager
def lent_client(region: str, config: Config | None, options: Options, service: str = "ses") -> Iterator[Any]:
    """A client that is new, or as new: boto3's, or botocore's where boto3 is not installed."""
    try:
        import boto3
    except ImportError:
        yield get_session().create_client(service, region_name=region, config=config)
        return
    key = service, region, repr(config and config.retries)
    spare = _spares.pop(key, None)
    if spare is None or not spare.is_as_new(options):
        client = boto3.client(service, region_name=region, config=config)
        spare = _Spare(client, _parts(client, options), _environment())
        del client
    yield spare.client
    _spares[key] = spare


class _Spare(NamedTuple):
    """A client, and what it was when it was new."""

    client: Any
    parts: list[Any]
    environment: dict[str, str]

    def is_as_new(self, options: Options) -> bool:
        """Whether one that is made now would be no different."""
        parts = _parts(self.client, options)
        return (
            _holders(self) == _NOBODY
            # Without a virtual clock, its retries use up what it has for them.
            and options.sleep == "virtual"
            and self.environment == _environment()
            and len(parts) == len(self.parts)
            and all(map(is_, parts, self.parts))
        )


def _parts(client: Any, options: Options) -> list[Any]:
    """What a client consists of, and what it was made by."""
    import boto3

    session = boto3.DEFAULT_SESSION
    given = [] if session is None else interceptor.parts_of_session(session._session)
    return [*interceptor.parts_of_client(client), *given, boto3.client, options.unsupported == "passthrough"]


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    # pytest's own, another one in each phase of each test.
    environment.pop("PYTEST_CURRENT_TEST", None)
    return environment


def _holders(spare: _Spare) -> int:
    """How often a spare's client is held; what is counted along differs from one Python to the next."""
    return sys.getrefcount(spare.client)


_spares: dict[tuple[str, str, str], _Spare] = {}
_NOBODY = _holders(_Spare(object(), [], {}))
