"""Real clients for the tests, made from one botocore session, and what the tests do with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from threading import Thread
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import botocore.session
import botocore.waiter
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError
from botocore.hooks import EventAliaser
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from botocore.waiter import Waiter

#: Loads its models once for all tests.
SESSION = Session()
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}

#: A custom verification template, whose creation needs example.com to be verified.
CUSTOM_MAIL = {
    "TemplateName": "welcome",
    "FromEmailAddress": "hello@example.com",
    "TemplateSubject": "Please confirm",
    "TemplateContent": "<p>Nearly there.</p>",
    "SuccessRedirectionURL": "https://example.com/thanks",
    "FailureRedirectionURL": "https://example.com/sorry?why=late",
}

#: What ses_stub replaces while a stub is active.
TOUCHED: list[tuple[type, str]] = [
    (Endpoint, "_send_request"),
    (Waiter, "wait"),
    (Session, "create_client"),
    (Session, "get_credentials"),
    (EndpointRulesetResolver, "auth_schemes_to_signing_ctx"),
    (EventAliaser, "__copy__"),
    (Thread, "start"),
]


#: v2's word for each status.
STATUSES = {
    "NotStarted": "NOT_STARTED",
    "Pending": "PENDING",
    "Success": "SUCCESS",
    "Failed": "FAILED",
    "TemporaryFailure": "TEMPORARY_FAILURE",
}


def make_client(service: str = "ses", region: str = "us-east-1", **config: Any) -> Any:
    """A client without credentials, with the given configuration."""
    return SESSION.create_client(service, region_name=region, config=Config(**config))


@cache
def _shared(service: str, region: str, config: str) -> Any:
    return make_client(service, region, **json.loads(config))


def shared_client(service: str = "ses", region: str = "us-east-1", **config: Any) -> Any:
    """The same for all tests, which leave it as it is: making one takes as long as ten calls."""
    return _shared(service, region, json.dumps(config))


def make_signing_client(service: str = "ses", **config: Any) -> Any:
    """A client with invalid credentials."""
    return SESSION.create_client(service, region_name="us-east-1", config=Config(**config), **KEYS)


def own_session() -> Session:
    """A session that no other test uses, with the shared loader."""
    session = Session()
    session.register_component("data_loader", SESSION.get_component("data_loader"))
    return session


def names(client: Any) -> list[str]:
    """The names in the response of ListIdentities."""
    found: list[str] = client.list_identities()["Identities"]
    return found


def status(client: Any, name: str) -> str | None:
    """The status that a client receives; None if the identity is left out."""
    answer = client.get_identity_verification_attributes(Identities=[name])["VerificationAttributes"]
    found: str | None = answer.get(name, {}).get("VerificationStatus")
    return found


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, int, str]:
    """Code, HTTP status and message of the error that a client's call raises."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def answered(answer: Any) -> Any:
    """A response without what botocore adds to it."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def known(shape: str, service: str = "sesv2", **members: Any) -> dict[str, Any]:
    """The parameters that a shape of the installed botocore has."""
    there = SESSION.get_service_model(service).shape_for(shape).members
    return {name: value for name, value in members.items() if name in there}


def attributes_now() -> list[object]:
    """The current values of the attributes in botocore's classes that ses_stub patches."""
    return [vars(owner)[name] for owner, name in TOUCHED]


def handlers(client: Any, event: str) -> list[Any]:
    """The client's own handlers of an event."""
    return list(client.meta.events._emitter._handlers.prefix_search(event))


def owner(client: Any, event: str, kind: type) -> Any:
    """The object of a type whose method handles an event."""
    (found,) = [one.__self__ for one in handlers(client, event) if isinstance(getattr(one, "__self__", None), kind)]
    return found


def canned(body: str, status: int = 200) -> AWSResponse:
    """A response for a test's before-send handler."""
    response = AWSResponse("https://example.com/", status, {}, None)
    response._content = body.encode()
    return response


def record_sleeps(patch: pytest.MonkeyPatch) -> list[float]:
    """Records the sleeps that botocore requests from now on; none is slept."""
    asked: list[float] = []
    for module in (botocore.endpoint, botocore.waiter):
        patch.setattr(module, "time", SimpleNamespace(sleep=asked.append))
    return asked
