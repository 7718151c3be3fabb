"""The fast path of GetIdentityVerificationAttributes, the operation that code polls.

A poll names up to 100 identities, and the same ones each time. So the request as botocore writes it, and its answer,
are read and written here without the service model. Property tests hold both equal to what `query` reads and writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from .xml import NAMESPACE, escape

OPERATION = "GetIdentityVerificationAttributes"

_BODY = re.compile(rf"Action={OPERATION}&Version=2010-12-01((?:&Identities\.member\.[0-9]{{1,9}}=[^&]*)+)")
_MEMBER = re.compile(r"&Identities\.member\.([0-9]+)=([^&]*)")
# A hundred of the longest names; longer bodies are not cached, so that the cache never holds megabytes.
_MAX_CACHED_LENGTH = 64 * 2**10


def decode_get_verification_attributes(body: str) -> dict[str, Any] | None:
    """The parameters of the request as botocore writes it; None for every other body."""
    names = _cached_names(body) if len(body) <= _MAX_CACHED_LENGTH else _read_names(body)
    return {"Identities": list(names)} if names is not None else None


def _read_names(body: str) -> tuple[str, ...] | None:
    found = _BODY.fullmatch(body)
    if found is None:
        return None
    members = _MEMBER.findall(found[1])
    if any(int(number) != place for place, (number, _) in enumerate(members, start=1)):
        return None
    return tuple(unquote_plus(name) for _, name in members)


_cached_names = lru_cache(maxsize=256)(_read_names)


_HEAD = f'<{OPERATION}Response xmlns="{NAMESPACE}">\n  <{OPERATION}Result>\n'
_EMPTY = "    <VerificationAttributes/>\n"
_MIDDLE = f"  </{OPERATION}Result>\n  <ResponseMetadata>\n    <RequestId>"
_TAIL = f"</RequestId>\n  </ResponseMetadata>\n</{OPERATION}Response>\n"


def encode_get_verification_attributes(result: Mapping[str, Any], request_id: str) -> bytes:
    """The body of a success."""
    attributes: Mapping[str, Mapping[str, str]] = result["VerificationAttributes"]
    entries = "".join(
        [_entry(name, one["VerificationStatus"], one.get("VerificationToken")) for name, one in attributes.items()]
    )
    shown = f"    <VerificationAttributes>\n{entries}    </VerificationAttributes>\n" if entries else _EMPTY
    return f"{_HEAD}{shown}{_MIDDLE}{request_id}{_TAIL}".encode()


@lru_cache(maxsize=4096)
def _entry(name: str, status: str, token: str | None) -> str:
    shown = f"\n          <VerificationToken>{escape(token)}</VerificationToken>" if token is not None else ""
    return (
        "      <entry>\n"
        f"        <key>{escape(name)}</key>\n"
        "        <value>\n"
        f"          <VerificationStatus>{status}</VerificationStatus>{shown}\n"
        "        </value>\n"
        "      </entry>\n"
    )
