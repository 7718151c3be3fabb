"""A faster codec for GetIdentityVerificationAttributes, the operation that code polls.

A poll often names the same identities, up to 100. So botocore's form of the request and its result are read and written
here without the service model. Property tests compare both with `query`.
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
# Enough for a hundred of the longest names. Longer bodies are not cached, so that the cache stays small.
_MAX_CACHED_LENGTH = 64 * 2**10


def decode_get_verification_attributes(body: str) -> dict[str, Any] | None:
    """The parameters of a request in botocore's form; None for every other body."""
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


class VerificationAttributes(dict[str, Mapping[str, str]]):
    """The status and token of each identity. It is written once, so it must not change afterwards."""

    #: How it is written.
    text: str | None = None


def encode_get_verification_attributes(result: Mapping[str, VerificationAttributes], request_id: str) -> bytes:
    """The body of a success.

    Args:
        result: the result.
        request_id: the id of the request.

    """
    attributes = result["VerificationAttributes"]
    if attributes.text is None:
        attributes.text = _write(attributes)
    return f"{_HEAD}{attributes.text}{_MIDDLE}{request_id}{_TAIL}".encode()


def _write(attributes: Mapping[str, Mapping[str, str]]) -> str:
    entries = "".join(map(_entry, attributes.items()))
    return f"    <VerificationAttributes>\n{entries}    </VerificationAttributes>\n" if entries else _EMPTY


def _entry(item: tuple[str, Mapping[str, str]]) -> str:
    name, attributes = item
    token = attributes.get("VerificationToken")
    shown = f"\n          <VerificationToken>{escape(token)}</VerificationToken>" if token is not None else ""
    return (
        "      <entry>\n"
        f"        <key>{escape(name)}</key>\n"
        "        <value>\n"
        f"          <VerificationStatus>{attributes['VerificationStatus']}</VerificationStatus>{shown}\n"
        "        </value>\n"
        "      </entry>\n"
    )
