"""Pages of other sites change and read nothing: the server knows its names, and where a request comes from."""

from __future__ import annotations

import http.client

import pytest
from serving import LIST, address_of, ask
from werkzeug.test import Client

from ses_stub import SESStub, VirtualClock
from ses_stub._server.app import Application
from ses_stub._server.endpoint import Endpoint
from ses_stub._server.request_guard import RequestGuard

#: One route of each kind: v1 in a form and in a query, v2, the control API, the page.
ROUTES = [
    ("POST", "/", LIST),
    ("GET", f"/?{LIST}", ""),
    ("POST", "/v2/email/identities", '{"EmailIdentity": "ann@example.com"}'),
    ("POST", "/_ses_stub/reset", ""),
    ("GET", "/_ses_stub/identities", ""),
    ("GET", "/health", ""),
    ("POST", "/page/reset", ""),
    ("GET", "/", ""),
]
each_route = pytest.mark.parametrize(("method", "target", "body"), ROUTES, ids=[f"{one[0]} {one[1]}" for one in ROUTES])


@pytest.fixture
def ses() -> SESStub:
    return SESStub(rate=None, clock=VirtualClock(), identities=["example.com"])


def status_for(host: str, guard: RequestGuard) -> int:
    """The status of a request that names a host."""
    client = Client(Application(SESStub(), guard))
    return client.get("/_ses_stub/health", headers={"Host": host}).status_code


# The name of the server.


@each_route
def test_rebound_name_is_refused_on_every_route(
    ses: SESStub, endpoint: Endpoint, method: str, target: str, body: str
) -> None:
    """A page whose name was rebound to this address sends that name; it neither reads nor changes anything."""
    headers = {"Host": "evil.example:4579", "Origin": "http://evil.example:4579", "Accept": "text/html"}
    status, text, _ = ask(endpoint, method, target, body, headers)
    assert status == 403
    assert "example.com<" not in text.replace("evil.example", "")
    assert ses.calls == []
    assert list(ses.identities) == ["example.com"]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:4579", "127.1.2.3", "localhost", "LOCALHOST:80", "localhost.", "ses.localhost"),
        *("[::1]:4579", "email.us-east-1.amazonaws.com"),
    ],
)
def test_loopback_names_and_those_of_ses_are_answered(host: str) -> None:
    """With any port and in any case."""
    assert status_for(host, RequestGuard()) == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example", "xlocalhost", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0"),
        *("[::2]", "localhost:x", "localhost:80:80", "user@localhost", "a b", "localhost/", "[localhost", "."),
        "email.us-east-1.amazonaws.com.evil.example",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    """Also those that begin or end like a name of the server, and what is no name."""
    assert status_for(host, RequestGuard()) == 403


def test_bound_and_allowed_names_are_answered() -> None:
    """The address it listens on, allowed names, and all names below one that begins with a dot."""
    guard = RequestGuard("ses.internal", ["SES", ".example.com"])
    assert [status_for(host, guard) for host in ("ses.internal", "ses:4579", "a.b.example.com")] == [200] * 3
    assert [status_for(host, guard) for host in ("internal", "example.com", "10.0.0.1")] == [403] * 3


@pytest.mark.parametrize("bound", ["0.0.0.0", "::", ""])
def test_server_on_all_addresses_is_reached_by_each(bound: str) -> None:
    """An address can't be rebound; a name can."""
    guard = RequestGuard(bound)
    assert [status_for(host, guard) for host in ("10.0.0.1:4579", "[fe80::1]", "evil.example")] == [200, 200, 403]


def test_refused_client_learns_what_to_do(endpoint: Endpoint) -> None:
    """An SDK gets an error in its API's format, others get text; both name the option."""
    told = "allow it: `ses-stub serve --allowed-host ses`"
    _, text, _ = ask(endpoint, "POST", "/", LIST, {"Host": "ses:4579"})
    assert "<Code>HostNotAllowed</Code>" in text
    assert told in text
    _, text, headers = ask(endpoint, "GET", "/v2/email/account", headers={"Host": "ses:4579"})
    assert headers["x-amzn-errortype"] == "HostNotAllowed"
    assert told in text
    assert '"code":"HostNotAllowed"' in ask(endpoint, "GET", "/_ses_stub/calls", headers={"Host": "ses:4579"})[1]
    assert told in ask(endpoint, "GET", "/", headers={"Host": "ses:4579", "Accept": "text/html"})[1]


def test_names_are_allowed_in_a_test(ses: SESStub) -> None:
    """For a container, which reaches the server by the name of its host."""
    with ses.serve(allowed_hosts=["host.docker.internal"]) as endpoint:
        assert ask(endpoint, "POST", "/", LIST, {"Host": "host.docker.internal:4579"})[0] == 200


# The origin of a request.


@each_route
@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
    ids=["origin", "null", "another port", "image", "same site", "frame"],
)
def test_other_origins_are_refused_on_every_route(
    ses: SESStub, endpoint: Endpoint, sent: dict[str, str], method: str, target: str, body: str
) -> None:
    """Forms, scripts, pictures and frames of other pages, also of one on another port of the same host."""
    assert ask(endpoint, method, target, body, {"Accept": "text/html", **sent})[0] == 403
    assert ses.calls == []
    assert list(ses.identities) == ["example.com"]


@each_route
def test_own_page_may_use_every_route(endpoint: Endpoint, method: str, target: str, body: str) -> None:
    """Its requests carry its own origin."""
    own = {"Origin": endpoint.url, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    assert ask(endpoint, method, target, body, {"Accept": "text/html", **own})[0] in (200, 204, 303)


@each_route
def test_sdks_and_curl_may_use_every_route(endpoint: Endpoint, method: str, target: str, body: str) -> None:
    """They send neither header."""
    assert ask(endpoint, method, target, body)[0] in (200, 204, 303)


NAVIGATION = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def test_link_of_another_page_opens_the_page(ses: SESStub, endpoint: Endpoint) -> None:
    """Also a verification link in an email that is shown elsewhere: its query is a secret."""
    ses.add_identity("ann@example.com", "Pending")
    _, _, query = ses.verification_emails[0].link.partition("?")
    assert ask(endpoint, "GET", "/", headers={**NAVIGATION, "Accept": "text/html"})[0] == 200
    assert ask(endpoint, "GET", f"/_ses_stub/link?{query}", headers=NAVIGATION)[0] == 200
    assert ses.identity("ann@example.com").status == "Success"


@pytest.mark.parametrize(
    ("method", "target"), [("GET", f"/?{LIST}"), ("POST", "/page/reset"), ("GET", "/_ses_stub/identities")]
)
def test_link_of_another_page_opens_nothing_else(ses: SESStub, endpoint: Endpoint, method: str, target: str) -> None:
    """Neither AWS's API nor the control API, and no form is sent."""
    assert ask(endpoint, method, target, headers={**NAVIGATION, "Accept": "text/html"})[0] == 403
    assert ses.calls == []


# Headers of every response.


@pytest.mark.parametrize(
    ("method", "target"),
    [
        *[(method, target) for method, target, _ in ROUTES],
        *(("GET", "/page/page.css"), ("GET", "/nothing"), ("GET", "/_ses_stub/nothing"), ("POST", "//[")),
    ],
)
def test_every_response_is_safe_in_a_browser(endpoint: Endpoint, method: str, target: str) -> None:
    """No guessing of its type, no scripts but the page's own, and not inside another page."""
    _, _, headers = ask(endpoint, method, target, headers={"Accept": "text/html"})
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_connection_goes_on_after_a_response_without_a_body(endpoint: Endpoint) -> None:
    """204 and 304 have no length, and do not end the connection; it ends if the client asks for that."""
    connection = http.client.HTTPConnection(*address_of(endpoint), timeout=30)
    connection.request("POST", "/_ses_stub/reset")
    response = connection.getresponse()
    assert (response.status, response.read(), response.will_close) == (204, b"", False)
    connection.request("GET", "/page/page.css")
    response = connection.getresponse()
    response.read()
    connection.request("GET", "/page/page.css", headers={"If-None-Match": response.headers["ETag"]})
    response = connection.getresponse()
    assert (response.status, response.read(), response.will_close) == (304, b"", False)
    connection.request("POST", "/_ses_stub/reset", headers={"Connection": "close"})
    response = connection.getresponse()
    assert (response.status, response.will_close) == (204, True)
    connection.close()
