"""Creates the identities that exist at the start, with their records, emails and settings."""

from __future__ import annotations

from . import records
from .dns_checks import check_replicas, expected_dkim_records, publish_records, remove_records
from .identity import Identity, VerificationStatus, canonical
from .lifecycle import set_check_status
from .place import Place
from .presets import Preset
from .records import Record
from .settings import Dkim, RecordCheck
from .tokens import dkim_tokens
from .verification import set_status

_SET_BY_TEST = "set by the test"


def apply_preset(place: Place, preset: Preset) -> Identity:
    """Creates or changes an identity as if it had reached the preset's status earlier; returns it."""
    name = canonical(preset.name)
    set_status(place, name, preset.status, preset.token)
    if preset.dkim is not None:
        _set_dkim(place, name, preset.dkim)
    if preset.mail_from is not None:
        _set_mail_from(place, name, *preset.mail_from)
    return place.backend.identities[name]


def _set_dkim(place: Place, name: str, status: VerificationStatus) -> None:
    """Sets the status of Easy DKIM. Publishes its records for Success, and removes them otherwise."""
    settings = place.backend.settings(name)
    dkim = settings.dkim
    tokens = dkim_tokens(place.backend, name, dkim.generation)
    # Its own records may be left from before it was deleted; a replica keeps those of its parent.
    own = records.dkim(name, tokens, records.hosted_zone(place.backend.region))
    before = own + (expected_dkim_records(place.backend, name) if dkim.parent is None else [])
    if status is VerificationStatus.NOT_STARTED:
        settings.dkim = Dkim(dkim.check, key_length=dkim.key_length, generation=dkim.generation)
    else:
        made_at = dkim.made_at if tokens == dkim.tokens else place.now
        settings.dkim = Dkim(dkim.check, tokens, None, True, dkim.key_length, dkim.generation, made_at)
    set_check_status(place, name, "DKIM", dkim.check, status, _SET_BY_TEST)
    _publish_if(place, status, before, expected_dkim_records(place.backend, name))
    check_replicas(place, name)


def _set_mail_from(place: Place, name: str, domain: str, status: VerificationStatus) -> None:
    """Sets the status of a MAIL FROM domain. Publishes its records for Success, and removes them otherwise."""
    mail_from = place.backend.settings(name).mail_from
    if domain != mail_from.domain:
        mail_from.domain, mail_from.check = domain, RecordCheck()
        place.backend.mail_from_users.setdefault(domain, set()).add(name)
    set_check_status(place, name, "MAIL FROM", mail_from.check, status, _SET_BY_TEST)
    published = records.mail_from(domain, place.backend.region)
    _publish_if(place, status, published, published)


def _publish_if(place: Place, status: VerificationStatus, before: list[Record], published: list[Record]) -> None:
    """Publishes records for Success, and removes them otherwise, without a check here."""
    if status is VerificationStatus.SUCCESS:
        publish_records(place.state, published, place.now, place.backend)
    else:
        remove_records(place.state, [*before, *published], place.now, place.backend)
