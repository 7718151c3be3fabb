"""Which calls the stub answers, which it does not, and what a client needs for it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import CredentialProvider
from botocore.exceptions import NoCredentialsError, NoRegionError
from botocore.stub import Stubber
from clients import KEYS, attributes_now, canned, handlers, make_client, make_signing_client, names, own_session

from ses_stub import SESStub, UnsupportedOperationError, mock_ses_verify

LIST_IDENTITIES = (
    '<ListIdentitiesResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><ListIdentitiesResult>'
    "<Identities><member>theirs.example</member></Identities></ListIdentitiesResult></ListIdentitiesResponse>"
)

# Every client is intercepted.

CLIENTS: dict[str, Callable[[], Any]] = {
    "boto3.client": lambda: boto3.client("ses", region_name="us-east-1"),
    "session of boto3": lambda: boto3.Session().client("ses", region_name="us-east-1"),
    "session of botocore": lambda: own_session().create_client("ses", region_name="us-east-1"),
    "endpoint_url": lambda: boto3.client("ses", region_name="us-east-1", endpoint_url="http://localhost:4566"),
    "unsigned": lambda: make_client(signature_version=UNSIGNED),
    "with credentials": make_signing_client,
    "adaptive": lambda: make_client(retries={"mode": "adaptive"}),
    "no validation": lambda: make_client(parameter_validation=False),
}


@pytest.mark.parametrize("make", CLIENTS.values(), ids=CLIENTS)
def test_client_made_inside(make: Callable[[], Any]) -> None:
    """A client that is made in the scope is answered, however it is made."""
    with mock_ses_verify(identities=["example.com"]):
        assert names(make()) == ["example.com"]


@pytest.mark.parametrize("make", CLIENTS.values(), ids=CLIENTS)
def test_client_made_before_the_scope_is_answered(make: Callable[[], Any]) -> None:
    """A client that was made before the scope is answered."""
    client = make()
    with mock_ses_verify(identities=["example.com"]):
        assert names(client) == ["example.com"]


def test_client_of_an_earlier_session_is_answered() -> None:
    """A client that is made in the scope from an earlier session is answered."""
    session = boto3.Session(region_name="eu-west-1")
    with mock_ses_verify(identities=["example.com"], region="eu-west-1"):
        assert names(session.client("ses")) == ["example.com"]


def test_call_from_another_thread() -> None:
    """A call from another thread is answered."""
    found: list[str] = []
    with mock_ses_verify(identities=["example.com"]):
        client = make_client()
        thread = threading.Thread(target=lambda: found.extend(names(client)))
        thread.start()
        thread.join()
    assert found == ["example.com"]


def run(source: str, tmp_path: Path) -> str:
    """Runs a program in a new Python without AWS configuration, whose network refuses every connection."""
    refuse = "import socket\ndef refuse(*args): raise AssertionError('network')\n"
    refuse += "socket.socket.connect = socket.getaddrinfo = refuse\n"
    environment = {
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": f"{Path(__file__).parents[1] / 'support'}:{Path(__file__).parents[2]}",
    }
    command = [sys.executable, "-c", refuse + source]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


MODULE_LEVEL = """
import os
import boto3
client = boto3.client("ses", region_name="us-east-1")

from botocore.exceptions import NoCredentialsError
from clients import attributes_now, handlers, names
events = ["before-send.ses.ListIdentities", "needs-retry.ses.ListIdentities", "request-created.ses.ListIdentities"]

def everything():
    emitter = client.meta.events
    own = [handler for event in events for handler in handlers(client, event)]
    return [*attributes_now(), emitter, client._endpoint._event_emitter, *own]

before, environment, members = everything(), dict(os.environ), set(vars(client)) | set(vars(client._endpoint))

from ses_stub import mock_ses_verify

def same(found): return len(found) == len(before) and all(map(lambda a, b: a is b or a == b, found, before))

assert same(everything()), "the import changed something"
with mock_ses_verify(identities=["example.com"]):
    print(names(client))
    assert not any(map(lambda a, b: a is b, attributes_now(), before)), "a list of what is touched that is too long"
assert all(map(lambda a, b: a is b, attributes_now(), before)), "a class of botocore is not what it was"
assert same(everything()), "the client's emitter is not what it was"
assert environment == dict(os.environ)
assert members == set(vars(client)) | set(vars(client._endpoint))
try:
    client.list_identities()
except NoCredentialsError:
    print("no credentials")
"""


def test_client_at_module_level(tmp_path: Path) -> None:
    """A client made before ses_stub was imported is answered; afterwards everything is as before."""
    assert run(MODULE_LEVEL, tmp_path) == "['example.com']\nno credentials\n"


FORK = """
import os
import boto3
from clients import names
from ses_stub import mock_ses_verify
with mock_ses_verify(identities=["example.com"]):
    client = boto3.client("ses")
    if not os.fork():
        os._exit(len(names(client)))
    print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_forked_child_has_a_copy_of_the_stub(tmp_path: Path) -> None:
    """A forked child has a copy of the stub."""
    assert run(FORK, tmp_path) == "1\n"


# No region and no credentials are needed.

REGIONS: dict[str, Callable[[pytest.MonkeyPatch], Any]] = {
    "variable": lambda patch: patch.setenv("AWS_DEFAULT_REGION", "eu-west-1"),
    "default session": lambda patch: boto3.setup_default_session(region_name="eu-west-1"),
    "config": lambda patch: {"config": Config(region_name="eu-west-1")},
    "keyword": lambda patch: {"region_name": "eu-west-1"},
}


@pytest.mark.parametrize("configure", REGIONS.values(), ids=REGIONS)
def test_configured_region_wins_over_the_scope(
    configure: Callable[[pytest.MonkeyPatch], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configured region overrides the scope's."""
    with mock_ses_verify(region="ap-south-1") as ses:
        client = boto3.client("ses", **configure(monkeypatch) or {})
        client.list_identities()
    assert (client.meta.region_name, ses.calls.last.region) == ("eu-west-1", "eu-west-1")


def test_default_client_config() -> None:
    """The region of a botocore session's default client configuration does too."""
    session = own_session()
    session.set_default_client_config(Config(region_name="eu-west-1"))
    with mock_ses_verify():
        assert session.create_client("ses").meta.region_name == "eu-west-1"
        assert session.create_client("ses", "eu-central-1").meta.region_name == "eu-central-1"


@pytest.mark.parametrize(("region", "expected"), [(None, "us-east-1"), ("eu-west-1", "eu-west-1")])
def test_client_without_region_has_that_of_the_scope(region: str | None, expected: str) -> None:
    """Without a configured region a client has the scope's region, else us-east-1."""
    with mock_ses_verify(region=region):
        assert boto3.client("ses").meta.region_name == expected


def test_other_services_need_their_region() -> None:
    """A client of another service still needs its own region."""
    with mock_ses_verify(), pytest.raises(NoRegionError):
        boto3.client("sqs")


class Asked(CredentialProvider):  # type: ignore[misc]  # botocore is untyped
    """A provider that fails when it is asked."""

    METHOD = CANONICAL_NAME = "asked"

    def load(self) -> None:
        raise LookupError("the provider chain was asked")


@pytest.fixture
def wary() -> Any:
    """A session whose provider chain must not be asked."""
    session = own_session()
    session.get_component("credential_provider").insert_before("env", Asked())
    return session


def test_credentials_are_not_looked_up(wary: Any) -> None:
    """Making and calling an SES client asks no credential provider; outside the scope it does."""
    with mock_ses_verify():
        names(wary.create_client("ses"))
    with pytest.raises(LookupError, match="was asked"):
        wary.create_client("ses", "us-east-1")


def test_other_services_look_up_credentials_as_before(wary: Any) -> None:
    """A client of another service asks its providers in the scope as before."""
    with mock_ses_verify(), pytest.raises(LookupError, match="was asked"):
        wary.create_client("sts", "us-east-1")


def test_credentials_of_the_session(wary: Any) -> None:
    """The session itself still finds credentials for other services."""
    wary.set_credentials(*KEYS.values())
    with mock_ses_verify():
        assert wary.get_credentials().access_key == "AKIDEXAMPLE"
        assert handlers(wary.create_client("ses"), "request-created.ses")


# Other services.


@pytest.mark.parametrize(
    ("service", "operation"), [("sts", "get_caller_identity"), ("pinpoint-email", "list_email_identities")]
)
def test_call_of_another_service_is_unaffected(service: str, operation: str) -> None:
    """A call of another service is not affected, even if it uses SES's endpoint."""
    client = make_client(service)
    with mock_ses_verify() as ses, pytest.raises(NoCredentialsError):
        getattr(client, operation)()
    assert ses.calls == []


def test_other_service_answered_elsewhere() -> None:
    """Another tool that answers another service still does, and receives a signed request."""
    client, signed = make_signing_client("pinpoint-email"), []

    def answer(request: Any, **_: Any) -> Any:
        signed.append("Authorization" in request.headers)
        return canned('{"EmailIdentities": [{"IdentityName": "theirs.example"}]}')

    client.meta.events.register("before-send.pinpoint-email", answer)
    with mock_ses_verify():
        assert client.list_email_identities()["EmailIdentities"][0]["IdentityName"] == "theirs.example"
    assert signed == [True]


# Other tools that answer SES on this client.


@pytest.mark.parametrize("event", ["before-send", "before-send.ses", "before-send.ses.ListIdentities"])
def test_before_send_handlers_still_run(event: str) -> None:
    """The user's own before-send handlers still run, once for each request."""
    seen: list[str] = []
    client = make_client()
    client.meta.events.register(event, lambda request, **_: seen.append(request.method))
    with mock_ses_verify(identities=["example.com"]):
        assert names(client) == ["example.com"]
    assert seen == ["POST"]


@pytest.mark.parametrize("event", ["request-created", "choose-signer", "before-sign"])
def test_handlers_of_a_new_request_run(event: str) -> None:
    """Handlers of new requests still run, even if they are registered after the first call."""
    client = make_client()
    seen: list[str] = []
    with mock_ses_verify(rate=None):
        names(client)
        client.meta.events.register(f"{event}.ses", lambda event_name, **_: seen.append(event_name))
        names(client)
    assert seen == [f"{event}.ses.ListIdentities"]


@pytest.mark.parametrize("event", ["request-created", "before-sign", "before-send"])
def test_who_looks_sees_a_whole_request(event: str) -> None:
    """A user's handler receives all headers of botocore, also after calls without such a handler."""
    client = make_client(user_agent_extra="onboarding/1.0")
    agents: list[str] = []
    with mock_ses_verify(rate=None):
        names(client)
        client.meta.events.register_last(
            f"{event}.ses", lambda request, **_: agents.append(str(request.headers.get("User-Agent")))
        )
        names(client)
    (agent,) = agents
    assert "onboarding/1.0" in agent


def test_headers_are_complete_for_a_handler_before_sending() -> None:
    client, lengths = make_client(), []
    client.meta.events.register(
        "before-send.ses", lambda request, **_: lengths.append(request.headers["Content-Length"])
    )
    with mock_ses_verify():
        names(client)
    assert lengths == [str(len("Action=ListIdentities&Version=2010-12-01"))]


def test_handler_that_answers() -> None:
    """A user's handler that answers has priority, and the stub does not see the call."""
    client = make_client()
    client.meta.events.register("before-send.ses", lambda **_: canned(LIST_IDENTITIES))
    with mock_ses_verify() as ses:
        assert names(client) == ["theirs.example"]
    assert ses.calls == []


def test_stubber_on_the_client_wins() -> None:
    """A botocore Stubber on the client answers instead of the stub."""
    client = make_client()
    with mock_ses_verify(identities=["example.com"]) as ses, Stubber(client) as stubber:
        stubber.add_response("list_identities", {"Identities": ["theirs.example"]})
        assert names(client) == ["theirs.example"]
        stubber.deactivate()
        assert names(client) == ["example.com"]
    assert len(ses.calls) == 1


# Unsupported operations.


def test_unsupported_operation_raises() -> None:
    """An unsupported operation raises an error that names it, whatever the credentials."""
    for client in (make_client(), make_signing_client()):
        with (
            mock_ses_verify(),
            pytest.raises(UnsupportedOperationError, match="does not support the SES operation ListTemplates") as error,
        ):
            client.list_templates()
        assert error.value.operation == "ListTemplates"


def test_passthrough_needs_credentials() -> None:
    """With unsupported="passthrough" an unsupported call is sent as usual, so it needs credentials."""
    with mock_ses_verify(unsupported="passthrough") as ses, pytest.raises(NoCredentialsError):
        boto3.client("ses").list_templates()
    assert ses.calls == []


def test_passthrough_is_signed() -> None:
    """A call that passes through is signed, even if the stub has answered the client before."""
    signed: list[bool] = []

    def answer(request: Any, **_: Any) -> Any:
        signed.append("Authorization" in request.headers)
        return canned("<ListTemplatesResponse><ListTemplatesResult/></ListTemplatesResponse>")

    with mock_ses_verify(unsupported="passthrough"):
        client = make_signing_client()
        assert names(client) == []
        client.meta.events.register("before-send.ses.ListTemplates", answer)
        client.list_templates()
    assert signed == [True]


def test_passthrough_finds_credentials(wary: Any) -> None:
    """A client that may pass calls through looks up its credentials when it is made, so that it can sign."""
    with mock_ses_verify(unsupported="passthrough"), pytest.raises(LookupError, match="was asked"):
        wary.create_client("ses")


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize("order", [1, -1], ids=["moto outside", "moto inside"])
def test_moto_is_kept_out(order: int, mode: str) -> None:
    """Moto's own SES never sees an answered call, whichever began first and in every retry mode."""
    moto = pytest.importorskip("moto")
    from moto.backends import get_backend

    client = boto3.client("ses", region_name="us-east-1", config=Config(retries={"mode": mode}))
    with ExitStack() as stack:
        for scope in [moto.mock_aws(), mock_ses_verify(rate=None)][::order]:
            stack.enter_context(scope)
        client.verify_domain_identity(Domain="example.com")
        assert names(client) == ["example.com"]
        assert not get_backend("ses")["123456789012"]["us-east-1"].email_identities
        client.create_template(Template={"TemplateName": "hello", "SubjectPart": "Hello", "TextPart": "Hello"})
        assert list(get_backend("ses")["123456789012"]["us-east-1"].templates) == ["hello"]


def test_answered_calls_are_unsigned() -> None:
    """An answered call is not signed, which saves a third of its time."""
    signed: list[bool] = []
    client = make_signing_client()
    client.meta.events.register("before-send", lambda request, **_: signed.append("Authorization" in request.headers))
    with mock_ses_verify():
        client.list_identities()
    assert signed == [False]


def test_import_touches_nothing() -> None:
    """Between two scopes botocore's classes are untouched, as they are after the import."""
    before = attributes_now()
    with mock_ses_verify():
        assert not any(map(lambda now, then: now is then, attributes_now(), before))
    assert all(map(lambda now, then: now is then, attributes_now(), before))


def test_answer_can_be_streamed() -> None:
    """A user's handler may read the HTTP response as a stream or as text."""
    seen = []

    def look(http_response: Any, **kwargs: Any) -> None:
        seen.append((b"".join(http_response.raw.stream()), http_response.text))

    with mock_ses_verify():
        client = boto3.client("ses", region_name="us-east-1")
        client.meta.events.register("after-call.ses", look)
        client.list_identities()
    assert seen[0][0].startswith(b"<ListIdentitiesResponse")
    assert seen[0][0].decode() == seen[0][1]


def test_region_of_the_stub(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stub is bound to the region of boto3's default session, where the clients of `boto3.client` are."""
    boto3.setup_default_session(region_name="ap-south-1")
    with mock_ses_verify(identities=["example.com"]) as ses:
        assert ses.region == "ap-south-1"
        assert boto3.client("ses").list_identities()["Identities"] == ["example.com"]


def test_region_of_a_broken_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that does not exist is not the stub's error to report."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert SESStub().region == "us-east-1"
