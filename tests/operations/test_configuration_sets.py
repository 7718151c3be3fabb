"""Configuration sets: names that exist in both APIs, and that a message or an identity may name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from clients import answered, known, make_client, refused
from fidelity import aws

from ses_stub import SESStub, VirtualClock

TEXT = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}
TO = {"ToAddresses": ["bob@example.org"]}
UNKNOWN = "Configuration set <news> does not exist."
V1_UNKNOWN = ("ConfigurationSetDoesNotExist", 400, UNKNOWN)
V2_UNKNOWN = ("NotFoundException", 404, UNKNOWN)
TAGS = [{"Key": "team", "Value": "mail"}]


@pytest.fixture
def ses() -> SESStub:
    return SESStub(region="us-east-1", clock=VirtualClock(), rate=None, identities=["example.com"])


@pytest.fixture
def v1(ses: SESStub) -> Any:
    return ses.attach(make_client())


@pytest.fixture
def v2(ses: SESStub) -> Any:
    return ses.attach(make_client("sesv2"))


def create(v1: Any, name: str = "news") -> Any:
    return v1.create_configuration_set(ConfigurationSet={"Name": name})


def test_set_of_one_api_exists_in_the_other(v1: Any, v2: Any) -> None:
    """A set that one API created is shown and deleted by the other, in the order of creation."""
    assert answered(create(v1)) == {}
    assert answered(v2.create_configuration_set(ConfigurationSetName="bills")) == {}
    assert v1.list_configuration_sets()["ConfigurationSets"] == [{"Name": "news"}, {"Name": "bills"}]
    assert v2.list_configuration_sets()["ConfigurationSets"] == ["news", "bills"]
    v1.delete_configuration_set(ConfigurationSetName="bills")
    v2.delete_configuration_set(ConfigurationSetName="news")
    assert answered(v1.list_configuration_sets()) == {"ConfigurationSets": []}


@aws(
    "recorded",
    "LocalStack test_deleting_non_existent_configuration_set, validated on AWS; v2 reported by floci, probed",
)
def test_unknown_set_is_not_found(v1: Any, v2: Any) -> None:
    """An unknown set is not found by any operation of either API."""
    for call in (v1.describe_configuration_set, v1.delete_configuration_set):
        assert refused(call, ConfigurationSetName="news") == V1_UNKNOWN
    for call in (v2.get_configuration_set, v2.delete_configuration_set):
        assert refused(call, ConfigurationSetName="news") == V2_UNKNOWN


@aws("documented", "service models: the codes; the text is laid out as that of an unknown set")
def test_set_can_be_created_once(v1: Any, v2: Any) -> None:
    """A second set of the same name is refused."""
    create(v1)
    text = "Configuration set <news> already exists."
    assert refused(create, v1=v1) == ("ConfigurationSetAlreadyExists", 400, text)
    assert refused(v2.create_configuration_set, ConfigurationSetName="news") == ("AlreadyExistsException", 400, text)


@aws("documented", "reference, ConfigurationSet: letters, digits, `_` and `-`, up to 64; the text is unverified")
@pytest.mark.parametrize("name", ["", "two words", "ä", "x" * 65])
def test_name_of_another_form_is_refused(v1: Any, v2: Any, name: str) -> None:
    """A name has 1 to 64 ASCII letters, digits, dashes and underscores."""
    assert refused(create, v1=v1, name=name)[:2] == ("InvalidConfigurationSet", 400)
    assert refused(v2.create_configuration_set, ConfigurationSetName=name)[:2] == ("BadRequestException", 400)


@aws("reported", "floci, probed: v2 always shows SendingOptions and ReputationOptions; v1 measures no reputation")
def test_options_that_were_not_given_have_defaults(v1: Any, v2: Any) -> None:
    """A set sends; it measures reputation if v2 created it."""
    create(v1)
    shown = {"ConfigurationSetName": "news", "SendingOptions": {"SendingEnabled": True}, "Tags": []}
    reputation = {"ReputationOptions": {"ReputationMetricsEnabled": False}}
    assert answered(v2.get_configuration_set(ConfigurationSetName="news")) == {**shown, **reputation}
    v2.create_configuration_set(ConfigurationSetName="bills")
    answer = v2.get_configuration_set(ConfigurationSetName="bills")
    assert answer["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    names = ["eventDestinations", "reputationOptions", "trackingOptions", "deliveryOptions"]
    assert answered(
        v1.describe_configuration_set(ConfigurationSetName="news", ConfigurationSetAttributeNames=names)
    ) == {
        "ConfigurationSet": {"Name": "news"},
        "EventDestinations": [],
        "ReputationOptions": {"SendingEnabled": True, "ReputationMetricsEnabled": False},
    }
    assert answered(v1.describe_configuration_set(ConfigurationSetName="news")) == {
        "ConfigurationSet": {"Name": "news"}
    }


def test_options_and_tags_are_shown_as_given(v1: Any, v2: Any) -> None:
    """V2's options and tags are shown by v2, and those that v1 knows by v1."""
    options = {
        "DeliveryOptions": {"TlsPolicy": "REQUIRE"},
        "TrackingOptions": {"CustomRedirectDomain": "click.example.com"},
        "SuppressionOptions": {"SuppressedReasons": ["BOUNCE"]},
    }
    v2.create_configuration_set(ConfigurationSetName="news", Tags=TAGS, **options)
    answer = v2.get_configuration_set(ConfigurationSetName="news")
    assert {name: answer[name] for name in options} == options
    assert answer["Tags"] == TAGS
    arn = "arn:aws:ses:us-east-1:123456789012:configuration-set/news"
    assert v2.list_tags_for_resource(ResourceArn=arn)["Tags"] == TAGS
    names = ["trackingOptions", "deliveryOptions"]
    shown = v1.describe_configuration_set(ConfigurationSetName="news", ConfigurationSetAttributeNames=names)
    assert shown["TrackingOptions"] == {"CustomRedirectDomain": "click.example.com"}
    assert shown["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}


@pytest.mark.parametrize(
    ("service", "size", "names_of"),
    [
        ("ses", "MaxItems", lambda answer: [one["Name"] for one in answer["ConfigurationSets"]]),
        ("sesv2", "PageSize", lambda answer: answer["ConfigurationSets"]),
    ],
)
def test_list_has_pages(ses: SESStub, v1: Any, service: str, size: str, names_of: Callable[[Any], list[str]]) -> None:
    """A list has pages of the given size; a set that is deleted meanwhile moves no other."""
    for number in range(5):
        create(v1, f"set{number}")
    client = ses.attach(make_client(service))
    first = client.list_configuration_sets(**{size: 2})
    v1.delete_configuration_set(ConfigurationSetName="set0")
    second = client.list_configuration_sets(**{size: 2}, NextToken=first["NextToken"])
    last = client.list_configuration_sets(**{size: 0}, NextToken=second["NextToken"])
    assert [*names_of(first), *names_of(second), *names_of(last)] == [f"set{number}" for number in range(5)]
    assert "NextToken" not in last


def test_sets_belong_to_region_and_account(ses: SESStub, v1: Any) -> None:
    """A set exists in its region only."""
    create(v1)
    assert ses.attach(make_client(region="eu-west-1")).list_configuration_sets()["ConfigurationSets"] == []


# Options and event destinations.


@aws("documented", "service models; v2 without the parameter reported by floci, probed")
def test_sending_of_a_set_is_paused_and_resumed(v1: Any, v2: Any) -> None:
    """Sending and the measuring of reputation are turned off and on by either API."""

    def options() -> tuple[bool, bool]:
        answer = v2.get_configuration_set(ConfigurationSetName="news")
        names = "SendingOptions", "ReputationOptions"
        sending, reputation = (answer[name] for name in names)
        return sending["SendingEnabled"], reputation["ReputationMetricsEnabled"]

    create(v1)
    v1.update_configuration_set_sending_enabled(ConfigurationSetName="news", Enabled=False)
    v1.update_configuration_set_reputation_metrics_enabled(ConfigurationSetName="news", Enabled=True)
    assert options() == (False, True)
    v2.put_configuration_set_sending_options(ConfigurationSetName="news", SendingEnabled=True)
    v2.put_configuration_set_reputation_options(ConfigurationSetName="news")
    assert options() == (True, False)
    v2.put_configuration_set_sending_options(ConfigurationSetName="news")
    assert options() == (False, False)


TOPIC = "arn:aws:sns:us-east-1:123456789012:events"
V1_DESTINATION = {
    "Name": "all",
    "Enabled": True,
    "MatchingEventTypes": ["send", "bounce", "renderingFailure"],
    "SNSDestination": {"TopicARN": TOPIC},
}
DIMENSION = {"DimensionName": "kind", "DefaultDimensionValue": "none"}


def destinations(v1: Any) -> Any:
    names = ["eventDestinations"]
    answer = v1.describe_configuration_set(ConfigurationSetName="news", ConfigurationSetAttributeNames=names)
    return answer["EventDestinations"]


@aws("recorded", "LocalStack test_describe_config_set_event_destinations, validated on AWS: the types are sorted")
def test_event_destination_of_v1_is_shown_by_both(v1: Any, v2: Any) -> None:
    """An event destination that v1 created is shown by each API in its own words, its types sorted."""
    create(v1)
    v1.create_configuration_set_event_destination(ConfigurationSetName="news", EventDestination=V1_DESTINATION)
    assert destinations(v1) == [{**V1_DESTINATION, "MatchingEventTypes": ["bounce", "renderingFailure", "send"]}]
    assert v2.get_configuration_set_event_destinations(ConfigurationSetName="news")["EventDestinations"] == [
        {
            "Name": "all",
            "Enabled": True,
            "MatchingEventTypes": ["BOUNCE", "RENDERING_FAILURE", "SEND"],
            "SnsDestination": {"TopicArn": TOPIC},
        }
    ]


def test_event_destination_of_v2_is_shown_by_both(v1: Any, v2: Any) -> None:
    """An event destination that v2 created is shown by each API, and is off unless the request says otherwise."""
    create(v1)
    metrics = [{**DIMENSION, "DimensionValueSource": "MESSAGE_TAG"}]
    names = {"ConfigurationSetName": "news", "EventDestinationName": "metrics"}
    given = {"MatchingEventTypes": ["OPEN"], "CloudWatchDestination": {"DimensionConfigurations": metrics}}
    v2.create_configuration_set_event_destination(**names, EventDestination=given)
    shown = [{**DIMENSION, "DimensionValueSource": "messageTag"}]
    assert destinations(v1) == [
        {
            "Name": "metrics",
            "Enabled": False,
            "MatchingEventTypes": ["open"],
            "CloudWatchDestination": {"DimensionConfigurations": shown},
        }
    ]


def test_event_destination_is_replaced_and_deleted_by_either_api(v1: Any, v2: Any) -> None:
    """An event destination is replaced and deleted by its name."""
    create(v1)
    v1.create_configuration_set_event_destination(ConfigurationSetName="news", EventDestination=V1_DESTINATION)
    changed = {**V1_DESTINATION, "MatchingEventTypes": ["click"]}
    v1.update_configuration_set_event_destination(ConfigurationSetName="news", EventDestination=changed)
    assert destinations(v1) == [changed]
    names = {"ConfigurationSetName": "news", "EventDestinationName": "all"}
    v2.update_configuration_set_event_destination(**names, EventDestination={"MatchingEventTypes": ["OPEN"]})
    assert destinations(v1) == [{"Name": "all", "Enabled": False, "MatchingEventTypes": ["open"]}]
    v2.delete_configuration_set_event_destination(**names)
    assert destinations(v1) == []
    v2.create_configuration_set_event_destination(**names, EventDestination={"MatchingEventTypes": ["OPEN"]})
    v1.delete_configuration_set_event_destination(**names)
    assert destinations(v1) == []


@aws(
    "recorded, inferred",
    "LocalStack test_deleting_non_existent_configuration_set_event_destination, validated on AWS; others follow",
)
def test_event_destination_must_exist_or_be_new(v1: Any, v2: Any) -> None:
    """An event destination that is changed or deleted must exist, and a new one must have a new name."""
    names = {"ConfigurationSetName": "news", "EventDestinationName": "all"}
    change = {"ConfigurationSetName": "news", "EventDestination": V1_DESTINATION}
    assert refused(v1.delete_configuration_set_event_destination, **names) == V1_UNKNOWN
    create(v1)
    missing = "No EventDestination found for news"
    v1_missing, v2_missing = ("EventDestinationDoesNotExist", 400, missing), ("NotFoundException", 404, missing)
    assert refused(v1.delete_configuration_set_event_destination, **names) == v1_missing
    assert refused(v1.update_configuration_set_event_destination, **change) == v1_missing
    empty = {"EventDestination": {"MatchingEventTypes": ["SEND"]}}
    assert refused(v2.delete_configuration_set_event_destination, **names) == v2_missing
    assert refused(v2.update_configuration_set_event_destination, **names, **empty) == v2_missing
    v1.create_configuration_set_event_destination(**change)
    assert refused(v1.create_configuration_set_event_destination, **change)[:2] == (
        "EventDestinationAlreadyExists",
        400,
    )
    answer = refused(v2.create_configuration_set_event_destination, **names, **empty)
    assert answer[:2] == ("AlreadyExistsException", 400)


@aws(
    "recorded, inferred",
    "LocalStack test_cannot_create_event_for_no_topic, validated on AWS; the code of v2 follows",
)
@pytest.mark.parametrize("topic", ["events", f"{TOPIC}:more", "arn:aws:sqs:us-east-1:123456789012:events"])
def test_event_destination_needs_the_arn_of_a_topic(v1: Any, v2: Any, topic: str) -> None:
    """A destination whose topic cannot exist is refused; which topics of the right form exist is not known."""
    create(v1)
    text = f"SNS topic <{topic}> not found."
    given = {**V1_DESTINATION, "SNSDestination": {"TopicARN": topic}}
    change = {"ConfigurationSetName": "news", "EventDestination": given}
    assert refused(v1.create_configuration_set_event_destination, **change) == ("InvalidSNSDestination", 400, text)
    names = {"ConfigurationSetName": "news", "EventDestinationName": "all"}
    v2_given = {"MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": topic}}
    answer = refused(v2.create_configuration_set_event_destination, **names, EventDestination=v2_given)
    assert answer == ("BadRequestException", 400, text)
    assert destinations(v1) == []


@aws("recorded", "marckohlbrugge/sessy issue 190")
def test_event_destination_of_v1_has_events_that_v1_has(v1: Any, v2: Any) -> None:
    """V1 refuses types of events that only v2 has, before the configuration set is looked up."""
    allowed = "click, bounce, send, open, complaint, delivery, renderingFailure, reject"
    constraint = f"Member must satisfy constraint: [Member must satisfy enum value set: [{allowed}]]"
    where = "Value at 'eventDestination.matchingEventTypes' failed to satisfy constraint"
    error = ("ValidationError", 400, f"1 validation error detected: {where}: {constraint}")
    given = {**V1_DESTINATION, "MatchingEventTypes": ["send", "deliveryDelay"]}
    for call in (v1.create_configuration_set_event_destination, v1.update_configuration_set_event_destination):
        assert refused(call, ConfigurationSetName="news", EventDestination=given) == error
    create(v1)
    delayed = {"EventDestinationName": "all", "EventDestination": {"MatchingEventTypes": ["DELIVERY_DELAY"]}}
    answer = v2.create_configuration_set_event_destination(ConfigurationSetName="news", **delayed)
    assert answered(answer) == {}


# Messages and identities.


@aws("reported", "floci, probed: ConfigurationSetDoesNotExist, in v2 NotFoundException; nothing is sent")
def test_message_with_an_unknown_set_is_refused(ses: SESStub, v1: Any, v2: Any) -> None:
    """A message that names an unknown set is refused, also in the header of a raw message, and sent once it exists."""
    mail = {"Source": "ann@example.com", "Destination": TO, "ConfigurationSetName": "news"}
    template = {**mail, "Template": "welcome", "TemplateData": "{}"}
    v2_mail = {"FromEmailAddress": "ann@example.com", "Destination": TO, "ConfigurationSetName": "news"}
    raw = {"Data": b"X-SES-CONFIGURATION-SET: news\nFrom: ann@example.com\nTo: bob@example.org\n\nHello"}
    assert refused(v1.send_email, **mail, Message=TEXT) == V1_UNKNOWN
    assert refused(v1.send_templated_email, **template) == V1_UNKNOWN
    assert refused(v1.send_raw_email, RawMessage=raw) == V1_UNKNOWN
    assert refused(v2.send_email, **v2_mail, Content={"Simple": TEXT}) == V2_UNKNOWN
    assert ses.sent_emails == []
    create(v1)
    v1.send_email(**mail, Message=TEXT)
    v1.send_raw_email(RawMessage=raw)
    assert [one.configuration_set for one in ses.sent_emails] == ["news", "news"]


@aws(
    "reported",
    "floci, probed: an identity with an unknown set is not created; the default of a deleted set fails a send",
)
def test_default_set_of_an_identity_must_exist(ses: SESStub, v1: Any, v2: Any) -> None:
    """The default set of an identity must exist, when it is named and when a message is sent by it."""
    assert refused(v2.create_email_identity, EmailIdentity="a.example", ConfigurationSetName="news") == V2_UNKNOWN
    assert "a.example" not in ses.identities
    put = v2.put_email_identity_configuration_set_attributes
    assert refused(put, EmailIdentity="example.com", ConfigurationSetName="news") == V2_UNKNOWN
    create(v1)
    put(EmailIdentity="example.com", ConfigurationSetName="news")
    mail = {"Source": "ann@example.com", "Destination": TO, "Message": TEXT}
    v1.send_email(**mail)
    assert ses.sent_emails[0].configuration_set == "news"
    v1.delete_configuration_set(ConfigurationSetName="news")
    assert refused(v1.send_email, **mail) == V1_UNKNOWN
    put(EmailIdentity="example.com")
    v1.send_email(**mail)
    assert ses.sent_emails[1].configuration_set is None


@aws(
    "documented",
    "service models: ConfigurationSetSendingPausedException, in v2 SendingPausedException; text unverified",
)
def test_set_that_does_not_send(v1: Any, v2: Any) -> None:
    """A set whose sending is turned off sends no message."""
    v2.create_configuration_set(ConfigurationSetName="news", SendingOptions={"SendingEnabled": False})
    text = "Sending is paused for configuration set <news>."
    mail = {"Source": "ann@example.com", "Destination": TO, "Message": TEXT, "ConfigurationSetName": "news"}
    assert refused(v1.send_email, **mail) == ("ConfigurationSetSendingPausedException", 400, text)
    content = {"Content": {"Simple": TEXT}, "ConfigurationSetName": "news"}
    answer = refused(v2.send_email, FromEmailAddress="ann@example.com", Destination=TO, **content)
    assert answer == ("SendingPausedException", 400, text)


@pytest.mark.skipif(not known("ReputationOptions", LastFreshStart=1), reason="the model has no LastFreshStart")
def test_fresh_start_is_not_shown(v2: Any) -> None:
    """The time at which reputation was reset is AWS's to set."""
    reputation = {"ReputationMetricsEnabled": False, "LastFreshStart": 0}
    v2.create_configuration_set(ConfigurationSetName="news", ReputationOptions=reputation)
    shown = v2.get_configuration_set(ConfigurationSetName="news")["ReputationOptions"]
    assert shown == {"ReputationMetricsEnabled": False}
