"""The control API, what it refuses: each with a status, a code and a text that teaches, and nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from remote_control import Remote, at, refusal
from werkzeug.test import TestResponse

from ses_stub import SESStub, VirtualClock
from ses_stub._server.control.routes import PREFIX

SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def ses() -> SESStub:
    return SESStub(rate=None, clock=VirtualClock(), identities={USER: "Pending", SITE: "Pending"})


@pytest.fixture
def remote(ses: SESStub) -> Iterator[Remote]:
    """Somebody whose requests change nothing."""
    before = (ses.identities, str(ses.timeline()), ses.clock.now(), ses._service.faults[:])
    yield Remote(ses)
    assert (ses.identities, str(ses.timeline()), ses.clock.now(), ses._service.faults) == before


def assert_refused(answer: TestResponse, status: int, code: str, message: str) -> None:
    told = refusal(answer)
    assert told[:2] == (status, code)
    assert re.search(message, told[2]), told[2]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/identities", {"name": "ann"}, "^name='ann': expected an e-mail address or a domain"),
        ("/identities", {"name": "münchen.example"}, "^name='münchen.example': expected an e-mail address"),
        ("/identities", {"name": SITE, "status": "Sucess"}, "^status='Sucess': .*did you mean 'Success'"),
        ("/identities", {"name": USER, "token": "a"}, "^token='a': expected None, as 'ann@example.com' is an"),
        ("/identities?region=here", {"name": SITE}, "^region='here': expected a region's code"),
        ("/identities?account_id=1", {"name": SITE}, "^account_id='1': expected a text of 12 digits"),
        (at("ann", "/script"), {"steps": ["Success"]}, "^name='ann': expected"),
        (at(SITE, "/script"), {"steps": [["Sucess", 2]]}, "^status='Sucess': .*did you mean 'Success'"),
        (at(SITE, "/later"), {"after_seconds": 1, "status": "Done"}, "^status='Done': expected"),
        (at("ann", "/later"), {"after_seconds": 1, "confirm": True}, "^name='ann': expected"),
    ],
)
def test_values_that_the_stub_refuses(remote: Remote, path: str, body: Any, message: str) -> None:
    """The stub's own text says what it takes."""
    assert_refused(remote.ask("POST", path, body), 400, "InvalidArgumentError", message)


def test_unknown_operation(remote: Remote) -> None:
    """A failure of an operation that SES does not have would never come."""
    answer = remote.ask("POST", "/faults", {"operation": "ListIdentity", "error_code": "Throttling"})
    assert_refused(answer, 400, "UnknownOperationError", "did you mean 'ListIdentities'")


def test_unhandled_operation(remote: Remote) -> None:
    """Nor would one of an operation that is never answered."""
    answer = remote.ask("POST", "/faults", {"operation": "GetSendStatistics", "error_code": "Throttling"})
    assert_refused(answer, 400, "UnsupportedOperationError", "does not answer the SES operation GetSendStatistics")


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
        ("/identities", [], "Expected `object`, got `array`"),
        (at(SITE, "/script"), {"steps": []}, r"length >= 1 - at `\$.steps`"),
        (at(SITE, "/script"), {"steps": "Success"}, r"Expected `array`, got `str` - at `\$.steps`"),
        (at(SITE, "/script"), {"steps": [["Success"]]}, r"length 2.* - at `\$.steps\[0\]`"),
        (at(SITE, "/script"), {"steps": [["Success", 0]]}, r">= 1.* - at `\$.steps\[0\]\[1\]`"),
        (at(SITE, "/script"), {"steps": [["Success", 1.5]]}, r"multiple of 1.* - at `\$.steps\[0\]\[1\]`"),
        (at(SITE, "/later"), {"after_seconds": 1}, ONE_OF),
        (at(SITE, "/later"), {"after_seconds": 1, "status": "Failed", "confirm": True}, ONE_OF),
        (at(SITE, "/later"), {"after_seconds": 1, "confirm": False}, ONE_OF),
        (at(SITE, "/later"), {"after_seconds": -1, "confirm": True}, r">= 0.* - at `\$.after_seconds`"),
        (at(SITE, "/records/txt"), {"value": "a"}, "unknown field `value`"),
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
def test_bodies(remote: Remote, path: str, body: Any, message: str) -> None:
    """What is wrong with a body is told by its place."""
    assert_refused(remote.ask("POST", path, body), 400, "BadRequest", message)


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
def test_what_is_no_json(remote: Remote, body: bytes, message: str) -> None:
    """Whatever bytes come, they are refused as a whole."""
    answer = remote.http.post(f"{PREFIX}/clock/advance", data=body, content_type="application/json")
    assert_refused(answer, 400, "BadRequest", message)


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
def test_queries(remote: Remote, path: str, message: str) -> None:
    """What is wrong with a query is told by its place."""
    assert_refused(remote.ask("GET", path), 400, "BadRequest", message)


@pytest.mark.parametrize("text", ["null", ""])
def test_words_of_a_query_are_texts(remote: Remote, text: str) -> None:
    """A word of a query is what it says, not nothing."""
    answer = remote.ask("GET", "/identities", region=text)
    assert_refused(answer, 400, "InvalidArgumentError", f"^region='{text}'")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", at("bob@example.com"), None),
        ("DELETE", at("bob@example.com"), None),
        ("GET", at("bob@example.com", "/records"), None),
        ("POST", at("bob@example.com", "/records/txt"), None),
        ("DELETE", at("bob@example.com", "/records/dkim"), None),
    ],
)
def test_unknown_identity(remote: Remote, method: str, path: str, body: Any) -> None:
    """An identity that is not there is named, with those that are."""
    answer = remote.ask(method, path, body)
    assert_refused(answer, 404, "UnknownIdentity", r"no identity 'bob@example\.com'.*there are: ann@example\.com")


def test_unknown_mail(remote: Remote) -> None:
    """So is the address of a mail that was never sent."""
    answer = remote.ask("POST", "/clicks", {"address": "bob@example.com"})
    assert_refused(answer, 404, "UnknownIdentity", r"no mail to 'bob@example\.com'.*there are: ann@example\.com")


def test_unknown_link(remote: Remote) -> None:
    """A link that no mail holds cannot be clicked."""
    answer = remote.ask("POST", "/clicks", {"link": "https://email-verification.us-east-1.amazonaws.com/"})
    assert_refused(answer, 404, "UnknownIdentity", "no mail with the link 'https://email-verification")


@pytest.mark.parametrize("name", ["münchen.example", "%FF", "\0", "a/b/c", "%2e%2e%2f", "null"])
def test_odd_names_are_unknown(remote: Remote, name: str) -> None:
    """A name that nobody could register is just not there."""
    assert_refused(remote.ask("GET", at(name)), 404, "UnknownIdentity", "no identity")


@pytest.mark.parametrize(
    "path",
    ["/identity", "/clock/", "/identities/", "/identities/a/b/c", at(SITE, "/records/spf"), "//clock", "/link"],
)
def test_unknown_path(remote: Remote, path: str) -> None:
    """An unknown path is answered with all that there are."""
    answer = remote.http.get(f"{PREFIX}{path}")
    message = re.escape("GET /_ses_stub/identities/{name}, DELETE /_ses_stub/identities/{name}, POST")
    assert_refused(answer, 404, "NotFound", message)
    assert_refused(answer, 404, "NotFound", re.escape("POST /_ses_stub/identities/{name}/records/{kind}"))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/identities", {"GET", "HEAD", "POST"}),
        ("GET", "/clock/advance", {"POST"}),
        ("OPTIONS", "/dns", {"GET", "HEAD", "POST", "DELETE"}),
    ],
)
def test_wrong_method(remote: Remote, method: str, path: str, allowed: set[str]) -> None:
    """A method that a path has not is answered with those that it has."""
    answer = remote.ask(method, path)
    assert_refused(answer, 405, "MethodNotAllowed", "not allowed")
    assert {one.strip() for one in answer.headers["Allow"].split(",")} == allowed


def test_long_body(remote: Remote) -> None:
    """A body of more than a mebibyte is not read."""
    answer = remote.ask("POST", "/faults", {"body": "a" * 2**20})
    assert_refused(answer, 413, "RequestEntityTooLarge", "capacity limit")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/xml"])
def test_other_kinds_of_bodies(remote: Remote, kind: str) -> None:
    """What is said to be no JSON is not read as such."""
    answer = remote.http.post(f"{PREFIX}/clock/advance", data='{"days": 1}', content_type=kind)
    assert_refused(answer, 415, "UnsupportedMediaType", f"to be application/json, not {kind}")


@pytest.mark.parametrize("kind", ["", "application/json; charset=utf-8", "application/JSON"])
def test_kinds_of_json(ses: SESStub, kind: str) -> None:
    """JSON needs no content type, and may have a longer one."""
    answer = Remote(ses).http.post(f"{PREFIX}/clock/advance", data='{"days": 1}', content_type=kind)
    assert (answer.status_code, ses.clock.now().day) == (200, 2)


def test_orders_without_a_word_need_no_body(ses: SESStub) -> None:
    """``curl -d ''`` sends a type with its empty body."""
    form = "application/x-www-form-urlencoded"
    answer = Remote(ses).http.post(f"{PREFIX}/reset", data="", content_type=form)
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (at(SITE, "/records/dkim"), "nobody has asked for DKIM of 'example.com'"),
        (at(SITE, "/records/mail-from"), "nobody has asked for a MAIL FROM domain of 'example.com'"),
        (at(USER, "/records/txt"), "is an e-mail address and has no TXT record"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_records_that_nobody_asked_for(remote: Remote, method: str, path: str, message: str) -> None:
    """Records that SES does not ask for are neither published nor removed."""
    assert_refused(remote.ask(method, path), 409, "Conflict", message)


def test_answers_are_not_kept(remote: Remote) -> None:
    """No cache on the way keeps an answer."""
    assert remote.ask("GET", "/clock").headers["Cache-Control"] == "no-store"
    assert remote.ask("GET", "/nothing").headers["Cache-Control"] == "no-store"


def test_head(remote: Remote) -> None:
    """HEAD is GET without the body."""
    answer = remote.ask("HEAD", "/clock")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/json", b"")
