"""Mocks of the library responses work before, inside and around a scope."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
import responses

from ses_stub import mock_ses_verify

US = "https://email.us-east-1.amazonaws.com/"
LIST = {"Action": "ListIdentities", "Version": "2010-12-01"}
SITE = "https://example.com/"


def both() -> tuple[str, bool]:
    """The mock's answer, and whether SES answers."""
    return requests.get(SITE).text, "ListIdentitiesResponse" in requests.post(US, data=LIST).text


@responses.activate
def test_responses_decorator_works_around_a_scope() -> None:
    """The decorator of responses works around a scope."""
    responses.get(SITE, body="mocked")
    with mock_ses_verify():
        assert both() == ("mocked", True)
    assert [call.request.url for call in responses.calls] == [SITE]


@mock_ses_verify
@responses.activate
def test_responses_decorator_works_inside_ours() -> None:
    """The decorator of responses works inside that of the stub."""
    responses.get(SITE, body="mocked")
    assert both() == ("mocked", True)


def test_context_manager_inside() -> None:
    """A mock inside a scope still requires all its requests, and refuses others."""
    with mock_ses_verify(rate=None):
        with responses.RequestsMock() as mock:
            mock.get(SITE, body="mocked")
            assert both() == ("mocked", True)
            with pytest.raises(requests.ConnectionError):
                requests.get("https://example.org/")
        with pytest.raises(AssertionError, match="Not all requests"), responses.RequestsMock() as mock:
            mock.get(SITE)


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    """A fixture like that of pytest-responses."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.mark.parametrize("fixtures", [("mocked", "ses_verify"), ("ses_verify", "mocked")], ids=" then ".join)
def test_fixtures_of_both(fixtures: tuple[str, str], request: pytest.FixtureRequest) -> None:
    """Fixtures of responses and ses_stub work together, whichever is set up first."""
    found = {name: request.getfixturevalue(name) for name in fixtures}
    found["mocked"].get(SITE, body="mocked")
    assert both() == ("mocked", True)
    assert [call.request.url for call in found["mocked"].calls] == [SITE]
    assert found["ses_verify"].calls.operations == ["ListIdentities"]


@responses.activate
def test_registered_responses_are_untouched() -> None:
    """Registered responses serve only their own requests, and the stub registers none."""
    first = responses.get(SITE, body="first")
    second = responses.get(SITE, body="second")
    with mock_ses_verify():
        assert both() == ("first", True)
        assert responses.registered() == [second]
    assert (first.call_count, second.call_count) == (1, 0)


def test_passthrough_of_a_mock(sent: list[str | None]) -> None:
    """A request that a mock passes through is really sent; none goes to SES."""
    send = requests.adapters.HTTPAdapter.send
    with responses.RequestsMock(real_adapter_send=send) as mock, mock_ses_verify():  # type: ignore[arg-type]
        mock.add_passthru(SITE)
        assert requests.post(US, data=LIST).ok
        with pytest.raises(requests.ConnectionError, match="sent"):
            requests.get(SITE)
    assert sent == [SITE]


@pytest.mark.parametrize("order", [1, -1], ids=["moto first", "moto second"])
def test_responses_mock_works_beside_moto(order: int) -> None:
    """Moto, which uses its own responses mock, answers the rest of AWS; the user's mock answers everything else."""
    scopes = [pytest.importorskip("moto").mock_aws, mock_ses_verify][::order]
    with scopes[0](), scopes[1](), responses.RequestsMock() as mock:
        mock.get(SITE, body="mocked")
        assert both() == ("mocked", True)
    with scopes[0](), scopes[1]():
        assert "ListAllMyBucketsResult" in requests.get("https://s3.amazonaws.com/").text
        assert "ListIdentitiesResponse" in requests.post(US, data=LIST).text


def test_responses_mock_may_end_inside_the_scope() -> None:
    """A mock may begin before the scope and end inside it."""
    before = requests.adapters.HTTPAdapter.send
    mock = responses.RequestsMock(assert_all_requests_are_fired=False)
    mock.start()
    scope = mock_ses_verify(rate=None)
    scope.start()
    mock.get(SITE, body="mocked")
    assert both() == ("mocked", True)
    mock.stop()
    assert requests.post(US, data=LIST).ok
    scope.stop()
    assert requests.adapters.HTTPAdapter.send is before


def test_mock_of_ses() -> None:
    """A mock of SES's address is not used while a stub is active; afterwards it is."""
    with responses.RequestsMock() as mock:
        mock.post(US, body="mocked")
        with mock_ses_verify():
            assert "ListIdentitiesResponse" in requests.post(US, data=LIST).text
        assert requests.post(US, data=LIST).text == "mocked"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The addresses of real requests, none of which is sent."""
    asked: list[str | None] = []

    def send(_: object, request: requests.PreparedRequest, **__: object) -> None:
        asked.append(request.url)
        raise requests.ConnectionError("sent")

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    return asked


def test_request_to_another_host_is_real(sent: list[str | None]) -> None:
    """A request to another host is real, and only that one."""
    with mock_ses_verify():
        assert requests.post(US, data=LIST).ok
        with pytest.raises(requests.ConnectionError, match="sent"):
            requests.get(SITE)
    assert sent == [SITE]
