"""Notifications about bounces, complaints and deliveries: the topics, the headers, and forwarding by mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import make_client, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"
ARN = "arn:aws:ses:us-east-1:123456789012:identity/"
KINDS = ("Bounce", "Complaint", "Delivery")
TOPIC = "arn:aws:sns:us-east-1:123456789012:mails"
AT_FIRST = {"ForwardingEnabled": True, **{f"HeadersIn{kind}NotificationsEnabled": False for kind in KINDS}}


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=[SITE, USER]) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def shown(client: Any, *identities: str) -> Any:
    """The response of GetIdentityNotificationAttributes."""
    return client.get_identity_notification_attributes(Identities=list(identities))["NotificationAttributes"]


def set_topics(client: Any, *kinds: str, name: str = SITE) -> None:
    for kind in kinds:
        client.set_identity_notification_topic(Identity=name, NotificationType=kind, SnsTopic=TOPIC)


# Reading.


@aws("documented", 'Guide, "Notifications by email": forwarding "is enabled by default"; of the headers reported')
@pytest.mark.parametrize("name", [SITE, USER])
def test_new_identity_has_default_notification_settings(client: Any, name: str) -> None:
    """A new identity has forwarding by mail, no topics, and no headers in notifications."""
    assert shown(client, name) == {name: AT_FIRST}


@aws("reported", "floci, probed on 2026-06-13")
def test_notification_attributes_omit_unknown_identities(client: Any) -> None:
    """Unknown identities are omitted; if all are unknown, the response is empty."""
    assert shown(client, "example.org", SITE) == {SITE: AT_FIRST}
    assert shown(client, "example.org") == {}


@aws("documented", "Reference, GetIdentityNotificationAttributes and SetIdentityNotificationTopic: name or ARN")
def test_notifications_can_be_set_by_arn(client: Any) -> None:
    """An identity can be named by its ARN, which is then the key in the response."""
    set_topics(client, "Bounce", name=ARN + SITE)
    assert shown(client, ARN + SITE) == {ARN + SITE: AT_FIRST | {"BounceTopic": TOPIC}}
    assert shown(client, SITE, ARN + SITE).keys() == {SITE, ARN + SITE}


@aws("inferred", "an ARN names its account and region")
@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:ses:eu-west-1:123456789012:identity/{SITE}",
        f"arn:aws:ses:us-east-1:210987654321:identity/{SITE}",
        f"arn:aws-cn:ses:us-east-1:123456789012:identity/{SITE}",
    ],
    ids=["region", "account", "partition"],
)
def test_arn_of_another_place_has_no_notifications(client: Any, arn: str) -> None:
    """The ARN of another region, account or partition is unknown."""
    assert shown(client, arn) == {}
    assert refused(client.set_identity_notification_topic, Identity=arn, NotificationType="Bounce") == (
        "InvalidParameterValue",
        400,
        f"Identity {arn} is invalid. Must be a verified email address or domain.",
    )


def test_each_identity_has_its_own_topics(ses: SESStub, client: Any) -> None:
    """An address and its domain, and the same domain in two regions, have separate topics."""
    ses.view(region="eu-west-1").add_identity(SITE)
    set_topics(client, "Bounce", name=USER)
    assert shown(client, SITE, USER) == {SITE: AT_FIRST, USER: AT_FIRST | {"BounceTopic": TOPIC}}
    assert shown(make_client(region="eu-west-1"), SITE) == {SITE: AT_FIRST}


@aws("inferred", "a new registration has nothing of a deleted one")
def test_deleting_the_identity_deletes_its_topics(client: Any) -> None:
    """Deleting an identity deletes its topics; a new registration has the defaults."""
    set_topics(client, "Bounce")
    client.delete_identity(Identity=SITE)
    client.verify_domain_identity(Domain=SITE)
    assert shown(client, SITE) == {SITE: AT_FIRST}


# Topics.


@aws("documented", "Reference, SetIdentityNotificationTopic: topic of each kind; null clears it")
@pytest.mark.parametrize("cleared_by", [{}, {"SnsTopic": ""}], ids=["no topic", "empty topic"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_notification_has_its_own_topic(client: Any, kind: str, cleared_by: dict[str, str]) -> None:
    """Each kind of notification has its own topic, which is removed by passing none."""
    set_topics(client, kind)
    assert shown(client, SITE)[SITE] == AT_FIRST | {f"{kind}Topic": TOPIC}
    set_topics(client, *KINDS)
    for _ in range(2):
        client.set_identity_notification_topic(Identity=SITE, NotificationType=kind, **cleared_by)
        left = {f"{one}Topic": TOPIC for one in KINDS if one != kind}
        assert shown(client, SITE)[SITE] == AT_FIRST | left


def test_topic_is_replaced(client: Any) -> None:
    """A second topic of a kind replaces the first."""
    set_topics(client, "Bounce")
    other = f"{TOPIC}-2.fifo"
    client.set_identity_notification_topic(Identity=SITE, NotificationType="Bounce", SnsTopic=other)
    assert shown(client, SITE)[SITE]["BounceTopic"] == other


@aws("inferred", "Terraform's acceptance tests set topics on domains that are never verified")
@pytest.mark.parametrize("status", ["Pending", "Failed", "TemporaryFailure"])
def test_topic_before_verification(ses: SESStub, client: Any, status: str) -> None:
    """An unverified identity can have topics."""
    ses.add_identity("example.org", status)
    set_topics(client, "Bounce", name="example.org")
    assert shown(client, "example.org")["example.org"]["BounceTopic"] == TOPIC


@aws("documented, recorded", 'Guide, "Regions": the same region; binxio/cfn-ses-provider issue 16: how the text begins')
@pytest.mark.parametrize(
    "topic",
    [
        "mails",
        "arn:aws:sns:eu-west-1:123456789012:mails",
        "arn:aws:sqs:us-east-1:123456789012:mails",
        "arn:aws:sns:us-east-1:1234:mails",
        "arn:aws:sns:us-east-1:123456789012:",
        f"{TOPIC}:subscription",
    ],
    ids=["name", "other region", "other service", "short account", "no name", "subscription"],
)
def test_malformed_topic_arn_is_refused(client: Any, topic: str) -> None:
    """A topic must be the ARN of an SNS topic in the same region; otherwise the old topic stays."""
    set_topics(client, "Bounce")
    assert refused(
        client.set_identity_notification_topic, Identity=SITE, NotificationType="Bounce", SnsTopic=topic
    ) == ("InvalidParameterValue", 400, f"SNS topic {topic} is invalid.")
    assert shown(client, SITE)[SITE]["BounceTopic"] == TOPIC


# Forwarding by mail.


@aws("documented", 'Reference, SetIdentityFeedbackForwardingEnabled: "can only be disabled when" both topics are set')
@pytest.mark.parametrize("kinds", [(), ("Bounce",), ("Complaint",), ("Bounce", "Delivery")], ids="+".join)
def test_forwarding_is_needed(client: Any, kinds: tuple[str, ...]) -> None:
    """Forwarding cannot be disabled without topics for both bounces and complaints."""
    set_topics(client, *kinds)
    assert refused(client.set_identity_feedback_forwarding_enabled, Identity=SITE, ForwardingEnabled=False) == (
        "InvalidParameterValue",
        400,
        f"Identity {SITE} must have Amazon SNS topics for bounces and complaints to disable feedback forwarding.",
    )
    assert shown(client, SITE)[SITE]["ForwardingEnabled"] is True


@aws("documented", "Reference, SetIdentityFeedbackForwardingEnabled")
def test_forwarding_can_be_disabled_when_both_topics_exist(client: Any) -> None:
    """With both topics, forwarding can be disabled and enabled again. Repeating a call changes nothing."""
    set_topics(client, "Bounce", "Complaint")
    for enabled in (False, False, True, True):
        client.set_identity_feedback_forwarding_enabled(Identity=SITE, ForwardingEnabled=enabled)
        assert shown(client, SITE)[SITE]["ForwardingEnabled"] is enabled


# Headers.


@aws("documented", "Reference, SetIdentityHeadersInNotificationsEnabled")
@pytest.mark.parametrize("kind", KINDS)
def test_headers_can_be_enabled_with_a_topic(client: Any, kind: str) -> None:
    """Headers can be enabled and disabled for a kind that has a topic; other kinds do not change."""
    set_topics(client, *KINDS)
    for enabled in (True, True, False, False):
        client.set_identity_headers_in_notifications_enabled(Identity=SITE, NotificationType=kind, Enabled=enabled)
        found = shown(client, SITE)[SITE]
        assert {one: found[f"HeadersIn{one}NotificationsEnabled"] for one in KINDS} == {
            one: enabled and one == kind for one in KINDS
        }


@aws(
    "documented",
    'Same: "only … when NotificationType is already set to use" a topic; the error is unverified',
    question="headers-without-topic",
)
def test_headers_need_a_topic(client: Any) -> None:
    """Headers of a kind without a topic cannot be enabled."""
    set_topics(client, "Complaint", "Delivery")
    assert refused(
        client.set_identity_headers_in_notifications_enabled,
        Identity=SITE,
        NotificationType="Bounce",
        Enabled=True,
    ) == ("InvalidParameterValue", 400, f"Identity {SITE} has no Amazon SNS topic for Bounce notifications.")


@aws("recorded", "terraform-provider-aws, TestAccSESIdentityNotificationTopic_basic, which runs against AWS")
@pytest.mark.parametrize("name", [SITE, ARN + SITE], ids=["name", "arn"])
def test_headers_can_be_disabled_without_a_topic(client: Any, name: str) -> None:
    """Headers can be disabled where there is no topic; the identity may be named by its ARN."""
    client.set_identity_headers_in_notifications_enabled(Identity=name, NotificationType="Bounce", Enabled=False)
    assert shown(client, SITE) == {SITE: AT_FIRST}


@aws("recorded", "terraform-provider-aws, TestAccSESIdentityNotificationTopic_basic, which runs against AWS")
def test_headers_can_be_set_by_arn(client: Any) -> None:
    """Headers can be enabled for an identity that is named by its ARN."""
    set_topics(client, "Bounce")
    client.set_identity_headers_in_notifications_enabled(Identity=ARN + SITE, NotificationType="Bounce", Enabled=True)
    assert shown(client, SITE)[SITE]["HeadersInBounceNotificationsEnabled"] is True


# Errors of all of them.

SETTERS: dict[str, dict[str, Any]] = {
    "set_identity_notification_topic": {"NotificationType": "Bounce", "SnsTopic": TOPIC},
    "set_identity_feedback_forwarding_enabled": {"ForwardingEnabled": True},
    "set_identity_headers_in_notifications_enabled": {"NotificationType": "Bounce", "Enabled": True},
}


@aws("reported", "floci; the text is DeleteIdentity's, which is recorded")
@pytest.mark.parametrize("name", ["example.org", "bob@example.com", "ANN@example.com", "no identity"])
@pytest.mark.parametrize(("operation", "rest"), SETTERS.items(), ids=SETTERS)
def test_notifications_of_an_unknown_identity_cannot_be_set(
    ses: SESStub, client: Any, operation: str, rest: dict[str, Any], name: str
) -> None:
    """Settings of an unknown identity cannot be changed."""
    assert refused(getattr(client, operation), Identity=name, **rest) == (
        "InvalidParameterValue",
        400,
        f"Identity {name} is invalid. Must be a verified email address or domain.",
    )
    assert ses.identities.keys() == {SITE, USER}


@aws("documented", "Reference: ARNs are mentioned for topics only; the error is unverified")
def test_forwarding_is_not_set_by_arn(client: Any) -> None:
    """SetIdentityFeedbackForwardingEnabled accepts no ARN."""
    code, status, text = refused(
        client.set_identity_feedback_forwarding_enabled, Identity=ARN + SITE, ForwardingEnabled=True
    )
    assert (code, status) == ("InvalidParameterValue", 400)
    assert text == f"Identity {ARN + SITE} is invalid. Must be a verified email address or domain."


@aws("inferred", "the recorded form of the validator")
@pytest.mark.parametrize("name", [SITE, "example.org"], ids=["known", "unknown"])
@pytest.mark.parametrize(
    "operation", ["set_identity_notification_topic", "set_identity_headers_in_notifications_enabled"]
)
def test_unknown_notification_kind_is_refused_first(client: Any, operation: str, name: str) -> None:
    """An unknown kind of notification is refused before the identity is looked up."""
    params = SETTERS[operation] | {"Identity": name, "NotificationType": "Open"}
    assert refused(getattr(client, operation), **params) == (
        "ValidationError",
        400,
        "1 validation error detected: Value 'Open' at 'notificationType' failed to satisfy constraint:"
        " Member must satisfy enum value set: [Bounce, Complaint, Delivery]",
    )


@aws("documented", 'Guide, "Verifying identities": domains are not case sensitive')
def test_notification_settings_ignore_domain_case(client: Any) -> None:
    """A domain is found in any case."""
    set_topics(client, "Bounce", name="EXAMPLE.com")
    assert shown(client, "Example.COM") == {SITE: AT_FIRST | {"BounceTopic": TOPIC}}
