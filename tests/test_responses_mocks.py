"""Mocks made with responses, before, inside and around a scope, stay as they are."""

from __future__ import annotations

import pytest
import requests
import responses

from ses_stub import mock_ses_verify

US = "https://email.us-east-1.amazonaws.com/"
LIST = {"Action": "ListIdentities", "Version": "2010-12-01"}
SITE = "https://example.com/"


def both() -> tuple[str, bool]:
    """What the mock says, and whether SES answers."""
    return requests.get(SITE).text, "ListIdentitiesResponse" in requests.post(US, data=LIST).text


@responses.activate
def test_decorator_around() -> None:
    """The decorator of responses around a scope."""
    responses.get(SITE, body="mocked")
    with mock_ses_verify():
        assert both() == ("mocked", True)
    assert [call.request.url for call in responses.calls] == [SITE]


@mock_ses_verify
@responses.activate
def test_decorator_inside() -> None:
    """The decorator of responses inside ours."""
    responses.get(SITE, body="mocked")
    assert both() == ("mocked", True)


def test_context_manager_inside() -> None:
    """A mock inside a scope; it still wants all its requests fired, and refuses the rest."""
    with mock_ses_verify(rate=None):
        with responses.RequestsMock() as mock:
            mock.get(SITE, body="mocked")
            assert both() == ("mocked", True)
            with pytest.raises(requests.ConnectionError):
                requests.get("https://example.org/")
        with pytest.raises(AssertionError, match="Not all requests"), responses.RequestsMock() as mock:
            mock.get(SITE)


def test_stopped_out_of_order() -> None:
    """A mock that begins before the scope and ends in it."""
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
    """While a stub is active it answers SES, not a mock of the same address; afterwards the mock does."""
    with responses.RequestsMock() as mock:
        mock.post(US, body="mocked")
        with mock_ses_verify():
            assert "ListIdentitiesResponse" in requests.post(US, data=LIST).text
        assert requests.post(US, data=LIST).text == "mocked"


def test_real_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request to another host is a real one, and only that."""
    sent = []

    def send(_: object, request: requests.PreparedRequest, **__: object) -> None:
        sent.append(request.url)
        raise requests.ConnectionError("sent")

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    with mock_ses_verify():
        assert requests.post(US, data=LIST).ok
        with pytest.raises(requests.ConnectionError, match="sent"):
            requests.get(SITE)
    assert sent == [SITE]
