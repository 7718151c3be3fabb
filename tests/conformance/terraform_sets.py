"""Terraform's acceptance tests of configuration sets, accounts and messages, by both APIs (see `terraform`)."""

from __future__ import annotations

from typing import Any

from conformance.terraform_provider import ACCOUNT, ADDRESS, DOMAIN, REGION, TOPIC, Provider, error, follows

NAME = "tf-acc-test"
STREAM = {
    "DeliveryStreamArn": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{NAME}",
    "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/{NAME}",
}


# SES v1.


def _describe(on: Provider, attribute: str) -> Any:
    return on.ses.describe_configuration_set(ConfigurationSetName=NAME, ConfigurationSetAttributeNames=[attribute])


def _create(on: Provider) -> None:
    on.ses.create_configuration_set(ConfigurationSet={"Name": NAME})


def _destroy(on: Provider) -> None:
    on.ses.delete_configuration_set(ConfigurationSetName=NAME)
    assert error(lambda: _describe(on, "reputationOptions")) == "ConfigurationSetDoesNotExist"


@follows("TestAccSESConfigurationSet_basic")
def configuration_set(on: Provider) -> None:
    _create(on)
    found = _describe(on, "reputationOptions")
    assert found["ConfigurationSet"] == {"Name": NAME}
    assert found["ReputationOptions"]["SendingEnabled"] is True
    assert found["ReputationOptions"]["ReputationMetricsEnabled"] is False
    assert not _describe(on, "deliveryOptions").get("DeliveryOptions")
    assert not _describe(on, "trackingOptions").get("TrackingOptions")
    _destroy(on)


@follows("TestAccSESConfigurationSet_disappears")
def configuration_set_disappears(on: Provider) -> None:
    _create(on)
    _destroy(on)


@follows("TestAccSESConfigurationSet_sendingEnabled")
def configuration_set_sending(on: Provider) -> None:
    _create(on)
    for enabled in (False, True, False):
        on.ses.update_configuration_set_sending_enabled(ConfigurationSetName=NAME, Enabled=enabled)
        assert _describe(on, "reputationOptions")["ReputationOptions"]["SendingEnabled"] is enabled
    _destroy(on)


@follows("TestAccSESConfigurationSet_reputationMetricsEnabled")
def configuration_set_reputation(on: Provider) -> None:
    _create(on)
    for enabled in (False, True, False):
        on.ses.update_configuration_set_reputation_metrics_enabled(ConfigurationSetName=NAME, Enabled=enabled)
        assert _describe(on, "reputationOptions")["ReputationOptions"]["ReputationMetricsEnabled"] is enabled
    _destroy(on)


def _create_destinations(on: Provider) -> None:
    common = {"Enabled": True, "MatchingEventTypes": ["bounce", "send"]}
    sources = {"dimension": "emailHeader", "ses:source-ip": "messageTag"}
    dimensions = [
        {"DimensionName": name, "DimensionValueSource": source, "DefaultDimensionValue": "default"}
        for name, source in sources.items()
    ]
    stream = {"DeliveryStreamARN": STREAM["DeliveryStreamArn"], "IAMRoleARN": STREAM["IamRoleArn"]}
    destinations = [
        {"Name": "cloudwatch", "CloudWatchDestination": {"DimensionConfigurations": dimensions}, **common},
        {"Name": "kinesis", "KinesisFirehoseDestination": stream, **common},
        {"Name": "sns", "SNSDestination": {"TopicARN": TOPIC}, **common},
    ]
    _create(on)
    for one in destinations:
        on.ses.create_configuration_set_event_destination(ConfigurationSetName=NAME, EventDestination=one)
    assert _describe(on, "eventDestinations")["EventDestinations"] == destinations


@follows("TestAccSESEventDestination_basic")
def event_destination(on: Provider) -> None:
    _create_destinations(on)
    _destroy(on)
    assert on.ses.list_configuration_sets()["ConfigurationSets"] == []


@follows("TestAccSESEventDestination_disappears")
def event_destination_disappears(on: Provider) -> None:
    _create_destinations(on)
    for name in ("cloudwatch", "kinesis", "sns"):
        on.ses.delete_configuration_set_event_destination(ConfigurationSetName=NAME, EventDestinationName=name)
    assert not _describe(on, "eventDestinations").get("EventDestinations")
    _destroy(on)


def _send(on: Provider, body: str, **destination: list[str]) -> None:
    """Sends from an address whose owner has verified it; Terraform takes one from the environment."""
    on.ses.verify_email_identity(EmailAddress=ADDRESS)
    on.stub.confirm(ADDRESS)
    message = {"Subject": {"Data": "Test"}, "Body": {body: {"Data": "This is a test"}}}
    assert on.ses.send_email(Source=ADDRESS, Destination=destination, Message=message)["MessageId"]


@follows("TestAccSESSendEmailAction_basic")
def send_email(on: Provider) -> None:
    _send(on, "Text", ToAddresses=[ADDRESS])


@follows("TestAccSESSendEmailAction_htmlBody")
def send_html(on: Provider) -> None:
    _send(on, "Html", ToAddresses=[ADDRESS])


@follows("TestAccSESSendEmailAction_multipleRecipients")
def send_to_several(on: Provider) -> None:
    _send(on, "Text", ToAddresses=[ADDRESS], CcAddresses=[ADDRESS])


# SES v2.


def _get(on: Provider) -> Any:
    return on.sesv2.get_configuration_set(ConfigurationSetName=NAME)


def _create_v2(on: Provider, **more: Any) -> None:
    on.sesv2.create_configuration_set(ConfigurationSetName=NAME, **more)


def _destroy_v2(on: Provider) -> None:
    on.sesv2.delete_configuration_set(ConfigurationSetName=NAME)
    assert error(lambda: _get(on)) == "NotFoundException"


@follows("TestAccSESV2ConfigurationSet_basic")
def v2_configuration_set(on: Provider) -> None:
    _create_v2(on)
    assert _get(on)["ConfigurationSetName"] == NAME
    _destroy_v2(on)


@follows("TestAccSESV2ConfigurationSet_disappears")
def v2_configuration_set_disappears(on: Provider) -> None:
    v2_configuration_set(on)


@follows("TestAccSESV2ConfigurationSet_sendingEnabled")
def v2_configuration_set_sending(on: Provider) -> None:
    _create_v2(on, SendingOptions={"SendingEnabled": True})
    assert _get(on)["SendingOptions"]["SendingEnabled"] is True
    on.sesv2.put_configuration_set_sending_options(ConfigurationSetName=NAME, SendingEnabled=False)
    assert _get(on)["SendingOptions"]["SendingEnabled"] is False
    _destroy_v2(on)


@follows("TestAccSESV2ConfigurationSet_reputationMetricsEnabled")
def v2_configuration_set_reputation(on: Provider) -> None:
    _create_v2(on, ReputationOptions={"ReputationMetricsEnabled": True})
    assert _get(on)["ReputationOptions"]["ReputationMetricsEnabled"] is True
    on.sesv2.put_configuration_set_reputation_options(ConfigurationSetName=NAME, ReputationMetricsEnabled=False)
    assert _get(on)["ReputationOptions"]["ReputationMetricsEnabled"] is False
    _destroy_v2(on)


@follows("TestAccSESV2ConfigurationSet_suppressedReasonsEmpty")
def v2_configuration_set_suppresses_nothing(on: Provider) -> None:
    _create_v2(on, SuppressionOptions={"SuppressedReasons": []})
    assert _get(on)["SuppressionOptions"] == {"SuppressedReasons": []}
    _destroy_v2(on)


def _destination(on: Provider, **destination: Any) -> None:
    _create_v2(on)
    on.sesv2.create_configuration_set_event_destination(
        ConfigurationSetName=NAME,
        EventDestinationName=NAME,
        EventDestination={"MatchingEventTypes": ["SEND"], **destination},
    )
    (found,) = _destinations(on)
    assert found == {"Name": NAME, "Enabled": False, "MatchingEventTypes": ["SEND"], **destination}
    on.sesv2.delete_configuration_set_event_destination(ConfigurationSetName=NAME, EventDestinationName=NAME)
    assert _destinations(on) == []
    _destroy_v2(on)


def _destinations(on: Provider) -> Any:
    return on.sesv2.get_configuration_set_event_destinations(ConfigurationSetName=NAME)["EventDestinations"]


@follows("TestAccSESV2ConfigurationSetEventDestination_basic")
def v2_event_destination(on: Provider) -> None:
    dimension = {"DefaultDimensionValue": NAME, "DimensionName": NAME, "DimensionValueSource": "MESSAGE_TAG"}
    _destination(on, CloudWatchDestination={"DimensionConfigurations": [dimension]})


@follows("TestAccSESV2ConfigurationSetEventDestination_cloudWatchDestination")
def v2_event_destination_cloud_watch(on: Provider) -> None:
    v2_event_destination(on)


@follows("TestAccSESV2ConfigurationSetEventDestination_kinesisFirehoseDestination")
def v2_event_destination_firehose(on: Provider) -> None:
    _destination(on, KinesisFirehoseDestination=STREAM)


@follows("TestAccSESV2ConfigurationSetEventDestination_disappears")
def v2_event_destination_disappears(on: Provider) -> None:
    v2_event_destination(on)


def _default_set(on: Provider, name: str | None) -> None:
    """Sets the default configuration set of a domain; without a name removes it."""
    named = {} if name is None else {"ConfigurationSetName": name}
    on.sesv2.put_email_identity_configuration_set_attributes(EmailIdentity=DOMAIN, **named)
    assert on.identity(DOMAIN).get("ConfigurationSetName") == name


@follows("TestAccSESV2EmailIdentityConfigurationSetAttributes_basic")
def v2_default_set(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    _create_v2(on)
    _default_set(on, NAME)
    _default_set(on, None)


@follows("TestAccSESV2EmailIdentityConfigurationSetAttributes_disappears")
def v2_default_set_disappears(on: Provider) -> None:
    v2_default_set(on)


@follows("TestAccSESV2EmailIdentityConfigurationSetAttributes_disappearsEmailIdentity")
def v2_default_set_disappears_with_its_identity(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    _create_v2(on)
    _default_set(on, NAME)
    on.delete_v2(DOMAIN)


@follows("TestAccSESV2EmailIdentityConfigurationSetAttributes_update")
def v2_default_set_changes(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    _create_v2(on)
    on.sesv2.create_configuration_set(ConfigurationSetName="another")
    _default_set(on, NAME)
    _default_set(on, "another")


@follows("TestAccSESV2AccountDataSource_default")
def v2_account(on: Provider) -> None:
    found = on.sesv2.get_account()
    assert found.keys() >= {"DedicatedIpAutoWarmupEnabled", "EnforcementStatus", "ProductionAccessEnabled"}
    assert found["SendQuota"].keys() == {"Max24HourSend", "MaxSendRate", "SentLast24Hours"}
    assert found["SendingEnabled"] is True
    assert found["SuppressionAttributes"]["SuppressedReasons"]
