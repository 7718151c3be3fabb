"""The stub that a test uses."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from .._core.extras import needed_for
from .._intercept.attach import attach
from .._intercept.interceptor import Interceptor
from .._model.identity import Identity
from .._model.mailbox import VerificationEmail
from .._model.options import make_options
from .._model.presets import preset_of
from .._model.sent_email import SentEmail
from .._reporting.report import Report, make_report
from .._reporting.timeline import Timeline, make_timeline
from .._service.calls import Call, Calls
from .._service.faults import Body, make_fault
from .._service.service import Service
from .._time.clock import Clock
from .._wire.messages import HTTPResponse
from . import actions
from .controls import DNS, ScheduledAction, schedule
from .location import Location

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._model.options import OptionsDict
    from .._server.endpoint import Endpoint

Client = TypeVar("Client")


class SESStub:
    """SES as a test controls it: identities, their verification, DNS, the clock, and the log of calls.

    `mock_ses_verify` and the fixture ``ses_verify`` give you one that answers every SES client in its scope. One that
    you make (``SESStub(rate=None)``) answers only the clients that you `attach`. Takes the options of
    `mock_ses_verify`.

    A stub is bound to one region and account; `view` returns the same stub bound to another.

    Raises:
        ValueError: an option's value is invalid.
        TypeError: an option does not exist.

    """

    def __init__(self, **options: Unpack[OptionsDict]) -> None:
        service = Service(make_options(options))
        self._set_up(Location(service, service.options.region, service.options.account_id), Interceptor(service))
        actions.seed(self._location)

    def _set_up(self, location: Location, interceptor: Interceptor) -> None:
        self._service = location.service
        self._location = self._home = location
        self._interceptor = interceptor
        self._interceptor.stub = weakref.ref(self)
        self._attached: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return repr(self._location)

    @property
    def region(self) -> str:
        """The stub's region."""
        return self._location.region

    @property
    def account_id(self) -> str:
        """The stub's account."""
        return self._location.account_id

    @property
    def clock(self) -> Clock:
        """The stub's clock; ``advance`` moves it."""
        return self._service.clock

    def view(self, region: str | None = None, account_id: str | None = None) -> SESStub:
        """The same stub for another region or account (None: this stub's). Clock, DNS, emails and log are shared.

        Raises:
            ValueError: the region or the account is invalid.

        """
        other = copy.copy(self)
        vars(other)["_location"] = self._location.view(region, account_id)
        return other

    def add_identity(
        self,
        name: str,
        status: str = "Success",
        *,
        token: str | None = None,
        dkim: str | None = None,
        mail_from: str | tuple[str, str] | None = None,
    ) -> Identity:
        """Adds an identity as if it had reached a status earlier, or changes the status of an existing one.

        A domain with Success has its TXT record published. An address with Pending has its email in
        `verification_emails`.

        Args:
            name: an email address or a domain.
            status: a `VerificationStatus`, or its spelling in v1 or v2: ``Success`` or ``SUCCESS``.
            token: the domain's token; None makes one.
            dkim: the status of Easy DKIM; ``Success`` also publishes its records. None changes nothing.
            mail_from: the custom MAIL FROM domain, ``"mail.example.com"``, whose records are published; or a pair of it
                and a status, ``("mail.example.com", "Pending")``. None changes nothing.

        Raises:
            ValueError: invalid name, status or MAIL FROM domain, or an address with ``token`` or ``dkim``.

        """
        return actions.add_identity(self._location, preset_of(name, status, token, dkim, mail_from))

    def script(self, name: str, steps: Iterable[str | tuple[str, int]]) -> None:
        """Sets the statuses that the next responses show of an identity.

        ``ses.script("example.com", [("Pending", 3), "Success"])``: three responses with Pending, then Success. The last
        status stays. An unknown identity is registered. Each response that shows the status counts once, in both APIs;
        so does a list that omits the identity because of its status. Throttled and failed calls do not count.

        With pytest's fixture, a step that no response has shown when the scope ends is an error.

        Raises:
            ValueError: a status is unknown, a count is less than 1, or there are no steps.

        """
        actions.script(self._location, name, steps)

    def after(
        self,
        delta: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> ScheduledAction:
        """Schedules an action at a time from now: ``ses.after(hours=5).set_status("example.com", "Failed")``.

        Raises:
            ValueError: the sum of ``delta`` and the keywords is negative.
            TypeError: ``delta`` is not a timedelta.

        """
        return schedule(self._location, delta, days, hours, minutes, seconds)

    def identity(self, name: str) -> Identity:
        """An identity as it is now, even if responses do not show it yet (LookupError if it is unknown here)."""
        with self._location.locked() as place:
            return self._location.find(place.backend, name)

    @property
    def identities(self) -> Mapping[str, Identity]:
        """All identities of this region and account as they are now, by name."""
        with self._location.locked() as place:
            return MappingProxyType(dict(place.backend.identities))

    @property
    def verification_emails(self) -> list[VerificationEmail]:
        """All emails about verification that SES has sent so far, in every region and account, in order."""
        with self._service.locked():
            return list(self._service.state.mailbox.mails)

    def confirm(self, name: str) -> None:
        """Verifies an address or a domain now: clicks its link, or publishes all records that SES has requested.

        A failed identity stays failed, and the timeline says so: request its verification again first.

        Raises:
            LookupError: the identity is unknown.

        """
        actions.confirm(self._location, name)

    def click_verification_link(self, address_or_url: str) -> str:
        """Clicks the link in the last email to an address, or a given link.

        Within 24 hours of the email the address is verified. Later nothing changes.

        Returns:
            The text of the page that opens: the address is verified, or the link has expired or is unknown.

        Raises:
            LookupError: no such email was ever sent.
            SESStubError: it is a domain, which has no link.

        AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_VerifyEmailIdentity.html

        """
        return actions.click_link(self._location, address_or_url)

    @property
    def dns(self) -> DNS:
        """The DNS records of all domains. You publish and remove them."""
        return DNS(self._location)

    def publish_txt(self, domain: str) -> None:
        """Publishes the TXT record that SES has requested, at ``_amazonses.<domain>``.

        Raises:
            LookupError: the domain is unknown.
            SESStubError: it is an email address, which has no record.

        AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_VerifyDomainIdentity.html

        """
        actions.publish(self._location, actions.TXT, domain)

    def remove_txt(self, domain: str) -> None:
        """Removes that TXT record (raises as `publish_txt` does)."""
        actions.remove(self._location, actions.TXT, domain)

    def publish_dkim(self, domain: str) -> None:
        """Publishes the DKIM records: three CNAMEs, or the TXT record of the domain's own key.

        Raises:
            LookupError: the domain is unknown.
            SESStubError: DKIM was not requested, or it is an email address, which has no records.

        AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_VerifyDomainDkim.html

        """
        actions.publish(self._location, actions.DKIM, domain)

    def remove_dkim(self, domain: str) -> None:
        """Removes the DKIM records (raises as `publish_dkim` does)."""
        actions.remove(self._location, actions.DKIM, domain)

    def publish_mail_from(self, identity: str) -> None:
        """Publishes the MX and SPF records of the MAIL FROM domain of an identity.

        Raises:
            LookupError: the identity is unknown.
            SESStubError: it has no MAIL FROM domain.

        AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_SetIdentityMailFromDomain.html

        """
        actions.publish(self._location, actions.MAIL_FROM, identity)

    def remove_mail_from(self, identity: str) -> None:
        """Removes the MX and SPF records of its MAIL FROM domain (raises as `publish_mail_from` does)."""
        actions.remove(self._location, actions.MAIL_FROM, identity)

    @property
    def sent_emails(self) -> list[SentEmail]:
        """All messages that SES accepted, in every region and account, in order."""
        with self._service.lock:
            return list(self._service.state.sent_emails)

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
        """Makes the next matching calls fail. Failures are used in order, and each retry counts as a call.

        Args:
            operation: the API's name of the operation; None is any.
            error_code: the error to respond with. A code that SES does not have needs ``status`` or ``message``.
            message: the error's text; by default AWS's.
            exception: the exception to raise instead, such as ``EndpointConnectionError(endpoint_url=…)``.
            body: the body to respond with (``status`` 200); a function takes the correct body and returns another.
            status: the HTTP status; by default AWS's for the code. Alone: with an empty body.
            when: takes the `Call`, and returns whether it fails.
            times: the number of calls that fail; None is all.
            required: whether the scope's end raises an error if it was not triggered; by default in pytest's fixture.

        Raises:
            SESStubError: the arguments describe no failure, or contradict each other.
            ValueError: SES has no such operation or error code.
            UnsupportedOperationError: the stub does not support the operation.

        """
        fault = make_fault(operation, error_code, message, status, exception, body, when, times, required)
        actions.inject(self._service, fault)

    @property
    def calls(self) -> Calls:
        """All requests so far, in order, also throttled ones and retries. ``calls.clear()`` drops them."""
        with self._service.lock:
            return Calls(self._service.calls, self._service.clear_calls)

    def timeline(self) -> Timeline:
        """Calls, status changes and waits, in order. Print it, or draw it with ``svg()``."""
        with self._service.locked():
            return make_timeline(self._service)

    def report(self) -> Report:
        """The figures: calls, throttled attempts, simulated wait in seconds, highest rate."""
        with self._service.lock:
            return make_report(self._service)

    def assert_max_rate(self, rate: float) -> None:
        """Fails if an operation of an account and region was called more often.

        The rate is the most calls, also throttled ones, in any second of the stub's time. Sending does not count, as it
        has no such rate.

        Raises:
            AssertionError: there were more. The text has the timeline.

        """
        __tracebackhide__ = True
        report = self.report()
        most, operation = report.max_rate, report.busiest_operation
        if most > rate:
            raise AssertionError(f"{most} calls of {operation} within one second, {rate} allowed\n{self.timeline()}")

    def reset(self) -> None:
        """Restores the start: the identities of the options, and nothing else. The clock keeps its time."""
        with self._service.lock:
            self._service.reset()
            actions.seed(self._home)

    def respond(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: str | bytes = b""
    ) -> HTTPResponse:
        """Answers one raw HTTP request, for libraries without an integration.

        The URL's host is an SES endpoint's or a verification link's. For other hosts only the path counts. Region and
        account come from the host and the signature, else from this stub. Nothing is retried, and nothing waits.

        Returns:
            Status, headers and body, as a named tuple.

        Raises:
            UnsupportedOperationError: the operation is not supported.
            SESStubError: it is not a request for SES.
            Exception: the one given to ``inject(exception=…)``.

        """
        return actions.respond(self._location, method, url, headers or {}, body)

    def serve(
        self, host: str = "127.0.0.1", port: int = 0, *, allowed_hosts: Iterable[str] = ()
    ) -> AbstractContextManager[Endpoint]:
        """Answers SES over HTTP, for other processes: ``with ses.serve() as endpoint:``.

        They share this stub's state and clock, and their waits are real. While it runs, environment variables point the
        AWS SDKs of child processes to it (``AWS_ENDPOINT_URL_SES``, ``AWS_ENDPOINT_URL_SESV2``, dummy credentials);
        ``endpoint.url`` and ``endpoint.environ`` are for processes that do not inherit them. The address shows a page,
        and has an API for tests in other languages below ``/_``.

        Args:
            host: the address to bind. There is no password: everyone who can reach it can change everything.
            port: the port; 0 is any free port.
            allowed_hosts: other host names of the server, such as a container's; it rejects all others.

        Raises:
            ModuleNotFoundError: the extra ``server`` is not installed.
            InvalidArgumentError: the port is invalid.
            OSError: cannot bind to the address.

        """
        with needed_for("ses.serve()", "ses-stub[server]"):
            from .._server.endpoint import serve
        return serve(self, host, port, allowed_hosts)

    def attach(self, target: Client) -> Client:
        """Makes the stub answer one SES client, or the SES clients that one session makes, and no others.

        Needs no scope, and takes precedence over any active scope. Returns the target.

        Raises:
            TypeError: the target is neither an SES client nor a session.

        """
        self._attached.append(attach(target, self._interceptor))
        return target

    def detach(self) -> None:
        """Undoes every `attach`."""
        for undo in self._attached:
            undo()
        self._attached.clear()


#: The service of a stub, for the other modules of the package; it has no public attribute.
service_of: Callable[[SESStub], Service] = attrgetter("_service")
