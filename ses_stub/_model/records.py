"""The DNS records that SES requests for a domain, and whether they are published.

Guide: "Amazon SES domain verification TXT records", "Easy DKIM", "Bring your own DKIM" and "Using a custom MAIL FROM
domain" of the developer guide.
"""

from __future__ import annotations

from typing import NamedTuple

from .zone import Zone, normalize_name, normalize_value

_LABEL = "_amazonses."
_KEYS = "._domainkey."
#: Where the public keys of Easy DKIM are (SigningHostedZone in the API).
HOSTED_ZONE = "dkim.amazonses.com"


class Record(NamedTuple):
    """One record, as a zone file would have it."""

    name: str
    kind: str
    value: str


def mismatch(record: Record, wanted: list[Record]) -> str:
    """Why a record that seems meant for SES does not match; empty if it matches, or is not meant for SES."""
    name, kind, value = normalize_name(record.name), record.kind, normalize_value(record.kind, record.value)
    for one in wanted:
        if (name, kind) == (normalize_name(one.name), one.kind):
            fits = value == normalize_value(kind, one.value) or (_KEYS in name and kind == "TXT" and _is_key(value))
            return "" if fits else f"the {kind} record at {name} has another value than SES asked for"
    for one in wanted:
        if name == normalize_name(one.name):
            return f"SES looks for {one.kind} at {name}, not for {kind}"
        if (kind, value) == (one.kind, normalize_value(one.kind, one.value)):
            return f"the {kind} record is at {name}, and SES looks for it at {normalize_name(one.name)}"
    return ""


def ownership(domain: str, token: str) -> Record:
    """The record that proves the ownership of a domain."""
    return Record(_LABEL + domain, "TXT", token)


def proves_ownership(zone: Zone, domain: str, token: str) -> bool:
    """Whether the records show the token, in one of the two documented forms.

    The token is at ``_amazonses.DOMAIN``, or, where underscores are not allowed, as ``amazonses:TOKEN`` at the
    domain itself.
    """
    return token in zone.look_up(_LABEL + domain, "TXT") or f"amazonses:{token}" in zone.look_up(domain, "TXT")


def dkim(domain: str, tokens: tuple[str, ...]) -> list[Record]:
    """The three records of Easy DKIM."""
    return [Record(f"{token}{_KEYS}{domain}", "CNAME", f"{token}.{HOSTED_ZONE}") for token in tokens]


def dkim_key(domain: str, selector: str) -> Record:
    """The record of a domain's own key ("bring your own DKIM"); the key itself is made up."""
    return Record(f"{selector}{_KEYS}{domain}", "TXT", "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB")


def shows_dkim(zone: Zone, domain: str, tokens: tuple[str, ...], selector: str | None) -> bool:
    """Whether all records for DKIM are there."""
    if selector is not None:
        return any(map(_is_key, zone.look_up(dkim_key(domain, selector).name, "TXT")))
    return bool(tokens) and all(
        normalize_value(one.kind, one.value) in zone.look_up(one.name, one.kind) for one in dkim(domain, tokens)
    )


def _is_key(value: str) -> bool:
    """Whether it is a public key; any will do, as the one that fits is not computed from the private key."""
    return "p=" in value


def mail_from(mail_from_domain: str, region: str) -> list[Record]:
    """The records of a custom MAIL FROM domain: where bounces go, and who may send."""
    return [
        Record(mail_from_domain, "MX", f"10 feedback-smtp.{region}.amazonses.com"),
        Record(mail_from_domain, "TXT", '"v=spf1 include:amazonses.com ~all"'),
    ]


def shows_mail_from(zone: Zone, mail_from_domain: str, region: str) -> bool:
    """Whether the MX record is there, and no other: the guide wants "exactly one". The SPF record is not looked for."""
    hosts = [value.split()[-1:] for value in zone.look_up(mail_from_domain, "MX")]
    return hosts == [[normalize_name(f"feedback-smtp.{region}.amazonses.com")]]
