"""The OpenAPI document of the control API says what there is, to the last route, example and member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clients import make_client
from remote_control import Remote

import ses_stub
from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._model.arguments import REGION_PATTERN
from ses_stub._server.control.routes import PREFIX, ROUTES, RULES
from ses_stub._service.apis import APIS

DOCUMENT = json.loads(
    (Path(ses_stub.__file__).parent / "_server" / "control" / "openapi.json").read_text(encoding="utf-8")
)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, one in DOCUMENT["paths"].items()
    for method, operation in one.items()
}
SITE, USER = "example.com", "ann@example.com"


def resolved(node: Any) -> Any:
    """What a reference leads to; anything else as it is."""
    while "$ref" in node:
        *_, kind, name = node["$ref"].split("/")
        node = DOCUMENT["components"][kind][name]
    return node


def examples() -> Iterator[Any]:
    """Every example of a body, and each order without a body once."""
    for label, operation in OPERATIONS.items():
        content = operation.get("requestBody", {}).get("content", {"": {"examples": {"": {"value": None}}}})
        for media in content.values():
            for name, example in media["examples"].items():
                yield pytest.param(label, example["value"], id=f"{label} {name}".strip())


@pytest.fixture
def remote() -> Iterator[Remote]:
    """A stub to which all has happened that the examples speak of."""
    with mock_ses_verify(rate=None, clock=VirtualClock()) as ses:
        client = make_client()
        ses.add_identity(USER)
        ses.add_identity(SITE)
        client.send_email(
            Source=USER,
            Destination={"ToAddresses": ["bob@example.com"]},
            Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}},
        )
        client.verify_email_identity(EmailAddress="bob@example.com")
        ses.add_identity(USER, "Pending")
        ses.inject("ListIdentities", error_code="Throttling")
        client.list_identities()
        yield Remote(ses)


def test_routes_and_document_are_the_same() -> None:
    """Every route stands in the document, and every operation of the document has its route."""
    routes = {
        f"{method} {re.sub(r'<.*?([a-z]+)>', r'{*}', rule.rule).removeprefix(PREFIX)}"
        for rule in RULES.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert {re.sub("{.*?}", "{*}", label) for label in OPERATIONS} == routes
    assert len(OPERATIONS) == len(ROUTES)


def test_it_is_served() -> None:
    """The server gives the very document, from where the paths in it begin."""
    assert Remote(SESStub()).get("/openapi.json") == DOCUMENT
    assert DOCUMENT["servers"] == [{"url": PREFIX}]


def test_operations_have_names() -> None:
    """Generated clients have a function for each, with a sentence."""
    assert len({one["operationId"] for one in OPERATIONS.values()}) == len(OPERATIONS)
    assert all(one["summary"] and one["tags"] for one in OPERATIONS.values())


def test_failures_are_of_operations_that_are_answered() -> None:
    """The document names all operations, of both APIs."""
    answered = {operation for api in APIS.values() for operation in api.operations}
    assert DOCUMENT["components"]["schemas"]["Operation"]["enum"] == sorted(answered)


def test_references_lead_somewhere() -> None:
    """Nothing is missing, and nothing is left over."""
    used = set(re.findall(r'"#/components/([^"]+)"', json.dumps(DOCUMENT)))
    there = {f"{kind}/{name}" for kind, members in DOCUMENT["components"].items() for name in members}
    assert used == there


@pytest.mark.parametrize(("label", "body"), list(examples()))
def test_examples(remote: Remote, label: str, body: Any) -> None:
    """A request that is put together from examples is carried out, and answered with the members of the example."""
    operation = OPERATIONS[label]
    method, path = label.split()
    given: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
    for parameter in map(resolved, operation.get("parameters", ())):
        if parameter["name"] not in ("region", "account_id"):
            given[parameter["in"]][parameter["name"]] = parameter["example"]
    if "/records" in path:
        given["path"]["name"] = SITE
    if "link" in (body or ()):
        body = {"link": remote.get("/verification-emails")["mails"][-1]["link"]}

    answer = remote.ask(method, path.format(**given["path"]), body, **given["query"])

    expected = next(iter(sorted(operation["responses"])))
    assert answer.status_code == int(expected), answer.text
    content = resolved(operation["responses"][expected]).get("content")
    if content is None:
        assert answer.data == b""
        return
    assert answer.mimetype in content
    for one in content.get("application/json", {}).get("examples", {}).values():
        assert shape(answer.json) == shape(one["value"])


def test_region() -> None:
    """A region is described as the options take it."""
    assert DOCUMENT["components"]["schemas"]["Region"]["pattern"] == f"^{REGION_PATTERN}$"


def shape(value: Any) -> Any:
    """The names of the members, of a list those of its first; what the application has named is left out."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items() if name not in ("params", "tags")}
    return [shape(one) for one in value[:1]] if isinstance(value, list) else None
