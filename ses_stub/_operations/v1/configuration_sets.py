"""SES v1: configuration sets with v1's options."""

from __future__ import annotations

from .. import configuration_sets
from ..context import Context, Params, Result
from .event_destinations import shown_destinations

#: The options that v1 shows. For each name in a request: the name in the result, and in v2.
_ATTRIBUTES = {
    "trackingOptions": ("TrackingOptions", ("CustomRedirectDomain",)),
    "deliveryOptions": ("DeliveryOptions", ("TlsPolicy",)),
}


def create_configuration_set(params: Params, context: Context) -> Result:
    """Adds a configuration set without reputation metrics (reported)."""
    options = {"ReputationOptions": {"ReputationMetricsEnabled": False}}
    configuration_sets.create(context, params["ConfigurationSet"]["Name"], options, {})
    return {}


def describe_configuration_set(params: Params, context: Context) -> Result:
    """A configuration set with the attributes that the request names."""
    found = configuration_sets.named(params, context)
    asked = params.get("ConfigurationSetAttributeNames", ())
    result: Result = {"ConfigurationSet": {"Name": found.name}}
    if "eventDestinations" in asked:
        result["EventDestinations"] = shown_destinations(found.event_destinations)
    if "reputationOptions" in asked:
        result["ReputationOptions"] = {
            "SendingEnabled": found.sending_enabled,
            "ReputationMetricsEnabled": found.options["ReputationOptions"]["ReputationMetricsEnabled"],
        }
    for name, (shown, members) in _ATTRIBUTES.items():
        options = found.options.get(shown, {})
        if name in asked and options:
            result[shown] = {member: options[member] for member in members if member in options}
    return result


def list_configuration_sets(params: Params, context: Context) -> Result:
    """Pages through the configuration sets in the order of creation."""
    names, token = configuration_sets.page(context, params.get("NextToken"), params.get("MaxItems"))
    result: Result = {"ConfigurationSets": [{"Name": name} for name in names]}
    return result if token is None else {**result, "NextToken": token}


def update_configuration_set_sending_enabled(params: Params, context: Context) -> Result:
    """Pauses or resumes messages with a configuration set."""
    configuration_sets.named(params, context).options["SendingOptions"]["SendingEnabled"] = params["Enabled"]
    return {}


def update_configuration_set_reputation_metrics(params: Params, context: Context) -> Result:
    """Turns reputation metrics of a configuration set on or off."""
    options = configuration_sets.named(params, context).options
    options["ReputationOptions"]["ReputationMetricsEnabled"] = params["Enabled"]
    return {}
