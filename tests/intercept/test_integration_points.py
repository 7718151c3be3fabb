"""What we rely on in botocore for a call's way to the stub: every fact, one by one.

When a new version moves one of them, its test says what moved and which function to look at; that text is each
test's own description.
"""

from __future__ import annotations

import copy
import inspect
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.endpoint import Endpoint
from botocore.hooks import EventAliaser
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from botocore.signers import RequestSigner
from clients import (
    TOUCHED,
    canned,
    make_client,
    make_signing_client,
    names,
)

from ses_stub._intercept.activation import patches
from ses_stub._intercept.handlers import HEADER_HANDLERS
from ses_stub._service.apis import APIS

OPERATION = "ListIdentities"
BEFORE_SEND = f"before-send.ses.{OPERATION}"
NEEDS_RETRY = f"needs-retry.ses.{OPERATION}"
ANSWER = f"<{OPERATION}Response><{OPERATION}Result><Identities/></{OPERATION}Result></{OPERATION}Response>"


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


class Passed(Exception):
    """Raised when a call has come far enough."""


# The six patched attributes.


@pytest.mark.parametrize(
    ("cls", "name", "expected"),
    [
        (Endpoint, "_send_request", ["self", "request_dict", "operation_model"]),
        (Session, "get_credentials", ["self"]),
        (EndpointRulesetResolver, "auth_schemes_to_signing_ctx", ["self", "auth_schemes"]),
        (EventAliaser, "__copy__", ["self"]),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_signature_of_each_patched_method(cls: type, name: str, expected: list[str]) -> None:
    assert parameters(vars(cls)[name]) == expected, (
        f"{cls.__name__}.{name} takes other parameters; look at the wrapper in activation.patches"
    )


def test_create_client_signature() -> None:
    assert parameters(Session.create_client)[:3] == ["self", "service_name", "region_name"], (
        "Session.create_client takes other parameters; look at activation._patched_create_client"
    )


@pytest.mark.parametrize(("cls", "name"), TOUCHED, ids=lambda value: getattr(value, "__name__", value))
def test_patched_method_is_in_the_class_itself(cls: type, name: str) -> None:
    assert name in vars(cls), f"{cls.__name__} inherits {name} now; look at patching.Patch, which reads its __dict__"


def test_list_of_patches() -> None:
    assert [(patch.owner, patch.name) for patch in patches] == TOUCHED, (
        "activation.patches changed; bring clients.TOUCHED and the docstring of activation in line"
    )


# The path of a call.


@pytest.mark.parametrize("name", APIS)
def test_client_has_the_expected_service_name(name: str) -> None:
    assert make_client(name).meta.service_model.service_name == name, (
        f"{name} is named otherwise; look at apis.APIS and the wrappers in activation"
    )


def test_service_name_of_a_neighbour() -> None:
    model = make_client("pinpoint-email").meta.service_model
    assert model.endpoint_prefix == make_client("sesv2").meta.service_model.endpoint_prefix, (
        "it is no neighbour any more: take another service that speaks to SES's endpoint"
    )
    assert model.service_name not in APIS, "a neighbour is taken for SES; look at activation.patched_send_request"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The arguments that Endpoint._send_request receives, where the call ends."""
    calls: list[tuple[Any, ...]] = []

    def send_request(self: Any, *args: Any, **kwargs: Any) -> None:
        calls.append((self, *args))
        assert not kwargs, "Endpoint._send_request is called with keywords; look at activation.patched_send_request"
        raise Passed

    monkeypatch.setattr(Endpoint, "_send_request", send_request)
    return calls


@pytest.mark.parametrize("operation", ["list_identities", "send_email", "delete_identity"])
def test_every_call_passes(operation: str, seen: list[tuple[Any, ...]]) -> None:
    client = make_client(parameter_validation=False)
    with pytest.raises(Passed):
        getattr(client, operation)()
    assert len(seen) == 1, (
        f"{operation} does not pass Endpoint._send_request once; look at activation.patched_send_request"
    )
    assert seen[0][0] is client._endpoint, "client._endpoint is not what sends; look at attach.attach_to_client"


def test_send_request_gets_request_dict_and_model(seen: list[tuple[Any, ...]]) -> None:
    client = make_client()
    with pytest.raises(Passed):
        client.list_identities()
    endpoint, request, model = seen[0]
    assert model.name == OPERATION, "the operation model has no name; look at interceptor.Interceptor.call"
    assert model.service_model.service_name == "ses", "it has no service model; look at activation.patched_send_request"
    context = request["context"]
    assert context["client_region"] == "us-east-1", (
        "the context has no client_region; look at interceptor.Interceptor.respond"
    )
    assert context["client_config"].retries["mode"], (
        "the context has no client_config.retries; look at interceptor.InterceptedEmitter.__init__"
    )
    assert endpoint._event_emitter is client.meta.events, (
        "the endpoint's emitter is not the client's; look at interceptor.Interceptor.call and Interceptor.respond"
    )


def test_instance_attribute_wins() -> None:
    client = make_client()
    client._endpoint._send_request = lambda *args: (canned(ANSWER), {"Identities": ["here"]})
    assert names(client) == ["here"], "an endpoint does not send by attribute; see attach.attach_to_client"


def test_endpoint_has_a_dict() -> None:
    endpoint = make_client()._endpoint
    twin = copy.copy(endpoint)
    assert vars(twin) == vars(endpoint), (
        "an Endpoint is more than its __dict__; look at interceptor.Interceptor.call, which copies only that"
    )
    assert not hasattr(type(endpoint), "__copy__"), (
        "an Endpoint has a copy of its own; look at interceptor.Interceptor.call"
    )


def test_endpoint_emits_the_expected_events() -> None:
    """The events of a call, and their arguments."""
    client, emitted = make_signing_client(), []

    class Emitter:
        def emit(self, event_name: str, **kwargs: Any) -> Any:
            emitted.append((event_name, set(kwargs)))
            return [(None, canned(ANSWER))] if event_name == BEFORE_SEND else []

    client._endpoint._event_emitter = Emitter()
    assert names(client) == []
    events = [name for name, _ in emitted]
    for name in (f"request-created.ses.{OPERATION}", BEFORE_SEND, NEEDS_RETRY):
        assert name in events, (
            f"{name} is not emitted by the endpoint's emitter; look at interceptor.InterceptedEmitter.emit"
        )
    given = dict(emitted)
    assert "request" in given[BEFORE_SEND], (
        "before-send has no request; look at InterceptedEmitter._respond_unless_handled"
    )
    assert {"response", "attempts", "request_dict", "operation", "caught_exception"} <= given[NEEDS_RETRY], (
        "needs-retry has other arguments; look at InterceptedEmitter._skip_wait and VirtualRetries.backoff"
    )


def test_before_send_answers() -> None:
    client = make_signing_client()
    client.meta.events.register(BEFORE_SEND, lambda **_: canned(ANSWER))
    assert names(client) == [], "before-send's answer is not taken; look at InterceptedEmitter._respond_unless_handled"


def test_request_of_before_send() -> None:
    client, requests = make_signing_client(), []
    client.meta.events.register(BEFORE_SEND, lambda request, **_: requests.append(request) or canned(ANSWER))
    names(client)
    assert isinstance(requests[0].body, (str, bytes)), (
        "a request's body is no text; look at interceptor.Interceptor.respond"
    )
    assert requests[0].url.startswith("https://"), "a request has no url; look at interceptor.Interceptor.respond"


def test_endpoint_counts_attempts_in_the_context() -> None:
    client, attempts = make_signing_client(retries={"mode": "standard"}), []

    class Emitter:
        def emit(self, event_name: str, **kwargs: Any) -> Any:
            if event_name == BEFORE_SEND:
                return [(None, canned(ANSWER))]
            return [(None, 0)] if event_name == NEEDS_RETRY and kwargs["attempts"] < 3 else []

    original = client._endpoint._get_response

    def get_response(request: Any, operation_model: Any, context: Any) -> Any:
        attempts.append(dict(context.get("retries") or {"attempt": 1}))
        return original(request, operation_model, context)

    client._endpoint._event_emitter = Emitter()
    client._endpoint._get_response = get_response
    client.list_identities()
    assert [one["attempt"] for one in attempts] == [1, 2, 3], (
        'context["retries"]["attempt"] does not count attempts; look at interceptor.Interceptor.respond'
    )


def test_auth_type_none() -> None:
    client, signed = make_client(), []

    def answer(request: Any, **_: Any) -> AWSResponse:
        signed.append("Authorization" in request.headers)
        return canned(ANSWER)

    client.meta.events.register(BEFORE_SEND, answer)
    client.meta.events.register(
        f"before-call.ses.{OPERATION}", lambda params, **_: params["context"].update(auth_type="none")
    )
    client.list_identities()
    assert signed == [False], (
        'context["auth_type"] = "none" does not make a call unsigned any more; look at interceptor.Interceptor.call'
    )


def test_signer_of_a_new_request() -> None:
    client = make_signing_client()
    handlers = client.meta.events._emitter._handlers.prefix_search(f"request-created.ses.{OPERATION}")
    signers = [one for one in handlers if isinstance(getattr(one, "__self__", None), RequestSigner)]
    assert [one.__name__ for one in signers] == ["handler"], (
        "a request is signed elsewhere; look at handlers.request_created_handlers"
    )


@pytest.mark.parametrize("event", ["choose-signer", "before-sign"])
def test_events_of_the_signer(event: str) -> None:
    emitted: list[str] = []
    client = make_signing_client()
    client.meta.events.register(BEFORE_SEND, lambda **_: canned(ANSWER))
    client.meta.events.register(f"{event}.ses", lambda event_name, **_: emitted.append(event_name))
    client.list_identities()
    assert emitted == [f"{event}.ses.{OPERATION}"], (
        f"{event} has another name; look at handlers.request_created_handlers"
    )


@pytest.mark.parametrize("change", ["register", "unregister"])
def test_cache_of_handlers(change: str) -> None:
    events = make_client().meta.events
    handlers = {"register": lambda **_: None, "unregister": lambda **_: None}
    events.register("before-sign.ses", handlers["unregister"])
    before = events._emitter._lookup_cache
    getattr(events, change)("before-sign.ses", handlers[change])
    assert events._emitter._lookup_cache is not before, (
        "a new handler makes no new cache; look at handlers.request_created_handlers, which goes by that"
    )


@pytest.mark.parametrize("name", HEADER_HANDLERS)
def test_handlers_that_give_headers(name: str) -> None:
    client = make_signing_client()
    handlers = client.meta.events._emitter._handlers.prefix_search(f"request-created.ses.{OPERATION}")
    for handler in [one for one in handlers if one.__name__ == name]:
        client.meta.events.unregister("request-created.ses", handler)
        client.meta.events.unregister("request-created", handler)
    client.meta.events.register(BEFORE_SEND, lambda **_: canned(ANSWER))
    assert client.list_identities()["Identities"] == [], f"a call needs {name}; look at handlers.HEADER_HANDLERS"
