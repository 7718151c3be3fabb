"""Tokens and IDs. They depend only on account and region, so every run of a test has the same ones."""

from __future__ import annotations

import base64
import hashlib

from .backend import Backend


def ownership_token(backend: Backend, domain: str) -> str:
    """The value of a domain's TXT record: always the same, but another in each region and account (reported)."""
    return base64.b64encode(_digest(backend, domain)).decode()


def dkim_tokens(backend: Backend, domain: str, generation: int) -> tuple[str, ...]:
    """The three tokens of Easy DKIM: each has 32 lower-case letters and digits, as recorded.

    Args:
        backend: the domain's account and region.
        domain: the domain.
        generation: the number of earlier keys. Each generation has different tokens.

    """
    digests = [_digest(backend, f"{domain}:dkim{generation}:{number}") for number in range(3)]
    return tuple(base64.b32encode(digest).decode().lower()[:32] for digest in digests)


def new_message_id(backend: Backend, now: int) -> str:
    """The ID of the next message in the recorded form: the time in milliseconds, a UUID and a count."""
    backend.messages += 1
    uuid = _digest(backend, f"message {backend.messages}").hex()
    stamp = f"0100{now // 1000:012x}"
    return f"{stamp}-{uuid[:8]}-{uuid[8:12]}-4{uuid[13:16]}-a{uuid[17:20]}-{uuid[20:32]}-000000"


def case_id(backend: Backend) -> str:
    """The ID of the support case for AWS's review of an account: 15 digits, as recorded."""
    return str(int.from_bytes(_digest(backend, "case")[:8], "big"))[:15].zfill(15)


def _digest(backend: Backend, subject: str) -> bytes:
    return hashlib.sha256(f"{backend.account_id}:{backend.region}:{subject}".encode()).digest()
