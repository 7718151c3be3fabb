"""Scheduled actions and the DNS: the controls that are objects of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from .._core.errors import ArgumentTypeError
from .._model.arguments import name_of, status_of, text_of
from .._model.dns_checks import publish_records, remove_records
from .._model.identity import VerificationStatus, canonical
from .._model.place import Place
from .._model.records import Record
from .._model.schedule import Action, EventKind
from .._model.state import State
from .._model.verification import note_no_effect
from .._model.zone import type_of
from .._time.clock import timestamp_of
from .._time.time import end_of, length_of, units_given
from .actions import DKIM, MAIL_FROM, TXT, RecordKind, records_of, refuse_address
from .location import Location


def schedule(
    location: Location, delta: timedelta | None, days: float, hours: float, minutes: float, seconds: float
) -> ScheduledAction:
    """A scheduled action (see `SESStub.after`)."""
    length = length_of(delta, days, hours, minutes, seconds, "after")
    given = units_given(days, hours, minutes, seconds)
    words = [repr(delta)] * (delta is not None) + [f"{unit}={value!r}" for unit, value in given.items()]
    with location.service.lock:
        timestamp = end_of(timestamp_of(location.service.clock), length, "after()")
        return ScheduledAction(location, timestamp, f"after({', '.join(words)})")


class ScheduledAction:
    """A time in the future. Its methods set what happens then. `SESStub.after` returns one.

    Actions happen at their time, in order, no matter when you look. Actions with the same time happen in the order in
    which you scheduled them.
    """

    def __init__(self, location: Location, timestamp: int, label: str) -> None:
        self._location = location
        self._at = timestamp
        self._label = label
        self._incomplete = location.service.incomplete_schedules
        self._incomplete[self] = None

    def __repr__(self) -> str:
        return self._label

    def set_status(self, name: str, status: str) -> None:
        """Sets the status of an identity at that time. Registers an unknown one.

        Raises:
            ValueError: invalid name or status.

        """
        name, wanted = name_of(name), status_of(status)
        self._add(EventKind.SET_STATUS, name, wanted)

    def confirm(self, name: str) -> None:
        """Verifies a pending identity at that time: clicks its link, or publishes its records.

        If the identity is unknown or has failed, nothing changes, and the timeline says so.

        Raises:
            ValueError: invalid name.

        """
        self._add(EventKind.CONFIRM, name_of(name))

    def publish_txt(self, domain: str) -> None:
        """Publishes the TXT record of a domain at that time (see `SESStub.publish_txt`).

        If the domain is unknown, nothing changes, and the timeline says so.

        Raises:
            ValueError: invalid name.
            SESStubError: it is an email address, which has no record.

        """
        self._change_records(TXT, domain, publish_records)

    def remove_txt(self, domain: str) -> None:
        """Removes the TXT record at that time (raises as `publish_txt` does)."""
        self._change_records(TXT, domain, remove_records)

    def publish_dkim(self, domain: str) -> None:
        """Publishes the DKIM records of a domain at that time (see `SESStub.publish_dkim`).

        If the domain is unknown or has no DKIM, nothing changes, and the timeline says so.

        Raises:
            ValueError: invalid name.
            SESStubError: it is an email address, which has no records.

        """
        self._change_records(DKIM, domain, publish_records)

    def remove_dkim(self, domain: str) -> None:
        """Removes the DKIM records at that time (raises as `publish_dkim` does)."""
        self._change_records(DKIM, domain, remove_records)

    def publish_mail_from(self, identity: str) -> None:
        """Publishes the records of a MAIL FROM domain at that time (see `SESStub.publish_mail_from`).

        If the identity is unknown or has no MAIL FROM domain, nothing changes, and the timeline says so.

        Raises:
            ValueError: invalid name.

        """
        self._change_records(MAIL_FROM, identity, publish_records)

    def remove_mail_from(self, identity: str) -> None:
        """Removes the records of a MAIL FROM domain at that time (raises as `publish_mail_from` does)."""
        self._change_records(MAIL_FROM, identity, remove_records)

    def call(self, function: Callable[[], object]) -> None:
        """Calls a function without arguments at that time.

        While it runs, the stub's clock, and the application's with ``freeze``, show that time. It runs in the thread
        that moves the time, which also gets its exceptions. It may use the stub and SES clients, but must not wait for
        another thread that does. If the clock moves by itself, or is your own, the function runs at the next call or
        control.

        Raises:
            TypeError: it is not callable.

        """
        if not callable(function):
            raise ArgumentTypeError(
                f"call() takes a function, not {function!r}: pass the function itself, as in .call(f), not its result,"
                " as in .call(f()). For one with arguments, write .call(lambda: f(x))"
            )
        self._add(EventKind.ACTION, "", action=lambda place: function())

    def _change_records(
        self, kind: RecordKind, name: str, change: Callable[[State, list[Record], int], object]
    ) -> None:
        name = canonical(name_of(name))
        refuse_address(kind, name)

        # A plain function of its arguments, as the state of a decorated class is copied for each test.
        def action(place: Place) -> None:
            identity = place.backend.identities.get(name)
            records = records_of(place.backend, identity, kind) if identity is not None else []
            if records:
                change(place.state, records, place.now)
            else:
                note_no_effect(place, name, f"{kind.title} was not requested")

        self._add(EventKind.ACTION, name, action=action)

    def _add(
        self, kind: EventKind, name: str, status: VerificationStatus | None = None, action: Action | None = None
    ) -> None:
        with self._location.locked(check_dns=False) as place:
            self._incomplete.pop(self, None)
            place.schedule(self._at, kind, canonical(name), status, action=action)


class DNS:
    """The DNS records of all domains. SES checks changes immediately.

    Values are written as in a zone file: ``10 feedback-smtp.us-east-1.amazonses.com`` for an MX.
    """

    def __init__(self, location: Location) -> None:
        self._location = location

    def add(self, name: str, kind: str, value: str) -> None:
        """Publishes a record. SES checks the types ``TXT``, ``CNAME`` and ``MX``.

        Raises:
            ValueError: the type is unknown.

        """
        record = Record(text_of("name", name), type_of(kind), text_of("value", value))
        with self._location.locked(check_dns=False) as place:
            publish_records(place.state, [record], place.now)

    def remove(self, name: str, kind: str, value: str | None = None) -> None:
        """Removes a record, or all of a name and type. An unknown one is not an error.

        Raises:
            ValueError: the type is unknown.

        """
        record = (name, type_of(kind), value)
        with self._location.locked(check_dns=False) as place:
            remove_records(place.state, [record], place.now)

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """The values of a name and type, as they were given.

        Raises:
            ValueError: the type is unknown.

        """
        kind = type_of(kind)
        with self._location.locked() as place:
            return place.state.zone.published(name, kind)

    def add_txt(self, name: str, value: str) -> None:
        """Publishes a TXT record, such as the token at ``_amazonses.example.com``."""
        self.add(name, "TXT", value)

    def remove_txt(self, name: str, value: str | None = None) -> None:
        """Removes a TXT record, or all TXT records of a name. An unknown one is not an error."""
        self.remove(name, "TXT", value)

    def txt(self, name: str) -> tuple[str, ...]:
        """The TXT records of a name."""
        return self.records(name, "TXT")

    def __repr__(self) -> str:
        return f"<DNS of {self._location!r}>"
