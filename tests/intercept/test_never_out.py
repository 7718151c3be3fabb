"""Nothing reaches the network: no socket is opened, no credentials are looked up, nothing is signed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.credentials import CredentialProvider, CredentialResolver
from botocore.exceptions import ClientError
from clients import make_client, names, own_session

from ses_stub import SESStub, UnsupportedOperationError, mock_ses_verify

REAL = {
    "AWS_ACCESS_KEY_ID": "AKIAQ3EGUZWSRJ7XLB5M",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzExample0",
    "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEXAMPLETOKEN",
}
URL = "https://email.us-east-1.amazonaws.com/"


class WentOutError(Exception):
    """Raised when code tries to use the network."""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every look-up or connection fails and is recorded, because the error may be caught and retried."""
    asked: list[Any] = []

    def refuse(*args: Any, **_: Any) -> Any:
        asked.append(args)
        raise WentOutError(args)

    for owner, name in [
        (socket.socket, "connect"),
        (socket.socket, "connect_ex"),
        (socket.socket, "sendto"),
        (socket, "getaddrinfo"),
        (socket, "gethostbyname"),
        (socket, "create_connection"),
    ]:
        monkeypatch.setattr(owner, name, refuse)
    return asked


def of_v1(ses: SESStub) -> None:
    client = boto3.client("ses")
    client.verify_domain_identity(Domain="example.com")
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.publish_txt("example.com")
    ses.click_verification_link("ann@example.com")
    mail = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
    client.send_email(Source="ann@example.com", Destination={"ToAddresses": ["bob@example.org"]}, Message=mail)
    pages = client.get_paginator("list_identities").paginate(PaginationConfig={"PageSize": 1})
    assert [name for page in pages for name in page["Identities"]] == ["example.com", "ann@example.com"]


def of_v2(ses: SESStub) -> None:
    client = boto3.client("sesv2")
    client.create_email_identity(EmailIdentity="example.com")
    ses.publish_dkim("example.com")
    assert client.get_email_identity(EmailIdentity="example.com")["VerifiedForSendingStatus"]


def waiter(ses: SESStub) -> None:
    boto3.client("ses").verify_domain_identity(Domain="example.com")
    ses.after(seconds=4).confirm("example.com")
    boto3.client("ses").get_waiter("identity_exists").wait(Identities=["example.com"])


def retries(ses: SESStub) -> None:
    for mode in ("legacy", "standard", "adaptive"):
        client = make_client(retries={"mode": mode})
        for _ in range(3):
            names(client)
    assert ses.calls.throttled


def raw_http(ses: SESStub) -> None:
    requests.post(URL, data={"Action": "VerifyEmailIdentity", "EmailAddress": "ann@example.com"}).raise_for_status()
    requests.get(ses.verification_emails[-1].link).raise_for_status()
    assert ses.identity("ann@example.com").status == "Success"


@pytest.mark.parametrize("program", [of_v1, of_v2, waiter, retries, raw_http])
def test_program_opens_no_connection(program: Callable[[SESStub], None], no_network: list[Any]) -> None:
    """A program of usual calls looks up no name and opens no connection."""
    with mock_ses_verify() as ses:
        program(ses)
        assert ses.calls
    assert no_network == []


def test_guard_of_this_file(no_network: list[Any]) -> None:
    """Without a stub the same call tries to use the network, so these tests would notice."""
    with pytest.raises(Exception, match=r"email\.us-east-1|WentOut|example"):
        requests.get(URL)
    assert no_network


@pytest.mark.parametrize("service", ["ses", "sesv2"])
@pytest.mark.parametrize("environment", [{}, REAL], ids=["no credentials", "real credentials"])
def test_unsupported_call_raises_and_sends_nothing(
    service: str, environment: dict[str, str], no_network: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unsupported SES operation raises and sends nothing, whatever the credentials."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    operation = {"ses": "list_receipt_filters", "sesv2": "list_contact_lists"}[service]
    before = boto3.client(service, region_name="us-east-1")
    with mock_ses_verify():
        for client in (before, boto3.client(service, region_name="us-east-1")):
            with pytest.raises(UnsupportedOperationError):
                getattr(client, operation)()
    assert no_network == []


def test_unsupported_call_by_requests_sends_nothing(no_network: list[Any]) -> None:
    """The same holds for a call with requests."""
    with mock_ses_verify(), pytest.raises(UnsupportedOperationError):
        requests.get(URL, params={"Action": "ListReceiptFilters"})
    assert no_network == []


# Credentials.


class Asked(CredentialProvider):  # type: ignore[misc]  # botocore is untyped
    """Replaces the whole provider chain, and must not be asked."""

    METHOD = CANONICAL_NAME = "asked"

    def load(self) -> None:  # pragma: no cover  # only a wrong test comes here
        raise AssertionError("the provider chain was asked")


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_no_provider_is_asked(service: str) -> None:
    """Making a client, calls, retries and waits ask no credential provider."""
    session = own_session()
    session.register_component("credential_provider", CredentialResolver([Asked()]))
    with mock_ses_verify(identities=["example.com"]) as ses:
        client = session.create_client(service)
        for _ in range(3):
            getattr(client, {"ses": "list_identities", "sesv2": "list_email_identities"}[service])()
        if service == "ses":
            client.get_waiter("identity_exists").wait(Identities=["example.com"])
        assert ses.calls.throttled


def in_the_environment(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)


def in_a_file(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (home / "credentials").write_text(
        "[default]\n" + "".join(f"{name.lower()} = {value}\n" for name, value in REAL.items())
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials"))


@pytest.mark.parametrize("where", [in_the_environment, in_a_file])
@pytest.mark.parametrize("made_before", [True, False], ids=["made before", "made inside"])
@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_real_credentials_sign_nothing(
    service: str,
    made_before: bool,
    where: Callable[[pytest.MonkeyPatch, Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Real credentials appear in no header, URL or body of an answered request, and not in the log."""
    where(monkeypatch, tmp_path)
    make = partial(boto3.client, service, region_name="us-east-1")
    client = make() if made_before else None
    seen: list[tuple[dict[str, Any], str, Any]] = []
    with mock_ses_verify(identities=["example.com"]) as ses:
        client = client or make()
        client.meta.events.register(
            "before-send", lambda request, **_: seen.append((dict(request.headers), request.url, request.body))
        )
        call = {"ses": "list_identities", "sesv2": "list_email_identities"}[service]
        for _ in range(2):
            getattr(client, call)()
        logged = str(list(ses.calls)) + str(ses.timeline())
    assert len(seen) == 3, "a call, and another one that is throttled once"
    for headers, _, _ in seen:
        assert not {"authorization", "x-amz-date", "x-amz-security-token"} & {name.lower() for name in headers}
    assert not any(value in str(seen) + logged for value in REAL.values())


def test_errors_contain_no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Error messages contain no credentials either."""
    in_the_environment(monkeypatch, tmp_path)
    with mock_ses_verify():
        client = boto3.client("ses", region_name="us-east-1")
        with pytest.raises(UnsupportedOperationError) as unsupported:
            client.list_receipt_filters()
        with pytest.raises(ClientError) as refused:
            client.verify_domain_identity(Domain="not a domain")
    assert not any(value in str(unsupported.value) + str(refused.value) for value in REAL.values())
