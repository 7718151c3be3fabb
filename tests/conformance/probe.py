"""Asks a real account what nobody has found out about SES, and compares with ses_stub.

``python tests/conformance/probe.py --dry-run`` prints the questions and what they cost, and calls nothing.
``--endpoint-url URL`` asks another server, ``ses-stub serve`` for example. ``--yes-this-is-a-real-account`` asks AWS
with your own credentials: about 100 calls, at most one a second of each operation but for five questions about the
throttle itself. Identities are made under a random name below ``--domain`` and deleted again, also after an error or
Ctrl-C.

Prints a Markdown table: question, our answer, AWS's answer, whether they are the same. Ends with 1 if an answer is
different or something could not be cleaned up.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

sys.path.append(str(Path(__file__).parents[1]))
from conformance.asking import Account, Asker, NotAsked, Records
from conformance.questions import QUESTIONS, Question

from ses_stub import VirtualClock, mock_ses_verify

#: Answers are cut to so many characters in the table.
WIDTH = 160
Pause = Callable[[float], object]


class Answer(NamedTuple):
    """An answer to a question.

    Attributes:
        text: what was answered, or why it was not asked.
        asked: whether the question was asked.
        calls: the operations that were called.
        left: what could not be cleaned up.

    """

    text: str
    asked: bool
    calls: tuple[str, ...]
    left: tuple[str, ...]


class Row(NamedTuple):
    """A question with both answers."""

    question: Question
    ours: Answer
    theirs: Answer

    @property
    def same(self) -> str:
        """Whether the answers are the same: yes, no, or a dash if one is missing."""
        if not (self.ours.asked and self.theirs.asked):
            return "–"
        return "yes" if self.ours.text == self.theirs.text else "no"


def put(question: Question, account: Account) -> Answer:
    """Asks one account one question, and cleans up whatever happens."""
    ask = Asker(account)
    try:
        text, asked = question.ask(ask), True
    except NotAsked as reason:
        text, asked = f"not asked: {reason}", False
    except (ClientError, BotoCoreError, OSError, subprocess.SubprocessError) as error:
        text, asked = ask.text(f"failed: {error}"), True
    finally:
        try:
            ask.clean_up()
        finally:
            for left in ask.left:
                print(f"left behind: {left}", file=sys.stderr)
    return Answer(text, asked, tuple(ask.calls), tuple(ask.left))


def clients(region: str, session: Any = boto3, **options: Any) -> dict[str, Any]:
    """Clients of both versions that do not retry."""
    config = Config(retries={"total_max_attempts": 1})
    return {name: session.client(name, region_name=region, config=config, **options) for name in ("ses", "sesv2")}


def ours(question: Question, region: str, production_access: bool) -> Answer:
    """The answer of a stub in this process, in its own scope; its account is in the sandbox if the other one is."""
    options = {"production_access": production_access, **question.options}
    with mock_ses_verify(region=region, clock=VirtualClock(), unsupported="raise", **options) as ses:

        def records(action: str, name: str, kind: str, value: str) -> None:
            (ses.dns.add if action == "add" else ses.dns.remove)(name, kind, value)

        def pause(seconds: float) -> None:
            ses.clock.advance(seconds=seconds)

        account = Account(
            **clients(region),
            domain="example.com",
            pause=pause,
            paced=True,
            records=records,
            patience=60,
            may_pause_sending=True,
            last={},
        )
        return put(question, account)


def records_of_command(command: str) -> Records:
    """Runs a command to publish and remove records: ``COMMAND add|remove NAME TYPE VALUE``."""

    def run(action: str, name: str, kind: str, value: str) -> None:
        subprocess.run([*shlex.split(command), action, name, kind, value], check=True)

    return run


def records_of_stub(url: str) -> Records:
    """Publishes and removes records by the control API of ``ses-stub serve``."""

    def send(action: str, name: str, kind: str, value: str) -> None:
        record = {"name": name, "type": kind, "value": value}
        if action == "add":
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{url}/_ses_stub/dns", json.dumps(record).encode(), headers)
        else:
            request = urllib.request.Request(f"{url}/_ses_stub/dns?{urlencode(record)}", method="DELETE")
        with urllib.request.urlopen(request):
            pass

    return send


def theirs(arguments: argparse.Namespace, pause: Pause) -> Account:
    """The account that the command line names."""
    url = arguments.endpoint_url
    is_real = is_aws(url)
    if is_real:
        session, options = boto3.session.Session(profile_name=arguments.profile), {"endpoint_url": url}
        records = records_of_command(arguments.records) if arguments.records else None
    else:
        session, options = boto3, {"endpoint_url": url, "aws_access_key_id": "123456789012"}
        options["aws_secret_access_key"] = "ses_stub"
        records = records_of_stub(url.rstrip("/"))
    return Account(
        **clients(arguments.region, session, **options),
        domain=arguments.domain,
        pause=pause,
        paced=is_real,
        records=records,
        patience=60 * arguments.patience if is_real else 5,
        may_pause_sending=arguments.may_pause_sending or not is_real,
        last={},
    )


def is_aws(url: str | None) -> bool:
    """Whether an address is AWS's; None is."""
    host = urlsplit(url).hostname or "" if url else "amazonaws.com"
    return any(f".{host}".endswith(end) for end in (".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


def verified(account: Account) -> str:
    """The account's domain or the domain above it that is verified; empty if none is."""
    labels = account.domain.split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels))]
    found = account.ses.get_identity_verification_attributes(Identities=domains)["VerificationAttributes"]
    return next((name for name, one in found.items() if one["VerificationStatus"] == "Success"), "")


def plan(questions: Iterable[Question]) -> str:
    """What would be asked, as a Markdown table."""
    rows = [
        f"| {one.id} | {one.text} | {one.calls} | {'yes' if one.writes else 'no'} | {one.note} |" for one in questions
    ]
    return "\n".join(["| id | question | calls | writes | note |", "|---|---|---|---|---|", *rows])


def table(rows: Iterable[Row]) -> str:
    """The answers as a Markdown table."""

    def cell(text: str) -> str:
        plain = text.replace("|", "\\|").replace("\n", " ")
        return plain if len(plain) <= WIDTH else f"{plain[: WIDTH - 1]}…"

    lines = ["| question | ours | AWS's | same? |", "|---|---|---|---|"]
    for row in rows:
        cells = (f"{row.question.text} ({row.question.id})", cell(row.ours.text), cell(row.theirs.text), row.same)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def compare(questions: Sequence[Question], account: Account, production_access: bool, rows: list[Row]) -> None:
    """Asks our stub everything first, then the account; fills the rows, as far as it comes."""
    region = account.ses.meta.region_name
    first = [ours(question, region, production_access) for question in questions]
    for question, answer in zip(questions, first, strict=True):
        rows.append(Row(question, answer, put(question, account)))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--dry-run", action="store_true", help="print the questions and what they cost; call nothing")
    made.add_argument("--endpoint-url", help="the server to ask; default: AWS")
    made.add_argument("--yes-this-is-a-real-account", action="store_true", help="allow calls to AWS")
    made.add_argument("--domain", help="identities are made below it; default for a stub: example.com")
    made.add_argument("--region", default="us-east-1", help="default: us-east-1")
    made.add_argument("--profile", help="the profile of the credentials for AWS")
    made.add_argument(
        "--records", metavar="COMMAND", help="publishes DNS records: run as COMMAND add|remove NAME TYPE VALUE"
    )
    made.add_argument(
        "--patience", metavar="MINUTES", type=float, default=30, help="how long to wait for AWS to see a record"
    )
    made.add_argument("--may-pause-sending", action="store_true", help="allow to pause the account's sending briefly")
    made.add_argument("--only", metavar="ID", action="append", choices=QUESTIONS, help="ask this question; repeatable")
    return made


def main(arguments: Sequence[str] | None = None, pause: Pause = time.sleep) -> tuple[int, list[Row]]:
    """Asks and prints.

    Args:
        arguments: the command line; None is the process's own.
        pause: waits so many seconds between calls to the endpoint.

    Returns:
        The exit status and the rows.

    """
    line = parser()
    given = line.parse_args(arguments)
    questions = [QUESTIONS[name] for name in given.only or QUESTIONS]
    if given.dry_run:
        print(plan(questions))
        return 0, []
    if is_aws(given.endpoint_url) and not given.yes_this_is_a_real_account:
        line.error("say which server to ask by --endpoint-url, or --yes-this-is-a-real-account")
    if is_aws(given.endpoint_url) and not given.domain:
        line.error("say by --domain below which domain of yours identities may be made")
    given.domain = given.domain or "example.com"
    rows: list[Row] = []
    account = theirs(given, pause)
    try:
        found, production_access = verified(account), account.sesv2.get_account()["ProductionAccessEnabled"]
    except (ClientError, BotoCoreError) as error:
        line.error(f"{given.endpoint_url or 'AWS'} cannot be asked: {error}")
    if found:
        line.error(f"{found} is verified in this account, so mails would really be sent: give another --domain")
    try:
        compare(questions, account, production_access, rows)
    except KeyboardInterrupt:
        print("stopped, and cleaned up but for what is named above", file=sys.stderr)
        return 130, rows
    finally:
        print(table(rows))
    same = [row.same for row in rows]
    print(f"\n{same.count('yes')} the same, {same.count('no')} different, {same.count('–')} not asked")
    left = any(row.theirs.left for row in rows)
    return int("no" in same or left), rows


if __name__ == "__main__":
    sys.exit(main()[0])
