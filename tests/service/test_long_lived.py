"""Stubs that live long: the log is bounded and can be cleared, and no thread is kept."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from clients import make_client, names, status

from ses_stub import mock_ses_verify
from ses_stub._api.stub import service_of
from ses_stub._service import call_log


def test_clear_drops_calls_and_keeps_identities() -> None:
    """Clearing drops the calls, so that the next part of a test counts its own; identities and emails stay."""
    client = make_client()
    with mock_ses_verify(rate=None, identities=["example.com"]) as ses:
        client.verify_email_identity(EmailAddress="ann@example.org")
        ses.clock.sleep(1)
        calls = ses.calls
        calls.clear()
        assert (calls, ses.calls, ses.report().simulated_wait) == ([], [], 0)
        assert sorted(names(client)) == ["ann@example.org", "example.com"]
        assert ses.calls.operations == ["ListIdentities"]
        assert len(ses.verification_emails) == 1
        assert "ListIdentities" in str(ses.timeline())


def test_clearing_a_filtered_list_keeps_the_log() -> None:
    """What a filter has found is only a list."""
    with mock_ses_verify() as ses:
        names(make_client())
        ses.calls.filter("ListIdentities").clear()
        assert len(ses.calls) == 1


def test_log_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many calls and waits the latest are kept, and all identities."""
    monkeypatch.setattr(call_log, "MAX_CALLS", 100)
    client = make_client()
    with mock_ses_verify(identities=["example.com"]) as ses:
        for _ in range(301):
            assert status(client, "example.com") == "Success"
            ses.clock.sleep(1)
        assert 50 <= len(ses.calls) <= 100
        assert 50 <= len(service_of(ses).log.waits) <= 100
        assert ses.calls.last.at > ses.calls[0].at
        str(ses.timeline())


def test_no_thread_is_kept() -> None:
    """A stub keeps no thread that has called it and has ended."""
    client = make_client()
    with mock_ses_verify(rate=None):
        thread = threading.Thread(target=names, args=[client])
        thread.start()
        thread.join()
        gone = weakref.ref(thread)
        del thread
        gc.collect()
        assert gone() is None
