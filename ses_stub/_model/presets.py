"""Presets: checks the state that a test gives an identity at the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict

from .._core.errors import InvalidArgumentError, suggest
from .arguments import name_of, status_of
from .identity import IdentityType, VerificationStatus, canonical, identity_type, is_domain


class PresetDict(TypedDict, total=False):
    """A preset in the option ``identities``. `SESStub.add_identity` describes each key."""

    status: str
    token: str | None
    dkim: str | None
    mail_from: str | tuple[str, str] | None


class Preset(NamedTuple):
    """A checked preset.

    Attributes:
        name: the identity.
        status: its status.
        token: a domain's token; None keeps that of an existing identity, or makes one.
        dkim: the status of Easy DKIM; None does not change it.
        mail_from: the custom MAIL FROM domain and its status; None does not change it.

    """

    name: str
    status: VerificationStatus = VerificationStatus.SUCCESS
    token: str | None = None
    dkim: VerificationStatus | None = None
    mail_from: tuple[str, VerificationStatus] | None = None


def preset_of(
    name: object, status: object = "Success", token: object = None, dkim: object = None, mail_from: object = None
) -> Preset:
    """A preset from the arguments of ``add_identity``.

    Raises:
        InvalidArgumentError: an argument has an invalid value, or is for domains only.

    """
    name, wanted = name_of(name), status_of(status)
    if identity_type(name) is IdentityType.EMAIL_ADDRESS:
        if token is not None:
            raise InvalidArgumentError("token", token, f"None, as {name!r} is an email address and has none")
        if dkim is not None:
            raise InvalidArgumentError("dkim", dkim, f"None, as {name!r} is an email address: its domain has DKIM")
    if token is not None and not isinstance(token, str):
        raise InvalidArgumentError("token", token, "a string or None")
    return Preset(
        name,
        wanted,
        token,
        status_of(dkim, "dkim") if dkim is not None else None,
        _mail_from_of(name, mail_from) if mail_from is not None else None,
    )


def preset_of_mapping(name: object, given: object) -> Preset:
    """A preset from an entry of the option ``identities``: a status, or a mapping of arguments.

    Raises:
        InvalidArgumentError: an argument is unknown or has an invalid value.

    """
    if not isinstance(given, Mapping):
        return preset_of(name, given)
    known = PresetDict.__annotations__
    for key in given:
        if key not in known:
            raise InvalidArgumentError("key", key, f"one of {', '.join(known)}{suggest(str(key), known)}")
    return preset_of(name, **given)


def _mail_from_of(name: str, value: Any) -> tuple[str, VerificationStatus]:
    """A MAIL FROM domain and its status: from a domain alone, which is Success, or from a pair."""
    pair = (value, "Success") if isinstance(value, str) else value
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise InvalidArgumentError("mail_from", value, "a domain, or a pair of a domain and a status")
    owner = canonical(name).rpartition("@")[2].lower()
    domain = canonical(pair[0]) if isinstance(pair[0], str) else ""
    if not is_domain(domain) or not domain.endswith(f".{owner}"):
        raise InvalidArgumentError("mail_from", value, f"a domain below {owner}, such as 'mail.{owner}'")
    status = status_of(pair[1], "mail_from")
    if status is VerificationStatus.NOT_STARTED:
        raise InvalidArgumentError("mail_from", value, "a status other than NotStarted: SES begins immediately")
    return domain, status
