"""The OpenAPI document agrees with the control API, to the last route, example and member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clients import make_client
from remote_control import RemoteControl

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
    """The target of a reference; anything else as it is."""
    while "$ref" in node:
        *_, kind, name = node["$ref"].split("/")
        node = DOCUMENT["components"][kind][name]
    return node


def examples() -> Iterator[Any]:
    """Every example of a body, and each operation without a body once."""
    for label, operation in OPERATIONS.items():
        content = operation.get("requestBody", {}).get("content", {"": {"examples": {"": {"value": None}}}})
        for media in content.values():
            for name, example in media["examples"].items():
                yield pytest.param(label, example["value"], id=f"{label} {name}".strip())


@pytest.fixture
def remote() -> Iterator[RemoteControl]:
    """A stub with everything that the examples refer to."""
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
        yield RemoteControl(ses)


def test_document_has_the_routes_of_the_api() -> None:
    """Every route is in the document, and every operation of the document has its route."""
    routes = {
        f"{method} {re.sub(r'<.*?([a-z]+)>', r'{*}', rule.rule).removeprefix(PREFIX)}"
        for rule in RULES.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert {re.sub("{.*?}", "{*}", label) for label in OPERATIONS} == routes
    assert len(OPERATIONS) == len(ROUTES)


def test_document_is_served() -> None:
    """The server returns the document, whose paths start there."""
    assert RemoteControl(SESStub()).get("/openapi.json") == DOCUMENT
    assert DOCUMENT["servers"] == [{"url": PREFIX}]


def test_operations_have_ids_and_summaries() -> None:
    """Generated clients have a function for each, with a docstring."""
    assert len({one["operationId"] for one in OPERATIONS.values()}) == len(OPERATIONS)
    assert all(one["summary"] and one["tags"] for one in OPERATIONS.values())


def test_handlers_have_the_names_of_operations() -> None:
    """The function of an operation is found by its id."""
    for route in ROUTES:
        path = re.sub(r"<.*?(\w+)>", r"{\1}", route.path)
        words = OPERATIONS[f"{route.method} {path}"]["operationId"]
        assert route.handler.__name__ == re.sub("([A-Z])", r"_\1", words).lower()


def test_document_names_the_supported_operations() -> None:
    """A failure can be injected into any of them, of both APIs."""
    supported = {operation for api in APIS.values() for operation in api.operations}
    assert DOCUMENT["components"]["schemas"]["Operation"]["enum"] == sorted(supported)


def test_references_have_targets() -> None:
    """No component is missing, and none is unused."""
    used = set(re.findall(r'"#/components/([^"]+)"', json.dumps(DOCUMENT)))
    there = {f"{kind}/{name}" for kind, members in DOCUMENT["components"].items() for name in members}
    assert used == there


@pytest.mark.parametrize(("label", "body"), list(examples()))
def test_examples_of_the_document_work(remote: RemoteControl, label: str, body: Any) -> None:
    """A request made from examples succeeds, and its response has the members of the example."""
    operation = OPERATIONS[label]
    method, path = label.split()
    given: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
    for parameter in map(resolved, operation.get("parameters", ())):
        if parameter["name"] not in ("region", "account_id"):
            given[parameter["in"]][parameter["name"]] = parameter["example"]
    if "/records" in path:
        given["path"]["name"] = SITE
    if "link" in (body or ()):
        body = {"link": remote.get("/verification-emails")["verification_emails"][-1]["link"]}

    answer = remote.request(method, path.format(**given["path"]), body, **given["query"])

    expected = next(iter(sorted(operation["responses"])))
    assert answer.status_code == int(expected), answer.text
    content = resolved(operation["responses"][expected]).get("content")
    if content is None:
        assert answer.data == b""
        return
    assert answer.mimetype in content
    for one in content.get("application/json", {}).get("examples", {}).values():
        assert shape(answer.json) == shape(one["value"])


def test_region_has_the_pattern_of_the_option() -> None:
    """The control API accepts what the option accepts."""
    assert DOCUMENT["components"]["schemas"]["Region"]["pattern"] == f"^{REGION_PATTERN}$"


def shape(value: Any) -> Any:
    """The names of the members, of a list those of its first item; names from the application are left out."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items() if name not in ("params", "tags")}
    return [shape(one) for one in value[:1]] if isinstance(value, list) else None
