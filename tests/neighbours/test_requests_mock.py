"""requests-mock around, within and before a scope: no request to SES leaves the process, and each answers its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from ses_stub import mock_ses_verify

requests_mock = pytest.importorskip("requests_mock")

URL = "https://email.us-east-1.amazonaws.com/?Action=ListIdentities"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.mark.parametrize("order", [1, -1], ids=["mocker outside", "mocker inside"])
def test_real_http_leaves_ses_to_the_stub(order: int, session: requests.Session) -> None:
    """With `real_http`, what the mocker does not know is answered by the stub; what it knows, by the mocker."""
    mocker = requests_mock.Mocker(real_http=True)
    with ExitStack() as stack:
        entered: list[Any] = [
            stack.enter_context(one) for one in [mocker, mock_ses_verify(rate=None, region="us-east-1")][::order]
        ][::order]
        entered[0].get("https://example.com/", text="the mocker's")
        for get in (requests.get, session.get, session.get):
            assert "ListIdentitiesResponse" in get(URL).text
            assert get("https://example.com/").text == "the mocker's"
        assert len(entered[1].calls) == 3


def test_session_that_was_used_under_a_mocker(session: requests.Session) -> None:
    """A session that a mocker has left its mark on is answered by a later scope."""
    with requests_mock.Mocker() as mocker:
        mocker.get("https://example.com/")
        session.get("https://example.com/")
    assert "get_adapter" in vars(session)
    with mock_ses_verify(rate=None, region="us-east-1"):
        assert "ListIdentitiesResponse" in session.get(URL).text
