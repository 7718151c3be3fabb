"""Replays the published examples of SES: ``python tests/conformance/examples_replayed.py [AWS-CLI-CHECKOUT]``.

botocore ships an example of most operations of SES v1. The AWS CLI has more in `awscli/examples/ses`, which are read
from a working copy of https://github.com/aws/aws-cli if one is given. Each example is sent to a stub that is prepared
so that the answer of the example can be right, and the answers are compared. Examples of operations that ses_stub does
not support are only counted.

An answer is equal, or equal but for what the example itself decides, which is printed: made-up values (tokens, message
ids and account ids that contain EXAMPLE), members that are newer than the example, and ends of lines that it escapes
twice. Ends with 1 if another answer differs and is not listed below, or if a listed one is equal.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import botocore
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import get_session

sys.path.append(str(Path(__file__).parents[1]))
from conformance.comparison import report

from ses_stub import SESStub, UnsupportedOperationError, VirtualClock, mock_ses_verify

#: Last run with the examples of botocore 1.44.8, and of the AWS CLI at this commit.
COMMIT = "07c4fe366b49c4dde816d674f4941134fc432673"
_CONFLICT = (
    "an address is NotStarted whose domain signs; floci, probed on AWS (pull request 1904): an address shows the DKIM"
    " of its domain. The sources are in conflict"
)
#: What cannot be equal, by source and operation, and why.
EXCEPTIONS = {
    "botocore GetIdentityDkimAttributes": _CONFLICT,
    "aws-cli GetIdentityDkimAttributes": _CONFLICT,
    "botocore ListIdentities": "has an empty NextToken where no page follows; the AWS CLI's example of this operation"
    " and its recordings have none then",
}
#: Members that operations have got since an example was written. The AWS CLI's is of 2013; botocore's has them.
NEWER = {
    "aws-cli GetIdentityNotificationAttributes": {
        f"HeadersIn{kind}NotificationsEnabled" for kind in ("Bounce", "Complaint", "Delivery")
    }
}
#: Its message has a backslash and an n for each end of a line; the AWS CLI's example has the same message without them.
ESCAPED_TWICE = "botocore SendRawEmail"
ACCOUNT = "123456789012"


class Example(NamedTuple):
    """A request, and the answer that it is said to have."""

    source: str
    operation: str
    request: dict[str, Any]
    answer: dict[str, Any]


def from_botocore() -> Iterator[Example]:
    """The examples that the installed botocore ships."""
    path = Path(botocore.__file__).parent / "data" / "ses" / "2010-12-01" / "examples-1.json"
    for operation, examples in json.loads(path.read_text(encoding="utf-8"))["examples"].items():
        for one in examples:
            yield Example("botocore", operation, one.get("input", {}), one.get("output", {}))


def from_aws_cli(checkout: Path) -> Iterator[Example]:
    """The examples in a working copy of the AWS CLI: a command, its output, and the JSON files that it names."""
    operations = {xform_name(name, "-"): name for name in get_session().get_service_model("ses").operation_names}
    for path in sorted((checkout / "awscli" / "examples" / "ses").glob("*.rst")):
        operation = operations[path.stem]
        text = path.read_text(encoding="utf-8")
        command, *others = re.findall(r"::\n\n((?:(?: +.*)?\n)+)", text)
        has_output = "\nOutput::" in text
        answer = json.loads(others.pop(0)) if has_output else {}
        names = list(dict.fromkeys(re.findall(r"file://(\S+)", command)))
        files = dict(zip(names, map(json.loads, others), strict=True))
        yield Example("aws-cli", operation, _request(operation, shlex.split(textwrap.dedent(command)), files), answer)


def _request(operation: str, words: list[str], files: dict[str, Any]) -> dict[str, Any]:
    shape = get_session().get_service_model("ses").operation_model(operation).input_shape
    options = {f"--{xform_name(name, '-')}": name for name in (shape.members if shape else {})}
    # What the CLI calls otherwise.
    options["--from"] = "Source"
    request: dict[str, Any] = {}
    name = ""
    for word in words[3:]:
        if word in options:
            name = options[word]
            request[name] = [] if shape.members[name].type_name == "list" else True
        elif word.startswith("--no-"):
            request[options[f"--{word[5:]}"]] = False
        else:
            value = files[word[7:]] if word.startswith("file://") else word
            request[name] = [*request[name], value] if isinstance(request[name], list) else value
    return request


# How the stub is prepared, by operation.

Scene = Callable[[SESStub, Any, Example], None]
SCENES: dict[str, Scene] = {}


def scene(*operations: str) -> Callable[[Scene], Scene]:
    """Registers a function that prepares the stub for operations."""

    def register(prepare: Scene) -> Scene:
        SCENES.update(dict.fromkeys(operations, prepare))
        return prepare

    return register


@scene("GetIdentityDkimAttributes")
def signed_domain(ses: SESStub, client: Any, example: Example) -> None:
    client.verify_domain_dkim(Domain="example.com")
    ses.publish_dkim("example.com")


@scene("GetIdentityMailFromDomainAttributes")
def mail_from(ses: SESStub, client: Any, example: Example) -> None:
    client.set_identity_mail_from_domain(Identity="example.com", MailFromDomain="bounces.example.com")
    ses.publish_mail_from("example.com")


@scene("GetIdentityNotificationAttributes")
def topics(ses: SESStub, client: Any, example: Example) -> None:
    for name, attributes in example.answer["NotificationAttributes"].items():
        ses.add_identity(name)
        for kind in ("Bounce", "Complaint", "Delivery"):
            if topic := attributes.get(f"{kind}Topic"):
                client.set_identity_notification_topic(Identity=name, NotificationType=kind, SnsTopic=topic)
        if not attributes["ForwardingEnabled"]:
            client.set_identity_feedback_forwarding_enabled(Identity=name, ForwardingEnabled=False)


@scene("GetIdentityPolicies", "ListIdentityPolicies", "DeleteIdentityPolicy")
def policy(ses: SESStub, client: Any, example: Example) -> None:
    for put in from_botocore():
        if put.operation == "PutIdentityPolicy":
            client.put_identity_policy(**{**put.request, "Identity": example.request["Identity"]})


@scene("GetIdentityVerificationAttributes")
def statuses(ses: SESStub, client: Any, example: Example) -> None:
    for name, attributes in example.answer["VerificationAttributes"].items():
        ses.add_identity(name, attributes["VerificationStatus"], token=attributes.get("VerificationToken"))


@scene("GetSendQuota")
def one_message(ses: SESStub, client: Any, example: Example) -> None:
    body = {"Text": {"Data": "text"}}
    message = {"Subject": {"Data": "subject"}, "Body": body}
    to = {"ToAddresses": ["user@example.com"]}
    client.send_email(Source="user@example.com", Destination=to, Message=message)


@scene("GetSendStatistics")
def messages(ses: SESStub, client: Any, example: Example) -> None:
    """Sends what the example has counted; it asks when the last interval begins."""
    body = {"Text": {"Data": "text"}}
    message = {"Subject": {"Data": "subject"}, "Body": body}
    for point in sorted(example.answer["SendDataPoints"], key=itemgetter("Timestamp")):
        ses.clock.advance(datetime.fromisoformat(point["Timestamp"].replace("Z", "+00:00")) - ses.clock.now())
        to = {"ToAddresses": [f"user{number}@example.com" for number in range(point["DeliveryAttempts"])]}
        client.send_email(Source="user@example.com", Destination=to, Message=message)


@scene("ListIdentities", "ListVerifiedEmailAddresses")
def listed(ses: SESStub, client: Any, example: Example) -> None:
    for name in list(ses.identities):
        client.delete_identity(Identity=name)
    for name in example.answer.get("Identities") or example.answer["VerifiedEmailAddresses"]:
        ses.add_identity(name)


@scene("SetIdentityHeadersInNotificationsEnabled")
def topic_of_bounces(ses: SESStub, client: Any, example: Example) -> None:
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:MyTopic"
    client.set_identity_notification_topic(Identity="user@example.com", NotificationType="Bounce", SnsTopic=topic)


@scene("VerifyDomainDkim", "VerifyDomainIdentity", "VerifyEmailAddress", "VerifyEmailIdentity")
def new_identities(ses: SESStub, client: Any, example: Example) -> None:
    for name in list(ses.identities):
        client.delete_identity(Identity=name)


@scene("UpdateConfigurationSetReputationMetricsEnabled", "UpdateConfigurationSetSendingEnabled")
def configuration_set(ses: SESStub, client: Any, example: Example) -> None:
    """Creates the configuration set that the example names."""
    client.create_configuration_set(ConfigurationSet={"Name": example.request["ConfigurationSetName"]})


def replay(example: Example) -> tuple[Any, list[str]]:
    """Sends an example's request to a prepared stub.

    Returns:
        Where the answer differs from the example's, or the text of the error; and what the example decides itself.

    Raises:
        UnsupportedOperationError: ses_stub does not support the operation.

    """
    name = f"{example.source} {example.operation}"
    made_up: list[str] = []
    if name == ESCAPED_TWICE:
        raw = {"Data": example.request["RawMessage"]["Data"].replace("\\n", "\n")}
        example = example._replace(request={**example.request, "RawMessage": raw})
        made_up.append("ends of lines, escaped twice")
    text = json.dumps([example.request, example.answer])
    # No account has this id, and ses_stub refuses it in the ARN of a topic.
    real, made = re.subn(r"(arn:aws:sns:[^:]+):EXAMPLE65304:", rf"\1:{ACCOUNT}:", text)
    if made:
        made_up.append("EXAMPLE65304")
        request, answer = json.loads(real)
        example = example._replace(request=request, answer=answer)
    # A topic is in the region of its identity.
    region = next(iter(re.findall(r"arn:aws:sns:([^:]+):", text)), "us-east-1")
    sandbox = example.operation == "GetSendQuota"
    identities = ["user@example.com", "sender@example.com", "example.com"]
    with mock_ses_verify(
        identities=identities,
        region=region,
        account_id=ACCOUNT,
        production_access=not sandbox,
        unsupported="raise",
        clock=VirtualClock(datetime(2013, 1, 1, tzinfo=timezone.utc)),
    ) as ses:
        client = boto3.client("ses", region_name=region)
        if example.operation in SCENES:
            SCENES[example.operation](ses, client, example)
        try:
            answer = getattr(client, xform_name(example.operation))(**example.request)
        except ClientError as error:
            return str(error), made_up
        answer.pop("ResponseMetadata", None)
    if name in NEWER:
        made_up += _drop(NEWER[name], answer)
    return _difference(_comparable(example.answer), _comparable(answer), made_up), made_up


def _drop(members: set[str], answer: Any) -> list[str]:
    """Takes members out of an answer, at any depth; returns them."""
    found = []
    if isinstance(answer, dict):
        found = [member for member in sorted(members & answer.keys()) if answer.pop(member) is not None]
        for value in answer.values():
            found += _drop(members, value)
    return sorted(set(found))


def _comparable(answer: Any) -> Any:
    """An answer as JSON has it; data points, which the examples have in no order, in that of their time."""
    if "SendDataPoints" not in answer:
        return answer
    points = [{**one, "Timestamp": str(one["Timestamp"])} for one in answer["SendDataPoints"]]
    for one in points:
        one["Timestamp"] = one["Timestamp"].replace(" ", "T").replace("+00:00", "Z")
    return {"SendDataPoints": sorted(points, key=itemgetter("Timestamp"))}


def _difference(expected: Any, answer: Any, made_up: list[str]) -> str:
    """Where an answer differs from the example's; empty if nowhere. Values that are made up match any text."""
    if isinstance(expected, str) and "EXAMPLE" in expected and isinstance(answer, str) and expected != answer:
        made_up.append(expected)
        return ""
    if isinstance(expected, dict) and isinstance(answer, dict) and expected.keys() == answer.keys():
        parts = [(f"{key}: ", expected[key], answer[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(answer, list) and len(expected) == len(answer):
        parts = [("", *pair) for pair in zip(expected, answer, strict=True)]
    else:
        return "" if expected == answer else f"{answer!r}, not {expected!r}"
    found = [f"{where}{difference}" for where, one, other in parts if (difference := _difference(one, other, made_up))]
    return "; ".join(found)


def main(checkout: Path | None = None) -> int:
    """Replays the examples and compares with the list."""
    different, equal, but_for, unsupported = set(), set(), {}, set()
    for example in [*from_botocore(), *(from_aws_cli(checkout) if checkout else ())]:
        name = f"{example.source} {example.operation}"
        try:
            difference, made_up = replay(example)
        except UnsupportedOperationError:
            unsupported.add(name)
            continue
        if difference:
            different.add(name)
            print(f"different  {name}: {difference}")
        elif made_up:
            but_for[name] = made_up
            print(f"but for    {name}: {', '.join(made_up)}")
        else:
            equal.add(name)
            print(f"equal      {name}")
    listed = {name: why for name, why in EXCEPTIONS.items() if checkout or not name.startswith("aws-cli")}
    print(f"{len(equal)} equal, {len(but_for)} equal but for what the example decides, {len(different)} different")
    print(f"{len(unsupported)} of operations that are not supported")
    return report(different, equal | but_for.keys(), listed)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
