"""What LocalStack's tests of SES import and are given, in our own words: modules, clients, fixtures and snapshots."""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ses_stub import Call, SESStub, mock_ses_verify

ACCOUNT = "123456789012"
REGION = "us-east-1"
Transform = Callable[[Any], Any]


def short_uid() -> str:
    """A short random text for names."""
    return uuid.uuid4().hex[:8]


def retry(function: Callable[..., Any], *args: Any, retries: int = 1, sleep: float = 0, **kwargs: Any) -> Any:
    """Calls a function once: ses_stub and moto act immediately, so `retries` and `sleep` change nothing."""
    return function(*args, **kwargs)


def poll_condition(condition: Callable[[], bool], timeout: float | None = None, interval: float = 0) -> bool:
    """Calls once, as `retry` does."""
    return condition()


class SortingTransformer:
    """Sorts the lists under a key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: sorted(one) if key == self._key else self(one) for key, one in value.items()}
        return value


def install_modules() -> None:
    """Makes what the tests import: only names that a module of theirs needs to be loaded."""
    aws = SimpleNamespace(
        **{
            name: getattr(pytest.mark, f"aws_{name}")
            for name in ("validated", "manual_setup_required", "needs_fixing", "only_localstack", "unknown")
        }
    )
    snapshot = SimpleNamespace(skip_snapshot_verify=pytest.mark.skip_snapshot_verify)
    markers = SimpleNamespace(aws=aws, snapshot=snapshot, requires_in_process=pytest.mark.requires_in_process)
    contents: dict[str, dict[str, object]] = {
        "localstack_snapshot.snapshots.transformer": {"SortingTransformer": SortingTransformer},
        "localstack.config": {},
        "localstack.services.ses.provider": {"EMAILS": {}, "EMAILS_ENDPOINT": ""},
        "localstack.testing.aws.util": {"is_aws_cloud": lambda: False},
        "localstack.testing.pytest": {"markers": markers},
        "localstack.utils.strings": {"short_uid": short_uid},
        "localstack.utils.sync": {"poll_condition": poll_condition, "retry": retry},
    }
    for path, names in contents.items():
        parent: ModuleType | None = None
        for end in [*(match.start() for match in re.finditer(r"\.", path)), len(path)]:
            module = sys.modules.setdefault(path[:end], ModuleType(path[:end]))
            if parent is not None:
                setattr(parent, path[:end].rpartition(".")[2], module)
            parent = module
        vars(parent).update(names)


class Transformers:
    """Makes the replacements that a test names for what is different in each run."""

    @staticmethod
    def regex(pattern: str, replacement: str) -> Transform:
        """Replaces a pattern in all texts."""
        return lambda value: re.sub(pattern, replacement, value) if isinstance(value, str) else value

    @staticmethod
    def key_value(key: str, value_replacement: str = "", reference_replacement: bool = True) -> Transform:
        """Replaces the value under a key by the key's words, unless another text is given."""
        words = value_replacement or "-".join(word.lower() for word in re.findall("[A-Z][a-z0-9]*", key))
        text = f"<{words}:1>" if reference_replacement else words
        return lambda value: {**value, key: text} if isinstance(value, dict) and key in value else value

    @staticmethod
    def jsonpath(path: str, value_replacement: str = "", reference_replacement: bool = True) -> Transform:
        """Of events, which ses_stub does not publish: changes nothing."""
        return lambda value: value

    @staticmethod
    def sns_api() -> list[Transform]:
        """Of events too."""
        return []


class Snapshot:
    """Compares with what AWS answered, under the names that a test gives to its answers.

    Args:
        recorded: what was recorded, by name; None if it does not come from AWS.

    """

    transform = Transformers()

    def __init__(self, recorded: dict[str, Any] | None) -> None:
        self._recorded = recorded
        self._transforms: list[Transform] = []

    def add_transformer(self, transform: Transform) -> None:
        """Adds one replacement."""
        self._transforms.append(transform)

    def add_transformers_list(self, transforms: Sequence[Transform]) -> None:
        """Adds several."""
        self._transforms.extend(transforms)

    def match(self, name: str, answer: Any) -> None:
        """Compares an answer, as it is recorded: without headers and ids, times and random names replaced."""
        if self._recorded is not None:
            plain, recorded = self._plain(answer), self._recorded[name]
            assert plain == recorded, f"{name} is {plain}, not {recorded} as recorded"

    def _plain(self, value: Any) -> Any:
        if isinstance(value, dict):
            value = {key: self._plain(one) for key, one in value.items() if key not in ("RequestId", "RetryAttempts")}
            if "HTTPHeaders" in value:
                value["HTTPHeaders"] = {}
        elif isinstance(value, list):
            value = [self._plain(one) for one in value]
        elif isinstance(value, datetime):
            value = "timestamp"
        for transform in self._transforms:
            value = transform(value)
        return value


class Fixtures:
    """A plugin with LocalStack's fixtures.

    Args:
        module: the path of the module of tests.

    """

    def __init__(self, module: Path) -> None:
        self._recordings = json.loads(module.with_suffix(".snapshot.json").read_text(encoding="utf-8"))
        self._validated = json.loads(module.with_suffix(".validation.json").read_text(encoding="utf-8"))
        self._stub: SESStub | None = None

    @property
    def calls(self) -> Sequence[Call]:
        """The calls of the running test that ses_stub answered."""
        return self._stub.calls if self._stub is not None else ()

    @pytest.fixture
    def aws_client(self) -> Iterator[SimpleNamespace]:
        """The clients, in a scope of ses_stub inside one of moto."""
        with (
            mock_aws(),
            mock_ses_verify(
                auto_verify=True, production_access=False, account_id=ACCOUNT, unsupported="passthrough"
            ) as stub,
        ):
            self._stub = stub
            yield SimpleNamespace(
                **{name: boto3.client(name, region_name=REGION) for name in ("ses", "sns", "sqs", "s3")}
            )

    @pytest.fixture
    def account_id(self) -> str:
        """The account."""
        return ACCOUNT

    @pytest.fixture
    def openapi_validate(self) -> None:
        """LocalStack's checks of its own API."""

    @pytest.fixture
    def snapshot(self, request: pytest.FixtureRequest) -> Snapshot:
        """The recording of the running test, if AWS made it."""
        names = [name for name in self._validated if name.endswith(f"::{request.node.name}")]
        return Snapshot(self._recordings[names[0]]["recorded-content"] if names else None)

    @pytest.fixture
    def ses_verify_identity(self, aws_client: SimpleNamespace) -> Callable[[str], None]:
        """Registers an address."""
        return lambda address: aws_client.ses.verify_email_identity(EmailAddress=address)

    @pytest.fixture
    def setup_sender_email_address(self, ses_verify_identity: Callable[[str], None]) -> Callable[[], str]:
        """Registers an address under a random name."""

        def register(address: str | None = None) -> str:
            sender = f"sender-{short_uid()}@example.com"
            ses_verify_identity(sender)
            return sender

        return register

    @pytest.fixture
    def ses_configuration_set(self, aws_client: SimpleNamespace) -> Callable[[str], None]:
        """Creates a configuration set."""
        return lambda name: aws_client.ses.create_configuration_set(ConfigurationSet={"Name": name})

    @pytest.fixture
    def ses_configuration_set_sns_event_destination(
        self, aws_client: SimpleNamespace
    ) -> Callable[[str, str, str], None]:
        """Sends the events of a configuration set to a topic."""

        def create(configuration_set: str, name: str, topic: str) -> None:
            kinds = ["send", "bounce", "delivery", "open", "click"]
            to = {"Name": name, "Enabled": True, "MatchingEventTypes": kinds, "SNSDestination": {"TopicARN": topic}}
            aws_client.ses.create_configuration_set_event_destination(
                ConfigurationSetName=configuration_set, EventDestination=to
            )

        return create

    @pytest.fixture
    def ses_email_template(self, aws_client: SimpleNamespace) -> Callable[[str, str], None]:
        """Creates a template of mails."""

        def create(name: str, contents: str) -> None:
            template = {"TemplateName": name, "SubjectPart": "subject", "TextPart": contents}
            aws_client.ses.create_template(Template=template)

        return create

    @pytest.fixture
    def s3_bucket(self, aws_client: SimpleNamespace) -> str:
        """The name of a bucket."""
        name = f"bucket-{short_uid()}"
        aws_client.s3.create_bucket(Bucket=name)
        return name

    @pytest.fixture
    def sns_create_topic(self, aws_client: SimpleNamespace) -> Callable[[], Any]:
        """Creates a topic."""
        return lambda: aws_client.sns.create_topic(Name=f"topic-{short_uid()}")

    @pytest.fixture
    def sns_topic(self, aws_client: SimpleNamespace, sns_create_topic: Callable[[], Any]) -> Any:
        """The attributes of a topic."""
        return aws_client.sns.get_topic_attributes(TopicArn=sns_create_topic()["TopicArn"])

    @pytest.fixture
    def sns_wait_for_topic_delete(self) -> Callable[[str], None]:
        """Waits for nothing: moto deletes immediately."""
        return lambda topic_arn: None

    @pytest.fixture
    def sqs_queue(self, aws_client: SimpleNamespace) -> str:
        """The address of a queue."""
        address: str = aws_client.sqs.create_queue(QueueName=f"queue-{short_uid()}")["QueueUrl"]
        return address

    @pytest.fixture
    def sns_create_sqs_subscription(self, aws_client: SimpleNamespace) -> Callable[[str, str], None]:
        """Sends what a topic publishes to a queue."""

        def subscribe(topic_arn: str, queue_url: str) -> None:
            found = aws_client.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
            queue = found["Attributes"]["QueueArn"]
            aws_client.sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue)

        return subscribe

    @pytest.fixture
    def sqs_receive_num_messages(self, aws_client: SimpleNamespace) -> Callable[[str, int], list[Any]]:
        """Receives messages, and fails if there are fewer."""

        def receive(queue: str, number: int) -> list[Any]:
            messages = aws_client.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
            assert len(messages) >= number, f"{number} messages expected, {len(messages)} are there"
            return [json.loads(message["Body"]) for message in messages]

        return receive
