"""The handle that a test holds: controls, and what happened."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from .._core.errors import IdentityNotFoundError, InvalidArgumentError, SESStubError
from .._core.text import count
from .._intercept import interceptor as _botocore
from .._intercept import raw_http
from .._intercept.attach import attach
from .._model import records as _records
from .._model.backend import Backend
from .._model.identity import Identity, IdentityType, canonical, identity_type, is_domain
from .._model.mailbox import VerificationEmail
from .._model.options import account_of, make_options, name_of, region_of, status_of, steps_of, text_of
from .._model.records import Record
from .._model.sent_email import SentEmail
from .._model.zone import type_of
from .._reporting.report import Report, make_report
from .._reporting.timeline import Timeline, make_timeline
from .._service.apis import check_operation
from .._service.calls import Call, Calls
from .._service.faults import Body, make_fault
from .._service.service import Service
from .._time.clock import Clock
from .._time.time import length_of, units_given
from .._wire.messages import HTTPResponse

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._model.options import OptionsDict
    from .._server.endpoint import Endpoint

Client = TypeVar("Client")


class SESStub:
    """SES as a test sees it from outside: its clock, its owners' mailboxes and DNS, and the log of calls.

    `mock_ses_verify` and the fixture ``ses_verify`` give one whose scope answers every SES client. Made by
    hand (``SESStub(rate=None)``) it answers nobody but what is given to `attach`. Takes the options of
    `mock_ses_verify`.

    A handle looks at one region and account; `view` gives the same stub seen from another.

    Raises:
        ValueError: an option's value is wrong; the text names it.
        TypeError: there is no such option.

    """

    def __init__(self, **options: Unpack[OptionsDict]) -> None:
        self._set_up(Service(make_options(options)))
        self._seed()

    @classmethod
    def _of(cls, service: Service) -> SESStub:
        stub = cls.__new__(cls)
        stub._set_up(service)
        return stub

    def _set_up(self, service: Service) -> None:
        self._service = service
        self._region = service.options.region
        self._account_id = service.options.account_id
        self._door = _botocore.Interceptor(service)
        self._door.handle = self
        self._attached: list[Callable[[], None]] = []

    def _seed(self) -> None:
        for name, status in self._service.options.seeds.items():
            self.add_identity(name, status)

    def __repr__(self) -> str:
        identities = count(len(self.identities), "identity", "identities")
        return f"<SESStub {self.region} {self.account_id}: {identities}, {count(len(self.calls), 'call')}>"

    # Where it looks.

    @property
    def region(self) -> str:
        """The region that this handle looks at."""
        if self._region is None:
            self._region = _botocore.configured_region()
        return self._region

    @property
    def account_id(self) -> str:
        """The account that this handle looks at."""
        return self._account_id

    @property
    def clock(self) -> Clock:
        """The stub's time; ``advance`` moves it."""
        return self._service.clock

    def view(self, region: str | None = None, account_id: str | None = None) -> SESStub:
        """The same stub seen from another region or account; clock, DNS, outbox and log are the same ones.

        Args:
            region: e.g. ``eu-west-1``; None is that of this handle.
            account_id: 12 digits; None is that of this handle.

        Raises:
            ValueError: it is no region's code, or no account's id.

        """
        other = copy.copy(self)
        other._region = region_of(region) if region is not None else self.region
        other._account_id = account_of(account_id) if account_id is not None else self.account_id
        return other

    @contextmanager
    def _locked(self) -> Iterator[tuple[Backend, int]]:
        with self._service.locked() as now:
            yield self._service.state.backend(self.account_id, self.region), now

    # Identities.

    def add_identity(self, name: str, status: str = "Success", *, token: str | None = None) -> Identity:
        """Puts an identity there, as if it had come to that status earlier.

        A domain that is Success has its TXT record published; an address that is Pending has its mail in
        the outbox.

        Args:
            name: an e-mail address or a domain.
            status: a `VerificationStatus` or its spelling.
            token: the domain's token; None makes one.

        Raises:
            ValueError: the name or the status is none that SES has, or a token was given for an address.

        """
        name, wanted = name_of(name), status_of(status)
        if token is not None and identity_type(name) is IdentityType.EMAIL_ADDRESS:
            raise InvalidArgumentError("token", token, f"None, as {name!r} is an e-mail address and has none")
        with self._locked() as (backend, now):
            return backend.put(name, wanted, token, now)

    def script(self, name: str, steps: Iterable[str | tuple[str, int]]) -> None:
        """Fixes what the next answers of GetIdentityVerificationAttributes show of an identity.

        ``ses.script("example.com", [("Pending", 3), "Success"])``: three answers Pending, then Success. The last
        status stays. Registers the identity if it is not there; throttled and failed calls do not count.

        Raises:
            ValueError: there is no such status, or a count is less than 1, or there are no steps.

        """
        name, plan = name_of(name), steps_of(steps)
        with self._locked() as (backend, now):
            backend.script(name, plan, now)

    def after(
        self,
        delta: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> Later:
        """What is to happen after that long, from now: ``ses.after(hours=5).set_status("example.com", "Failed")``.

        Raises:
            ValueError: the sum of ``delta`` and the keywords is negative.
            TypeError: ``delta`` is no timedelta.

        """
        given = units_given(days, hours, minutes, seconds)
        words = [repr(delta)] * (delta is not None) + [f"{unit}={value!r}" for unit, value in given.items()]
        with self._locked() as (_, now):
            timestamp = now + length_of(delta, days, hours, minutes, seconds, "after")
            return Later(self, timestamp, f"after({', '.join(words)})")

    def identity(self, name: str) -> Identity:
        """An identity as it is now, also one that answers do not show yet.

        Raises:
            LookupError: it was never registered here, or is deleted.

        """
        name = text_of("name", name)
        with self._locked() as (backend, _):
            found = backend.identities.get(canonical(name))
            if found is None:
                where = f"{self.region} of account {self.account_id}"
                asked_by = "verify_email_identity" if "@" in name else "verify_domain_identity"
                way = "" if backend.identities else f" Did the application call {asked_by} or create_email_identity?"
                raise IdentityNotFoundError(name, where, backend.identities, self._elsewhere(name) or way)
            return found

    @property
    def identities(self) -> Mapping[str, Identity]:
        """All identities of this region and account as they are now, by name."""
        with self._locked() as (backend, _):
            return MappingProxyType(dict(backend.identities))

    def _elsewhere(self, name: str) -> str:
        places = [self._way_to(backend) for backend in self._service.state.that_have(name)]
        if not places:
            is_known = any(interceptor.service.state.that_have(name) for interceptor in _botocore._active)
            return " Another stub that is active here has it: give the test only one." if is_known else ""
        views = " or ".join(f"view({place})" for place in places)
        return f" It is in another place: use {views}, or start the stub with {' or '.join(places)}."

    def _way_to(self, backend: Backend) -> str:
        region = f"region={backend.region!r}" if backend.region != self.region else ""
        account = f"account_id={backend.account_id!r}" if backend.account_id != self.account_id else ""
        return ", ".join(filter(None, [region, account]))

    # The owners of addresses and domains.

    @property
    def verification_emails(self) -> list[VerificationEmail]:
        """All mails about verification "sent" so far, in every region and account, in order."""
        with self._locked():
            return list(self._service.state.mailbox.mails)

    def click_verification_link(self, address_or_url: str) -> str:
        """The owner of a mailbox clicks the link: in the last mail to an address, or the very link given.

        Within 24 hours of the mail the address is verified; later nothing changes.

        Returns:
            The text of the page that opens: congratulations, or that the link has expired or is unknown.

        Raises:
            LookupError: no such mail was ever sent.
            SESStubError: it is a domain, whose owner gets no link.

        AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_VerifyEmailIdentity.html

        """
        if is_domain(text_of("address_or_url", address_or_url)):
            way = f"publish_txt({address_or_url!r})"
            raise SESStubError(f"{address_or_url!r} is a domain and gets no link; its owner publishes a record: {way}")
        with self._locked() as (_, now):
            state, is_url = self._service.state, address_or_url.startswith(("http://", "https://"))
            if is_url:
                mail = state.mailbox.by_link(address_or_url)
            else:
                mail = state.mailbox.latest(self.account_id, self.region, address_or_url)
            if mail is None:
                here = (self.region, self.account_id)
                sent = [one.to for one in state.mailbox.mails if one.link and (one.region, one.account_id) == here]
                where = f"{self.region} of account {self.account_id}"
                way = (
                    " The links are in `verification_emails`."
                    if sent
                    else " Did the application call verify_email_identity?"
                )
                hint = self._elsewhere(address_or_url) or way
                raise IdentityNotFoundError(
                    address_or_url, where, sent, hint, "mail with the link" if is_url else "mail to"
                )
            return state.click(mail, now)

    @property
    def dns(self) -> DNS:
        """The records that the owners of domains have published."""
        return DNS(self)

    def publish_txt(self, domain: str) -> None:
        """The owner of a registered domain publishes the TXT record that SES asked for, at ``_amazonses.<domain>``.

        Raises:
            LookupError: the domain is unknown.
            SESStubError: it is an e-mail address, which has no record.

        AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_VerifyDomainIdentity.html

        """
        self._publish([self._ownership(domain)])

    def remove_txt(self, domain: str) -> None:
        """The owner of a registered domain takes its TXT record away (raises as `publish_txt` does)."""
        self._withdraw([self._ownership(domain)])

    def publish_dkim(self, domain: str) -> None:
        """The owner of a domain publishes the records for DKIM: three CNAMEs, or the TXT of a key of its own.

        Raises:
            LookupError: the domain is unknown.
            SESStubError: nobody has asked for DKIM, or it is an e-mail address, which has no records.

        AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_VerifyDomainDkim.html

        """
        self._publish(self._wanted_dkim(domain))

    def remove_dkim(self, domain: str) -> None:
        """The owner takes them away (raises as `publish_dkim` does)."""
        self._withdraw(self._wanted_dkim(domain))

    def publish_mail_from(self, identity: str) -> None:
        """The owner of an identity publishes the MX and SPF records of its MAIL FROM domain.

        Raises:
            LookupError: the identity is unknown.
            SESStubError: it has no MAIL FROM domain.

        AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_SetIdentityMailFromDomain.html

        """
        self._publish(
            self._wanted(identity, Backend.wanted_mail_from, "a MAIL FROM domain", "set_identity_mail_from_domain")
        )

    def remove_mail_from(self, identity: str) -> None:
        """The owner takes them away (raises as `publish_mail_from` does)."""
        self._withdraw(
            self._wanted(identity, Backend.wanted_mail_from, "a MAIL FROM domain", "set_identity_mail_from_domain")
        )

    def _publish(self, records: list[Record]) -> None:
        with self._locked() as (_, now):
            self._service.state.publish(records, now)

    def _withdraw(self, records: list[Record]) -> None:
        with self._locked() as (_, now):
            self._service.state.withdraw(records, now)

    def _ownership(self, domain: str) -> Record:
        identity = self.identity(domain)
        if identity.token is None:
            raise SESStubError(
                f"{domain!r} is an e-mail address and has no TXT record; its owner clicks: "
                f"click_verification_link({domain!r})"
            )
        return _records.ownership(identity.name, identity.token)

    def _wanted_dkim(self, domain: str) -> list[Record]:
        identity = self.identity(domain)
        if identity.token is None:
            whose = identity.name.rpartition("@")[2]
            raise SESStubError(
                f"{domain!r} is an e-mail address and has no DKIM records; those of its domain sign for it:"
                f" publish_dkim({whose!r})"
            )
        return self._wanted(domain, Backend.wanted_dkim, "DKIM", "verify_domain_dkim")

    def _wanted(
        self, name: str, records_of: Callable[[Backend, str], list[Record]], what: str, asked_by: str
    ) -> list[Record]:
        identity = self.identity(name)
        with self._locked() as (backend, _):
            records = records_of(backend, identity.name)
        if not records:
            raise SESStubError(f"nobody has asked for {what} of {name!r}: {asked_by}() does")
        return records

    @property
    def sent_emails(self) -> list[SentEmail]:
        """All messages that passed the gate, in every region and account, in order."""
        with self._service.lock:
            return list(self._service.state.sent_emails)

    # Failures, and what happened.

    def inject(
        self,
        operation: str | None = None,
        *,
        error_code: str | None = None,
        message: str | None = None,
        status: int | None = None,
        exception: BaseException | None = None,
        body: Body | None = None,
        when: Callable[[Call], object] | None = None,
        times: int | None = 1,
        required: bool | None = None,
    ) -> None:
        """Lets the next matching calls fail. Orders are taken in turn; a retry is a call of its own.

        Args:
            operation: the API's name of the operation; None is any.
            error_code: answer this error.
            message: the error's text; by default AWS's.
            exception: raise this instead of answering, e.g. ``EndpointConnectionError(endpoint_url=…)``.
            body: answer this body, with ``status`` (200); a function gets the right body and returns a spoilt one.
            status: the HTTP status; by default AWS's for the code. Alone: with an empty body.
            when: only calls for which this returns true, given the `Call`.
            times: how many calls; None is all of them.
            required: whether it is an error if the scope ends before all were met; by default only in pytest's fixture.

        Raises:
            SESStubError: the order says nothing, or contradicts itself.
            ValueError: SES has no such operation.
            UnsupportedOperationError: the stub does not answer it.

        """
        if operation is not None and not self._service.answers(operation):
            check_operation(operation)
            raise self._service.unsupported(operation)
        fault = make_fault(operation, error_code, message, status, exception, body, when, times, required)
        with self._service.lock:
            self._service.faults.append(fault)

    @property
    def calls(self) -> Calls:
        """All requests that came, in order, throttled ones and retries too, in every region and account."""
        with self._service.lock:
            return Calls(self._service.calls)

    def timeline(self) -> Timeline:
        """What happened against time: calls, status changes, waits. Print it, or draw it with its ``svg()``."""
        with self._locked():
            return make_timeline(self._service)

    def report(self) -> Report:
        """The figures: calls, throttled attempts, seconds that production would have waited, the highest rate."""
        with self._service.lock:
            return make_report(self._service)

    def assert_max_rate(self, rate: float) -> None:
        """Fails if an operation of an account and region was called more often than that.

        The rate is the most calls, throttled ones too, in any one second of the stub's time. Sending has no such
        rate and is left out.

        Args:
            rate: the most calls of one operation per second that are allowed.

        Raises:
            AssertionError: there were more; the text is the timeline.

        """
        __tracebackhide__ = True
        report = self.report()
        if report.max_rate > rate:
            raise AssertionError(
                f"{report.max_rate} calls of {report.busiest_operation} within one second, {rate} allowed\n"
                f"{self.timeline()}"
            )

    def reset(self) -> None:
        """Back to the state at activation: the identities of the options, and no records, mails, calls or failures.

        The clock goes on from where it is.
        """
        with self._service.lock:
            self._service.reset()
            home: Any = self._door.handle
            home._seed()

    # Without botocore.

    def respond(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: str | bytes = b""
    ) -> HTTPResponse:
        """Answers one raw HTTP request, for libraries that have no door of their own.

        The host is that of an SES endpoint or of a verification link; of another host the path counts. Region and
        account are those of the host and the signature, else the handle's. No retry, no wait.

        Returns:
            Status, headers and body; a tuple of these.

        Raises:
            UnsupportedOperationError: nobody answers the operation.
            SESStubError: it is no request for SES.
            Exception: one that was ordered by ``inject(exception=…)``.

        """
        text = body if isinstance(body, str) else body.decode(errors="replace")
        raw = raw_http.Raw(method, url, headers or {}, text)
        answer = raw_http.answer(self._service, raw, self.region, self.account_id)
        if answer is None:
            raise SESStubError(
                f"{method} {url} is no request for SES, neither of v1 (Action=…) nor of v2 (/v2/email/…)"
            )
        return answer

    # For other processes.

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractContextManager[Endpoint]:
        """Answers SES over HTTP, for the application's other processes: ``with ses.serve() as endpoint:``.

        They meet the state and the clock of this handle, and wait for real where they wait. Meanwhile the environment
        sends the AWS SDKs of child processes there (``AWS_ENDPOINT_URL_SES``, ``AWS_ENDPOINT_URL_SESV2``, dummy
        credentials); ``endpoint.url`` and ``endpoint.environ`` are for those that are started otherwise. There is a
        page at the address, and an API for tests in other languages below ``/_ses_stub/``.

        Args:
            host: the address to listen on; whoever reaches it can change everything, as there is no password.
            port: 0 takes a free one.

        Raises:
            ModuleNotFoundError: the extra ``server`` is not installed.
            OSError: the address cannot be had.

        """
        try:
            from .._server.endpoint import serve
        except ModuleNotFoundError as missing:
            raise ModuleNotFoundError(
                f"ses.serve() needs {missing.name}, which the extra `server` of ses-stub brings", name=missing.name
            ) from missing
        return serve(self, host, port)

    # One client without a scope.

    def attach(self, target: Client) -> Client:
        """Puts the stub on one SES client, or on the SES clients that one session makes; on nothing else.

        Needs no scope, and comes before any scope that is active. Returns what it was given.

        Raises:
            TypeError: it is neither an SES client nor a session.

        """
        self._attached.append(attach(target, self._door))
        return target

    def detach(self) -> None:
        """Takes the stub off everything that it was attached to."""
        while self._attached:
            self._attached.pop()()


class Later:
    """A moment to come, and what the test wants to happen then."""

    def __init__(self, stub: SESStub, timestamp: int, said: str) -> None:
        self._stub = stub
        self._at = timestamp
        self._said = said
        self._unspoken = stub._service.incomplete_schedules
        self._unspoken[self] = None

    def __repr__(self) -> str:
        return self._said

    def set_status(self, name: str, status: str) -> None:
        """An identity comes to a status; it is registered if it is not there.

        Raises:
            ValueError: the name or the status is none that SES has.

        """
        name, wanted = name_of(name), status_of(status)
        with self._stub._locked() as (backend, _):
            self._unspoken.pop(self, None)
            backend.put_at(self._at, name, wanted)

    def confirm(self, name: str) -> None:
        """The owner of an identity that is pending then clicks its link, or publishes its TXT record.

        Where there is none then, or it has failed, nothing changes, and the timeline says so.

        Raises:
            ValueError: the name is none that SES has.

        """
        name = name_of(name)
        with self._stub._locked() as (backend, _):
            self._unspoken.pop(self, None)
            backend.confirm_at(self._at, name)


class DNS:
    """The records of the world. SES looks at them at once.

    Values are written as in a zone file: ``10 feedback-smtp.us-east-1.amazonses.com`` for an MX.
    """

    def __init__(self, stub: SESStub) -> None:
        self._stub = stub

    def add(self, name: str, kind: str, value: str) -> None:
        """Publishes a record of a type; SES looks at ``TXT``, ``CNAME`` and ``MX``.

        Raises:
            ValueError: DNS has no such type.

        """
        self._stub._publish([Record(text_of("name", name), type_of(kind), text_of("value", value))])

    def remove(self, name: str, kind: str, value: str | None = None) -> None:
        """Withdraws a record, or all of a name and type; one that is not there is no error."""
        with self._stub._locked() as (_, now):
            self._stub._service.state.withdraw([(name, type_of(kind), value)], now)

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """The values of a name and type, as they were given."""
        with self._stub._locked():
            return self._stub._service.state.zone.published(name, type_of(kind))

    def add_txt(self, name: str, value: str) -> None:
        """Publishes a TXT record, e.g. the token at ``_amazonses.example.com``."""
        self.add(name, "TXT", value)

    def remove_txt(self, name: str, value: str | None = None) -> None:
        """Withdraws a TXT record, or all TXT records of a name; one that is not there is no error."""
        self.remove(name, "TXT", value)

    def txt(self, name: str) -> tuple[str, ...]:
        """The TXT records of a name."""
        return self.records(name, "TXT")

    def __repr__(self) -> str:
        return f"<DNS of {self._stub!r}>"


def current_stub() -> SESStub:
    """The handle of the innermost active scope; for functions under the decorator.

    Raises:
        SESStubError: no scope is active here.

    """
    interceptor = _botocore.current_interceptor()
    if interceptor is None:
        raise SESStubError(
            "no ses_stub scope is active here: use the decorator @mock_ses_verify, `with mock_ses_verify() as"
            " ses:` or the pytest fixture ses_verify"
        )
    handle: Any = interceptor.handle
    return handle  # type: ignore[no-any-return]


def service_of(stub: SESStub) -> Service:
    """The service of a stub, for the layers above."""
    return stub._service
