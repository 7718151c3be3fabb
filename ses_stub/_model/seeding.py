"""Creates the identities that exist at the start, with their records, emails and settings."""

from __future__ import annotations

from . import records
from .backend import Backend
from .dns_checks import check_replicas, expected_dkim_records, publish_records, remove_records
from .identity import Identity, VerificationStatus, canonical
from .lifecycle import set_check_status
from .presets import Preset
from .records import Record
from .settings import Dkim, RecordCheck
from .state import State
from .tokens import dkim_tokens
from .verification import set_status

_SET_BY_TEST = "set by the test"


def apply_preset(state: State, backend: Backend, preset: Preset, now: int) -> Identity:
    """Creates or changes an identity as if it had reached the preset's status earlier; returns it."""
    name = canonical(preset.name)
    set_status(state, backend, name, preset.status, now, preset.token)
    if preset.dkim is not None:
        _set_dkim(state, backend, name, preset.dkim, now)
    if preset.mail_from is not None:
        _set_mail_from(state, backend, name, *preset.mail_from, now)
    return backend.identities[name]


def _set_dkim(state: State, backend: Backend, name: str, status: VerificationStatus, now: int) -> None:
    """Sets the status of Easy DKIM. Publishes its records for Success, and removes them otherwise."""
    settings = backend.settings(name)
    dkim = settings.dkim
    tokens = dkim_tokens(state, backend, name, dkim.generation)
    # Its own records may be left from before it was deleted; a replica keeps those of its parent.
    own = records.dkim(name, tokens, records.hosted_zone(backend.region))
    before = own + (expected_dkim_records(backend, name) if dkim.parent is None else [])
    if status is VerificationStatus.NOT_STARTED:
        settings.dkim = Dkim(dkim.check, key_length=dkim.key_length, generation=dkim.generation)
    else:
        made_at = dkim.made_at if tokens == dkim.tokens else now
        settings.dkim = Dkim(dkim.check, tokens, None, True, dkim.key_length, dkim.generation, made_at)
    set_check_status(state, backend, name, "DKIM", dkim.check, status, _SET_BY_TEST, now)
    _publish_if(state, backend, status, before, expected_dkim_records(backend, name), now)
    check_replicas(state, backend, name, now)


def _set_mail_from(
    state: State, backend: Backend, name: str, domain: str, status: VerificationStatus, now: int
) -> None:
    """Sets the status of a MAIL FROM domain. Publishes its records for Success, and removes them otherwise."""
    mail_from = backend.settings(name).mail_from
    if domain != mail_from.domain:
        mail_from.domain, mail_from.check = domain, RecordCheck()
        backend.mail_from_users.setdefault(domain, set()).add(name)
    set_check_status(state, backend, name, "MAIL FROM", mail_from.check, status, _SET_BY_TEST, now)
    published = records.mail_from(domain, backend.region)
    _publish_if(state, backend, status, published, published, now)


def _publish_if(
    state: State,
    backend: Backend,
    status: VerificationStatus,
    before: list[Record],
    published: list[Record],
    now: int,
) -> None:
    """Publishes records for Success, and removes them otherwise, without a check of this backend."""
    if status is VerificationStatus.SUCCESS:
        publish_records(state, published, now, backend)
    else:
        remove_records(state, [*before, *published], now, backend)
