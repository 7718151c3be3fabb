"""Hostile values in valid requests, without a socket: a response that botocore can read, or an error of AWS's form."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from botocore import parsers
from botocore.awsrequest import HeadersDict
from botocore.model import Shape
from hypothesis import given, settings
from hypothesis import strategies as st
from repeat import times

from ses_stub import SESStub, SESStubError, UnsupportedOperationError, VirtualClock
from ses_stub._service.apis import APIS
from ses_stub._wire import query_fast
from ses_stub._wire.messages import HTTPRequest, HTTPResponse
from ses_stub._wire.service_model import operation_model

HOST = "http://localhost"
POLL = "Action=GetIdentityVerificationAttributes&Version=2010-12-01"
ARN = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
PLAIN = [
    "ann@example.com",
    "example.com",
    "new@example.com",
    "new.com",
    "EmailAddress",
    "Domain",
    "{}",
    "true",
    "1",
    "",
]
HOSTILE = [
    "\ud800",
    '"\ud800"@example.com',
    "\udfff <ann@example.com>",
    "\U0001f600@example.com",
    "\0",
    "\x01\x0b\x1b@example.com",
    "<&>]]>'\"\r\n\ufffe",
    "a\r\nBcc: b@example.com",
    "9" * 19,
    "9" * 5000,
    "-1",
    "1e999",
    "nan",
    "\u0661",
    "a" * 10_000,
    "." * 300,
    "@" * 300,
    "[" * 5000,
    "[" * 900 + "]" * 900,
    "http://[",
    "xn--a.com",
    ARN,
    *(base64.urlsafe_b64encode(b"after:" + place).decode() for place in (b"9" * 5000, b"-1", b"", "\u0661".encode())),
]
TEXTS = st.sampled_from(PLAIN) | st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=20)
ODD = st.sampled_from([None, True, 10**400, -1, 1.5, 1e308, float("nan"), float("inf"), [], {}, [None], [[]]])
NUMBERS = ["0", "-1", "1", "01", "2", "999999999999", "\u0661", "x", ""]


def new_stub() -> SESStub:
    return SESStub(rate=None, clock=VirtualClock(), region="us-east-1", identities=["example.com", "ann@example.com"])


def read(answer: HTTPResponse, api: str, shape: Shape | None) -> dict[str, Any]:
    """The response as botocore's parser reads it."""
    parser = parsers.create_parser("query" if api == "ses" else "rest-json")
    raw = {"status_code": answer.status, "headers": HeadersDict(answer.headers), "body": answer.body}
    parsed: dict[str, Any] = parser.parse(raw, shape)
    return parsed


def check(answer: HTTPResponse, api: str, shape: Shape | None) -> None:
    """Checks that it is a response or an error with a code, but no internal failure of the stub."""
    assert (answer.status == 200) is ("Error" not in read(answer, api, shape)), answer
    if answer.status != 200:
        error = read(answer, api, None)["Error"]
        assert re.fullmatch(r"[A-Za-z]+", error["Code"])
        assert answer.status in (400, 404, 409), answer
    assert answer.headers["Content-Length"] == str(len(answer.body))


def nodes(shape: Shape, scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of a shape with arbitrary scalars; members may be missing."""
    match shape.type_name:
        case "structure":
            members = {
                member.serialization.get("name", name): nodes(member, scalars) for name, member in shape.members.items()
            }
            return st.fixed_dictionaries(members) | st.fixed_dictionaries({}, optional=members)
        case "list":
            return st.lists(nodes(shape.member, scalars), max_size=4)
        case "map":
            return st.dictionaries(TEXTS, nodes(shape.value, scalars), max_size=2)
    return scalars


def flat(draw: st.DrawFn, node: Any, name: str) -> Iterator[tuple[str, str]]:
    """The pairs of a Query body, some with unusual numbers."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from flat(draw, value, f"{name}.{key}")
    elif isinstance(node, list):
        for place, value in enumerate(node, start=1):
            number = draw(st.just(str(place)) | st.sampled_from(NUMBERS))
            yield from flat(draw, value, f"{name}.member.{number}")
    else:
        yield name.removeprefix("."), node


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, str]:
    """An operation of v1 and a body for it."""
    operation = draw(st.sampled_from(sorted(APIS["ses"].operations)))
    shape = operation_model("ses", operation).input_shape
    pairs = list(flat(draw, draw(nodes(shape, TEXTS)), "")) if shape is not None else []
    pairs += draw(st.lists(st.tuples(TEXTS, TEXTS), max_size=2))
    pairs += draw(st.lists(st.sampled_from(pairs), max_size=2)) if pairs else []
    shuffled = [("Action", operation), *draw(st.permutations(pairs))]
    if draw(st.booleans()):
        return operation, urlencode(shuffled, errors="surrogatepass")
    # Unescaped, so that some end early or begin an invalid escape.
    return operation, "&".join(f"{name}={value}" for name, value in shuffled)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """An operation of v2, and method, target and body for it."""
    operation = draw(st.sampled_from(sorted(APIS["sesv2"].operations)))
    model = operation_model("sesv2", operation)
    target = model.http["requestUri"]
    for label in re.findall(r"\{\w+\}", target):
        target = target.replace(label, quote(draw(TEXTS.filter(bool)), safe="", errors="surrogatepass"))
    query = draw(st.lists(st.tuples(st.sampled_from(["PageSize", "NextToken", "TagKeys", "ResourceArn"]), TEXTS)))
    node = draw(nodes(model.input_shape, TEXTS | ODD)) if model.input_shape is not None else {}
    body = json.dumps(node, ensure_ascii=draw(st.booleans()))
    return operation, model.http["method"], f"{target}?{urlencode(query, errors='surrogatepass')}", body


@settings(max_examples=times(80))
@given(query=queries())
def test_v1_answers_every_query(query: tuple[str, str]) -> None:
    """v1 answers every query, whatever its values and order."""
    operation, body = query
    answer = new_stub().respond("POST", f"{HOST}/", None, body)
    check(answer, "ses", operation_model("ses", operation).output_shape)


@settings(max_examples=times(80))
@given(document=documents())
def test_v2_answers_every_document(document: tuple[str, str, str, str]) -> None:
    """v2 answers every document, with any path, query string and body."""
    operation, method, target, body = document
    answer = new_stub().respond(method, f"{HOST}{target}", None, body)
    check(answer, "sesv2", operation_model("sesv2", operation).output_shape)


@settings(max_examples=times(40))
@given(body=st.binary(max_size=100), api=st.sampled_from(["ses", "sesv2"]), target=TEXTS, method=TEXTS)
def test_request_without_operation_is_logged_as_unsupported(body: bytes, api: str, target: str, method: str) -> None:
    """A request without an operation is logged as unsupported."""
    service = new_stub()._service
    with pytest.raises(UnsupportedOperationError):
        service.handle(HTTPRequest(body.decode("latin-1"), "us-east-1", "1" * 12, 1, api, method, target))
    assert [call.error_code for call in service.calls] == ["UnsupportedOperationError"]


@settings(max_examples=times(60))
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "TRACE", ""]) | TEXTS,
    url=st.builds("".join, st.tuples(st.sampled_from(["", HOST, f"{HOST}/v2/email/", "http://", "//", "@"]), TEXTS)),
    header=TEXTS | st.builds("".join, st.tuples(st.sampled_from(["Credential=", "attempt="]), TEXTS)),
    body=st.binary(max_size=100) | TEXTS.map(lambda text: f"Action={text}"),
)
def test_invalid_request_raises_only_ses_stub_errors(method: str, url: str, header: str, body: bytes | str) -> None:
    """An invalid request raises a SESStubError and nothing else."""
    stub = new_stub()
    with suppress(SESStubError):
        stub.respond(method, url, {"Authorization": header, "amz-sdk-request": header}, body)
    assert len(stub.calls) <= 1


@pytest.mark.parametrize("url", ["http://[", "http://\u2100/", "http://a@[/v2/email/identities"])
def test_malformed_hosts_are_not_ses(url: str) -> None:
    """An address that cannot be taken apart is none of SES."""
    with pytest.raises(SESStubError, match="is not a request for SES"):
        new_stub().respond("POST", url, None, "Action=ListIdentities")


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_json_with_half_a_character_is_refused(text: str) -> None:
    """JSON with half of a surrogate pair is refused, because it has no UTF-8."""
    stub = new_stub()
    answer = stub.respond("POST", f"{HOST}/v2/email/identities", None, json.dumps({"EmailIdentity": text}))
    assert read(answer, "sesv2", None)["Error"]["Code"] == "SerializationException"


def test_half_characters_in_a_query() -> None:
    """A string that no socket can deliver is read like one from a socket."""
    stub = new_stub()
    body = 'Action=SendEmail&Source="\ud800"@example.com&Destination.ToAddresses.member.1=ann@example.com'
    stub.respond("POST", f"{HOST}/", None, f"{body}&Message.Subject.Data=s&Message.Body.Text.Data=t")
    assert stub.calls.last.params["Source"] == '"?"@example.com'


CHARSETS = ["idna", "punycode", "undefined", "rot13", "zip", "unicode_escape", "utf-7", "a\0b", "\udc80", ""]


def send_raw(stub: SESStub, raw: str) -> HTTPResponse:
    data = base64.b64encode(f"From: ann@example.com\r\nTo: ann@example.com\r\n{raw}".encode("latin-1", "replace"))
    body = json.dumps({"Content": {"Raw": {"Data": data.decode()}}})
    return stub.respond("POST", f"{HOST}/v2/email/outbound-emails", None, body)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode", "8bit", "zip"])
@pytest.mark.parametrize("charset", CHARSETS, ids=ascii)
def test_charsets_of_messages(charset: str, encoding: str) -> None:
    """An unknown charset, or one that cannot read the text, is read as UTF-8."""
    stub = new_stub()
    head = f"Subject: =?{charset}?q?=ff?=\r\nContent-Transfer-Encoding: {encoding}\r\nContent-Type: text/plain;"
    assert send_raw(stub, f'{head} charset="{charset}"\r\n\r\nbegin 666 \xff\r\n\x80=zz===').status == 200
    assert isinstance(stub.sent_emails[0].text, str)


@pytest.mark.parametrize(
    "part",
    ["Content-Type: message/rfc822\r\n\r\n", "Content-Type: multipart/mixed; boundary={0}\r\n\r\n--{0}\r\n"],
    ids=["messages", "parts"],
)
def test_messages_within_messages(part: str) -> None:
    """Messages that are nested too deeply are refused."""
    answer = send_raw(new_stub(), "".join(part.format(f"b{number}") for number in range(1500)))
    assert (answer.status, read(answer, "sesv2", None)["Error"]["Code"]) == (400, "BadRequestException")


@pytest.mark.parametrize("count", [20_000, 300_000])
def test_log_of_many_fields(count: int) -> None:
    """A body with too many fields is logged without splitting it, to save memory."""
    stub = new_stub()
    body = "Action=VerifyEmailIdentity&" + "&".join(map(str, range(count)))
    assert stub.respond("POST", f"{HOST}/", None, body).status == 400
    assert stub.calls.last.params == {"body": body}


def test_large_requests_are_not_kept() -> None:
    """The caches keep only small requests: a body of megabytes is freed after its call."""
    body = f"{POLL}&Identities.member.1={'a' * 100_000}"
    kept = query_fast._cached_names.cache_info().misses
    assert query_fast.decode_get_verification_attributes(body) == {"Identities": ["a" * 100_000]}
    assert query_fast._cached_names.cache_info().misses == kept


# Work is counted in function calls, of Python and C, because a clock would include other processes.


def work(method: str, target: str, body: str) -> int:
    """How many functions one response calls."""
    stub, counted = new_stub(), 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")  # pragma: no cover  # Nobody looks on while this one does.

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        with suppress(UnsupportedOperationError):
            stub.respond(method, f"{HOST}{target}", None, body)
    finally:
        sys.setprofile(before)
    return counted


def query_of(*pairs: str) -> tuple[str, str, str]:
    return "POST", "/", "&".join([POLL, *pairs])


LENGTHS = {
    "members": lambda n: query_of(*(f"Identities.member.{number}=a{number}" for number in range(1, n))),
    "members backwards": lambda n: query_of(*(f"Identities.member.{number}=a" for number in range(n, 0, -1))),
    "one member": lambda n: query_of(*["Identities.member.7=a"] * n),
    "fields": lambda n: query_of(*(f"f{number}=a" for number in range(n))),
    "deep name": lambda n: query_of(".".join(["a"] * n) + "=1"),
    "percents": lambda n: query_of("%41%" * n),
    "parameters": lambda n: ("DELETE", f"/v2/email/tags?ResourceArn={ARN}{'&TagKeys=a' * n}", ""),
    "path": lambda n: ("GET", "/v2/email/identities" + "/a" * n, ""),
    "tags": lambda n: (
        "POST",
        "/v2/email/identities",
        json.dumps({"EmailIdentity": "new.com", "Tags": [{"Key": str(number), "Value": ""} for number in range(n)]}),
    ),
    "recipients": lambda n: (
        "POST",
        "/v2/email/outbound-emails",
        json.dumps(
            {
                "FromEmailAddress": "ann@example.com",
                "Destination": {"ToAddresses": ["ann@example.com"] * n},
                "Content": {"Simple": {"Subject": {"Data": ""}, "Body": {}}},
            }
        ),
    ),
    "brackets": lambda n: ("POST", "/v2/email/identities", "[" * n),
}


@pytest.mark.parametrize("form", LENGTHS.values(), ids=LENGTHS)
def test_work_is_linear(form: Any) -> None:
    """Ten times the length needs at most ten times the work."""
    work(*form(10))
    assert work(*form(3000)) <= 10.5 * work(*form(300))


def open_template_link(page: str) -> HTTPResponse:
    """Opens a link of a custom mail; the result may be the template's error."""
    stub = SESStub(rate=None, clock=VirtualClock(), identities=["example.com"], production_access=True)
    content = {"FromEmailAddress": "ann@example.com", "TemplateSubject": "s", "TemplateContent": "c"}
    pages = {"SuccessRedirectionURL": page, "FailureRedirectionURL": page}
    name = {"TemplateName": "t"}
    make = {"Action": "CreateCustomVerificationEmailTemplate", **name, **content, **pages}
    answer = stub.respond("POST", f"{HOST}/", None, urlencode(make))
    if answer.status != 200:
        return answer
    send = {"Action": "SendCustomVerificationEmail", **name, "EmailAddress": "bob@example.net"}
    stub.respond("POST", f"{HOST}/", None, urlencode(send))
    return stub.respond("GET", stub.verification_emails[-1].link)


def test_letters_in_a_redirection() -> None:
    """The redirection is sent in a header, which must be ASCII."""
    opened = open_template_link("https://example.com/\u20ac?a=%20&b")
    assert opened.headers["Location"] == "https://example.com/%E2%82%AC?a=%20&b"


@pytest.mark.parametrize("end", ["\r\nSet-Cookie: a=b", "\0", "\x7f"], ids=ascii)
def test_lines_in_a_redirection(end: str) -> None:
    """A line break in a URL makes no second header."""
    error = read(open_template_link(f"https://example.com/{end}"), "ses", None)["Error"]
    assert error["Message"] == "The success redirection URL is invalid"
