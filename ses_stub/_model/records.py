"""The DNS records that SES requests for a domain, and whether they are published.

Guide: "Amazon SES domain verification TXT records", "Easy DKIM", "Bring your own DKIM" and "Using a custom MAIL FROM
domain" of the developer guide.
"""

from __future__ import annotations

from typing import NamedTuple

from .zone import Zone, normalize_name, normalize_value

_LABEL = "_amazonses."
_KEYS = "._domainkey."
#: The regions with their own zone for the public keys of Easy DKIM (AWS General Reference, "DKIM domains").
_OWN_ZONES = frozenset(
    {
        *("af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1"),
        *("eu-central-2", "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1"),
    }
)

# Why a record is missing, as in VerificationInfo.ErrorType.
HOST_NOT_FOUND, TYPE_NOT_FOUND, INVALID_VALUE = "HOST_NOT_FOUND", "TYPE_NOT_FOUND", "INVALID_VALUE"


class Record(NamedTuple):
    """One record, as in a zone file."""

    name: str
    kind: str
    value: str


def mismatch(record: Record, wanted: list[Record]) -> str:
    """Why a record that seems to be for SES does not match; empty if it matches, or is not for SES."""
    name, kind, value = normalize_name(record.name), record.kind, normalize_value(record.kind, record.value)
    for one in wanted:
        if (name, kind) == (normalize_name(one.name), one.kind):
            return "" if _fits(one, value) else f"the {kind} record at {name} has another value than SES requested"
    for one in wanted:
        if name == normalize_name(one.name):
            return f"SES searches for {one.kind} at {name}, not for {kind}"
        if (kind, value) == (one.kind, normalize_value(one.kind, one.value)):
            return f"the {kind} record is at {name}, but SES searches for it at {normalize_name(one.name)}"
    return ""


def ownership(domain: str, token: str) -> Record:
    """The record that proves ownership of a domain."""
    return Record(_LABEL + domain, "TXT", token)


def look_for_ownership(zone: Zone, domain: str, token: str) -> str:
    """Why the token is missing; empty if it is found in one of the two documented forms.

    The token is at ``_amazonses.DOMAIN``, or, for DNS providers without underscores, as ``amazonses:TOKEN`` at the
    domain itself.
    """
    error = look_for(zone, ownership(domain, token))
    return error if error and f"amazonses:{token}" not in zone.look_up(domain, "TXT") else ""


def look_for(zone: Zone, record: Record) -> str:
    """Why a record is missing; empty if it is found. Asks a resolver only for its type."""
    values = zone.look_up(record.name, record.kind)
    found = any(_fits(record, value) for value in values)
    return "" if found else _why_missing(zone, record.name, values)


def _why_missing(zone: Zone, name: str, values: set[str]) -> str:
    """Why no record of a name and type matches, given the existing values."""
    if values:
        return INVALID_VALUE
    return TYPE_NOT_FOUND if zone.has(name) else HOST_NOT_FOUND


def _fits(wanted: Record, value: str) -> bool:
    """Whether a normalized value is the wanted one. A public key is not compared with the private key."""
    if wanted.kind == "TXT" and _KEYS in wanted.name:
        return "p=" in value
    return value == normalize_value(wanted.kind, wanted.value)


def hosted_zone(region: str) -> str:
    """The zone of a region's public keys of Easy DKIM (SigningHostedZone in the API)."""
    return f"dkim.{region}.amazonses.com" if region in _OWN_ZONES else "dkim.amazonses.com"


def dkim(domain: str, tokens: tuple[str, ...], zone: str) -> list[Record]:
    """The three records of Easy DKIM, which point to the keys in a hosted zone."""
    return [Record(f"{token}{_KEYS}{domain}", "CNAME", f"{token}.{zone}") for token in tokens]


def dkim_key(domain: str, selector: str) -> Record:
    """The record of a domain's own key ("bring your own DKIM"). The key is made up."""
    return Record(f"{selector}{_KEYS}{domain}", "TXT", "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB")


def mail_from(mail_from_domain: str, region: str) -> list[Record]:
    """The records of a custom MAIL FROM domain: for bounces (MX), and for allowed senders (SPF)."""
    return [
        Record(mail_from_domain, "MX", f"10 feedback-smtp.{region}.amazonses.com"),
        Record(mail_from_domain, "TXT", '"v=spf1 include:amazonses.com ~all"'),
    ]


def look_for_mail_from(zone: Zone, mail_from_domain: str, region: str) -> str:
    """Why the MX record is missing or not alone: the guide wants "exactly one". The SPF record is not checked."""
    values = zone.look_up(mail_from_domain, "MX")
    hosts = [value.split()[-1:] for value in values]
    right = hosts == [[normalize_name(f"feedback-smtp.{region}.amazonses.com")]]
    return "" if right else _why_missing(zone, mail_from_domain, values)
