"""The probe against our own server: the answers agree, it cleans up, and it makes only the calls that it declares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import boto3
import pytest
from clients import SESSION
from conformance import probe
from conformance.asking import Records
from conformance.questions import BY_HAND, MANY, QUESTIONS

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._server.endpoint import Endpoint

#: Not asked of a production account with few addresses.
SPECIAL = {"sandbox", "10000-addresses"}
#: Missing in the oldest botocore.
HAS_FILTER = "Filter" in SESSION.get_service_model("sesv2").operation_model("ListEmailIdentities").input_shape.members
Probe = Callable[..., tuple[int, list[probe.Row]]]


@pytest.fixture
def ses(request: pytest.FixtureRequest) -> SESStub:
    """The stub that is served, with options from the test's parameter."""
    return SESStub(**{"clock": VirtualClock(), **getattr(request, "param", {})})


@pytest.fixture
def endpoint(ses: SESStub) -> Iterator[Endpoint]:
    with ses.serve() as endpoint:
        yield endpoint


@pytest.fixture
def ask(ses: SESStub, endpoint: Endpoint) -> Probe:
    """Probes the server; waits of the probe move its clock."""

    def run(*arguments: str) -> tuple[int, list[probe.Row]]:
        return probe.main(
            ["--endpoint-url", endpoint.url, *arguments], pause=lambda seconds: ses.clock.advance(seconds=seconds)
        )

    return run


def costs(question: str) -> Counter[str]:
    """The calls that a question declares."""
    found = re.findall(r"(?:(\d+) )?([A-Z]\w+)", QUESTIONS[question].calls)
    return Counter({operation: int(number or 1) for number, operation in found})


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str, str]]:
    """The records that the probe has published on the server and not removed."""
    records: set[tuple[str, str, str]] = set()

    def watched(url: str) -> Records:
        send = records_of_stub(url)

        def note(action: str, name: str, kind: str, value: str) -> None:
            send(action, name, kind, value)
            (records.add if action == "add" else records.remove)((name, kind, value))

        return note

    records_of_stub = probe.records_of_stub
    monkeypatch.setattr(probe, "records_of_stub", watched)
    return records


def test_our_server_agrees(ses: SESStub, ask: Probe, published: set[tuple[str, str, str]]) -> None:
    """Every question has the same answer in process and over HTTP, costs what it declares, and leaves nothing."""
    status, rows = ask()
    not_asked = {row.question.id for row in rows if not row.ours.asked}
    assert not_asked == BY_HAND.keys() | (set() if HAS_FILTER else {"deleted-between-pages"})
    assert {row.question.id: row.same for row in rows if row.ours.asked} == {
        name: "–" if name in SPECIAL else "yes" for name in QUESTIONS if name not in not_asked
    }
    assert status == 0
    assert not [row for row in rows if row.ours.text.startswith("failed")]
    assert {row.question.id: Counter(row.ours.calls) for row in rows if row.ours.asked} == {
        name: costs(name) for name in QUESTIONS if name not in not_asked
    }
    assert all(row.theirs.calls == row.ours.calls for row in rows if row.same == "yes")
    assert not ses.identities
    assert not published
    assert boto3.client("ses").get_account_sending_enabled()["Enabled"]


@pytest.mark.parametrize(
    "ses", [{"production_access": False, "identities": [f"n{n}@example.com" for n in range(MANY)]}], indirect=True
)
def test_special_accounts_agree(ask: Probe) -> None:
    """A sandbox account with many addresses answers the other two questions."""
    status, rows = ask(*(f"--only={name}" for name in sorted(SPECIAL)))
    assert [row.same for row in rows] == ["yes", "yes"]
    assert status == 0


def test_dry_run_calls_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run prints each question with its calls, and makes no call."""
    with mock_ses_verify() as ses:
        assert probe.main(["--dry-run"]) == (0, [])
    assert not ses.calls
    text = capsys.readouterr().out
    assert all(f"| {one.id} | {one.text} | {one.calls} |" in text for one in QUESTIONS.values())


@pytest.mark.parametrize("ses", [{"max_identities": None}], indirect=True)
def test_another_answer_is_shown(ask: Probe, capsys: pytest.CaptureFixture[str]) -> None:
    """A different answer is shown next to ours, and the exit status is 1."""
    status, (row,) = ask("--only=over-100")
    assert (status, row.same) == (1, "no")
    assert "| {} | no |" in capsys.readouterr().out


def test_failure_is_cleaned_up(ses: SESStub, ask: Probe) -> None:
    """A question that fails halfway leaves no identity."""
    ses.inject(
        "GetIdentityVerificationAttributes", error_code="InternalFailure", when=lambda call: bool(ses.identities)
    )
    status, (row,) = ask("--only=key-casing")
    assert status == 1
    assert row.theirs.text.startswith("failed")
    assert row.theirs.calls[-1] == "DeleteIdentity"
    assert not ses.identities


def test_interrupt_is_cleaned_up(ses: SESStub, endpoint: Endpoint) -> None:
    """Ctrl-C leaves no identity, and shows the answers so far."""

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    only = ["--only=long-label", "--only=key-casing"]
    status, rows = probe.main(["--endpoint-url", endpoint.url, *only], pause=interrupt)
    # The second question is throttled when it reads its domain, and would wait.
    assert (status, [row.question.id for row in rows]) == (130, ["long-label"])
    assert "VerifyDomainIdentity" in ses.calls.operations
    assert not ses.identities


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--yes-this-is-a-real-account"),
        (["--endpoint-url", "https://email.eu-west-1.amazonaws.com"], "--yes-this-is-a-real-account"),
        (["--yes-this-is-a-real-account"], "--domain"),
    ],
)
def test_real_account_is_asked_only_on_purpose(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """AWS is not called without the flag and a domain."""
    with pytest.raises(SystemExit):
        probe.main(arguments)
    assert message in capsys.readouterr().err


def test_verified_domain_is_refused(ses: SESStub, ask: Probe, capsys: pytest.CaptureFixture[str]) -> None:
    """Below a verified domain mails would really be sent, so the probe asks nothing."""
    ses.add_identity("example.com")
    with pytest.raises(SystemExit):
        ask("--domain=mail.example.com")
    assert "example.com is verified" in capsys.readouterr().err
    assert ses.calls.operations == ["GetIdentityVerificationAttributes", "GetAccount"]


def test_unreachable_server_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """If no server listens, the probe says so and asks nothing."""
    with pytest.raises(SystemExit):
        probe.main(["--endpoint-url", "http://127.0.0.1:1"])
    assert "http://127.0.0.1:1 cannot be asked" in capsys.readouterr().err
