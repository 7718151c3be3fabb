"""The control API's errors: each has a status, a code and a helpful message, and nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from remote_control import RemoteControl, error_of, identity_path
from werkzeug.test import TestResponse

from ses_stub import SESStub, VirtualClock
from ses_stub._api.stub import service_of
from ses_stub._server.control.routes import PREFIX

SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def ses() -> SESStub:
    return SESStub(rate=None, clock=VirtualClock(), identities={USER: "Pending", SITE: "Pending"})


@pytest.fixture
def remote(ses: SESStub) -> Iterator[RemoteControl]:
    """A client whose requests change nothing."""
    before = (ses.identities, str(ses.timeline()), ses.clock.now(), service_of(ses).faults[:])
    yield RemoteControl(ses)
    assert (ses.identities, str(ses.timeline()), ses.clock.now(), service_of(ses).faults) == before


def documented_codes() -> list[str]:
    """The codes of errors in the OpenAPI document."""
    error = RemoteControl(SESStub()).get("/openapi.json")["components"]["schemas"]["Error"]["properties"]["error"]
    codes: list[str] = error["properties"]["code"]["enum"]
    return codes


CODES = documented_codes()


def assert_error(answer: TestResponse, status: int, code: str, message: str) -> None:
    assert code in CODES
    found = error_of(answer)
    assert found[:2] == (status, code)
    assert re.search(message, found[2]), found[2]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/identities", {"name": "ann"}, "^name='ann': expected an email address or a domain"),
        ("/identities", {"name": "münchen.example"}, "^name='münchen.example': expected an email address"),
        ("/identities", {"name": SITE, "status": "Sucess"}, "^status='Sucess': .*did you mean 'Success'"),
        ("/identities", {"name": USER, "token": "a"}, "^token='a': expected None, as 'ann@example.com' is an"),
        ("/identities", {"name": SITE, "dkim": "Sucess"}, "^dkim='Sucess': .*did you mean 'Success'"),
        (
            "/identities",
            {"name": USER, "dkim": "Success"},
            "^dkim='Success': expected None, as 'ann@example.com' is an",
        ),
        ("/identities", {"name": SITE, "mail_from": "mail.example.org"}, "^mail_from=.*: expected a domain below"),
        ("/identities?region=here", {"name": SITE}, "^region='here': expected a region"),
        ("/identities?account_id=1", {"name": SITE}, "^account_id='1': expected a string of 12 digits"),
        (identity_path("ann", "/script"), {"steps": ["Success"]}, "^name='ann': expected"),
        (identity_path(SITE, "/script"), {"steps": [["Sucess", 2]]}, "^status='Sucess': .*did you mean 'Success'"),
        (identity_path(SITE, "/scheduled-actions"), {"after_seconds": 1, "status": "Done"}, "^status='Done': expected"),
        (identity_path("ann", "/scheduled-actions"), {"after_seconds": 1, "confirm": True}, "^name='ann': expected"),
    ],
)
def test_values_that_the_stub_rejects(remote: RemoteControl, path: str, body: Any, message: str) -> None:
    """The message is the stub's own."""
    assert_error(remote.request("POST", path, body), 400, "InvalidArgumentError", message)


def test_failure_of_an_unknown_operation(remote: RemoteControl) -> None:
    """It could never occur."""
    answer = remote.request("POST", "/faults", {"operation": "ListIdentity", "error_code": "Throttling"})
    assert_error(answer, 400, "UnknownOperationError", "did you mean 'ListIdentities'")


def test_failure_of_an_unsupported_operation(remote: RemoteControl) -> None:
    """Neither could this one."""
    answer = remote.request("POST", "/faults", {"operation": "ListTemplates", "error_code": "Throttling"})
    assert_error(answer, 400, "UnsupportedOperationError", "does not support the SES operation ListTemplates")


ONE_OF = "Expected one of"


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/identities", {}, "missing required field `name`"),
        ("/identities", {"name": SITE, "state": "Success"}, "unknown field `state`"),
        ("/identities", {"name": None}, r"Expected `str`, got `null` - at `\$.name`"),
        ("/identities", {"name": SITE, "token": None}, r"got `null` - at `\$.token`"),
        ("/identities", {"name": SITE, "token": "a b"}, r"matching regex .* - at `\$.token`"),
        ("/identities", {"name": SITE, "token": "a\n"}, r"matching regex .* - at `\$.token`"),
        ("/identities", {"name": SITE, "dkim": None}, r"got `null` - at `\$.dkim`"),
        ("/identities", {"name": SITE, "mail_from": ["mail.example.com"]}, r"length 2.* - at `\$.mail_from`"),
        ("/identities", [], "Expected `object`, got `array`"),
        (identity_path(SITE, "/script"), {"steps": []}, r"length >= 1 - at `\$.steps`"),
        (identity_path(SITE, "/script"), {"steps": "Success"}, r"Expected `array`, got `str` - at `\$.steps`"),
        (identity_path(SITE, "/script"), {"steps": [["Success"]]}, r"length 2.* - at `\$.steps\[0\]`"),
        (identity_path(SITE, "/script"), {"steps": [["Success", 0]]}, r">= 1.* - at `\$.steps\[0\]\[1\]`"),
        (identity_path(SITE, "/script"), {"steps": [["Success", 1.5]]}, r"multiple of 1.* - at `\$.steps\[0\]\[1\]`"),
        (identity_path(SITE, "/scheduled-actions"), {"after_seconds": 1}, ONE_OF),
        (identity_path(SITE, "/scheduled-actions"), {"after_seconds": 1, "status": "Failed", "confirm": True}, ONE_OF),
        (identity_path(SITE, "/scheduled-actions"), {"after_seconds": 1, "confirm": False}, ONE_OF),
        (
            identity_path(SITE, "/scheduled-actions"),
            {"after_seconds": -1, "confirm": True},
            r">= 0.* - at `\$.after_seconds`",
        ),
        (identity_path(SITE, "/records/txt"), {"value": "a"}, "unknown field `value`"),
        ("/clicks", {}, ONE_OF),
        ("/clicks", {"address": USER, "link": "https://a.example"}, ONE_OF),
        ("/clicks", {"link": USER}, r"matching regex .* - at `\$.link`"),
        ("/dns", {"name": SITE, "type": "A", "value": "127.0.0.1"}, r"Invalid enum value 'A' - at `\$.type`"),
        ("/dns", {"name": "", "type": "TXT", "value": "a"}, r"length >= 1 - at `\$.name`"),
        ("/clock/advance", {"weeks": 1}, "unknown field `weeks`"),
        ("/clock/advance", {"seconds": "1"}, r"Expected `float`, got `str` - at `\$.seconds`"),
        ("/clock/advance", {"seconds": True}, r"Expected `float`, got `bool` - at `\$.seconds`"),
        ("/clock/advance", {"seconds": -1}, r">= 0.* - at `\$.seconds`"),
        ("/clock/advance", {"days": 1e300}, r"<= 73000.* - at `\$.days`"),
        ("/faults", {}, ONE_OF),
        ("/faults", {"operation": "ListIdentities"}, ONE_OF),
        ("/faults", {"error_code": "Throttling", "body": ""}, ONE_OF),
        ("/faults", {"disconnect": False}, ONE_OF),
        ("/faults", {"disconnect": True, "status": 500}, "no `status` with `disconnect`"),
        ("/faults", {"body": "", "message": "a"}, "Expected `error_code` with `message`"),
        ("/faults", {"error_code": "Two\r\nlines"}, r"matching regex .* - at `\$.error_code`"),
        ("/faults", {"status": 101}, r">= 200.* - at `\$.status`"),
        ("/faults", {"status": 500, "times": 0}, r">= 1.* - at `\$.times`"),
        ("/reset", {"hard": True}, "unknown field `hard`"),
    ],
)
def test_body_that_does_not_match_its_schema(remote: RemoteControl, path: str, body: Any, message: str) -> None:
    """The message names the member that is wrong."""
    assert_error(remote.request("POST", path, body), 400, "BadRequest", message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "truncated"),
        (b'{"seconds": 1', "truncated"),
        (b'{"seconds": 1}}', "trailing characters"),
        (b'{"seconds": NaN}', "malformed"),
        (b'{"seconds": 1e999}', "out of range"),
        (b'{"seconds": ' + b"9" * 5000 + b"}", "out of range"),
        (b"\xff\xfe", "malformed"),
        (b'{"\xff": 1}', "utf-8"),
        (b'{"a": ' + b"[" * 100_000, "unknown field `a`"),
        (b"[" * 100_000, "Expected `object`"),
        (b'{"seconds": "\\ud800"}', "at `|truncated"),
    ],
    ids=["empty", "cut", "more", "nan", "infinite", "huge", "utf-16", "latin", "deep", "nested", "surrogate"],
)
def test_body_that_is_not_json(remote: RemoteControl, body: bytes, message: str) -> None:
    """Any bytes are an error."""
    answer = remote.http.post(f"{PREFIX}/clock/advance", data=body, content_type="application/json")
    assert_error(answer, 400, "BadRequest", message)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/calls?operatoin=ListIdentities", "unknown field `operatoin`"),
        ("/calls?after=1&after=2", "Query contains `after` 2 times"),
        ("/calls?after=-1", r">= 0 - at `\$.after`"),
        ("/calls?after=first", r"Expected `int`, got `str` - at `\$.after`"),
        (f"/calls?after={'9' * 400}", r"<= 9007199254740992 - at `\$.after`"),
        ("/calls?limit=0", r">= 1 - at `\$.limit`"),
        ("/calls?limit=1001", r"<= 1000 - at `\$.limit`"),
        ("/calls?service=null", r"Invalid enum value 'null' - at `\$.service`"),
        ("/timeline?format=png", r"Invalid enum value 'png' - at `\$.format`"),
        ("/dns?type=TXT", "missing required field `name`"),
        ("/dns?name=example.com", "missing required field `type`"),
        ("/health?deep=1", "unknown field `deep`"),
    ],
)
def test_query_that_does_not_match_its_schema(remote: RemoteControl, path: str, message: str) -> None:
    """The message names the parameter that is wrong."""
    assert_error(remote.request("GET", path), 400, "BadRequest", message)


@pytest.mark.parametrize("text", ["null", ""])
def test_parameters_of_a_query_are_text(remote: RemoteControl, text: str) -> None:
    """A parameter is taken literally, not as a null."""
    answer = remote.request("GET", "/identities", region=text)
    assert_error(answer, 400, "InvalidArgumentError", f"^region='{text}'")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", identity_path("bob@example.com"), None),
        ("DELETE", identity_path("bob@example.com"), None),
        ("GET", identity_path("bob@example.com", "/records"), None),
        ("POST", identity_path("bob@example.com", "/records/txt"), None),
        ("DELETE", identity_path("bob@example.com", "/records/dkim"), None),
    ],
)
def test_unknown_identity_is_refused_with_known_ones(remote: RemoteControl, method: str, path: str, body: Any) -> None:
    """The message names the identity, and those that there are."""
    answer = remote.request(method, path, body)
    assert_error(answer, 404, "IdentityNotFoundError", r"no identity 'bob@example\.com'.*there are: ann@example\.com")


def test_click_without_an_email(remote: RemoteControl) -> None:
    """No email was ever sent to the address."""
    answer = remote.request("POST", "/clicks", {"address": "bob@example.com"})
    assert_error(answer, 404, "IdentityNotFoundError", r"no email to 'bob@example\.com'.*there are: ann@example\.com")


def test_click_of_an_unknown_link(remote: RemoteControl) -> None:
    """No email contains the link."""
    answer = remote.request("POST", "/clicks", {"link": "https://email-verification.us-east-1.amazonaws.com/"})
    assert_error(answer, 404, "IdentityNotFoundError", "no email with the link 'https://email-verification")


@pytest.mark.parametrize("name", ["münchen.example", "%FF", "\0", "a/b/c", "%2e%2e%2f", "null"])
def test_unusual_names_are_unknown(remote: RemoteControl, name: str) -> None:
    """A name that cannot be registered does not exist."""
    assert_error(remote.request("GET", identity_path(name)), 404, "IdentityNotFoundError", "no identity")


@pytest.mark.parametrize(
    "path",
    [
        "/identity",
        "/clock/",
        "/identities/",
        "/identities/a/b/c",
        identity_path(SITE, "/records/spf"),
        "//clock",
        "/link",
    ],
)
def test_unknown_control_path_lists_all_paths(remote: RemoteControl, path: str) -> None:
    """The message lists all paths."""
    answer = remote.http.get(f"{PREFIX}{path}")
    message = re.escape("GET /_ses_stub/identities/{name}, DELETE /_ses_stub/identities/{name}, POST")
    assert_error(answer, 404, "NotFound", message)
    assert_error(answer, 404, "NotFound", re.escape("POST /_ses_stub/identities/{name}/records/{kind}"))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/identities", {"GET", "HEAD", "POST"}),
        ("GET", "/clock/advance", {"POST"}),
        ("OPTIONS", "/dns", {"GET", "HEAD", "POST", "DELETE"}),
    ],
)
def test_unsupported_method_names_the_allowed_ones(
    remote: RemoteControl, method: str, path: str, allowed: set[str]
) -> None:
    """The response lists those that the path supports."""
    answer = remote.request(method, path)
    assert_error(answer, 405, "MethodNotAllowed", "not allowed")
    assert {one.strip() for one in answer.headers["Allow"].split(",")} == allowed


def test_body_over_the_limit(remote: RemoteControl) -> None:
    """A body may have one mebibyte."""
    answer = remote.request("POST", "/faults", {"body": "a" * 2**20})
    assert_error(answer, 413, "RequestEntityTooLarge", "capacity limit")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/xml"])
def test_unsupported_content_type(remote: RemoteControl, kind: str) -> None:
    """A body with another content type is not read as JSON."""
    answer = remote.http.post(f"{PREFIX}/clock/advance", data='{"days": 1}', content_type=kind)
    assert_error(answer, 415, "UnsupportedMediaType", f"Expected a body of application/json, not {kind}")


@pytest.mark.parametrize("kind", ["", "application/json; charset=utf-8", "application/JSON"])
def test_content_types_of_json(ses: SESStub, kind: str) -> None:
    """JSON needs no content type, and may have parameters in it."""
    answer = RemoteControl(ses).http.post(f"{PREFIX}/clock/advance", data='{"days": 1}', content_type=kind)
    assert (answer.status_code, ses.clock.now().day) == (200, 2)


def test_empty_body_may_have_any_content_type(ses: SESStub) -> None:
    """``curl -d ''`` sends one with an empty body."""
    form = "application/x-www-form-urlencoded"
    answer = RemoteControl(ses).http.post(f"{PREFIX}/reset", data="", content_type=form)
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (identity_path(SITE, "/records/dkim"), "DKIM of 'example.com' was not requested"),
        (identity_path(SITE, "/records/mail-from"), "a MAIL FROM domain of 'example.com' was not requested"),
        (identity_path(USER, "/records/txt"), "is an email address and has no TXT record"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_records_that_are_not_expected(remote: RemoteControl, method: str, path: str, message: str) -> None:
    """Records that SES does not look for are neither published nor removed."""
    assert_error(remote.request(method, path), 409, "Conflict", message)


def test_responses_are_not_cached(remote: RemoteControl) -> None:
    """All of them say so, errors too."""
    assert remote.request("GET", "/clock").headers["Cache-Control"] == "no-store"
    assert remote.request("GET", "/nothing").headers["Cache-Control"] == "no-store"


def test_head_has_no_body(remote: RemoteControl) -> None:
    """HEAD is as GET, without the body."""
    answer = remote.request("HEAD", "/clock")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/json", b"")
