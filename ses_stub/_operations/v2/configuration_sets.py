"""SES v2: configuration sets with all their options, and their event destinations."""

from __future__ import annotations

from .. import configuration_sets
from ..context import Context, Params, Result
from .tags import check_tags, describe_tags


def create_configuration_set(params: Params, context: Context) -> Result:
    """Adds a configuration set with its options. AWS sets LastFreshStart itself."""
    options = {
        name: {key: value for key, value in options.items() if key != "LastFreshStart"}
        for name, options in params.items()
        if name.endswith("Options")
    }
    tags = check_tags({}, params.get("Tags", ()))
    configuration_sets.create(context, params["ConfigurationSetName"], options, tags)
    return {}


def get_configuration_set(params: Params, context: Context) -> Result:
    """A configuration set with its options and tags."""
    found = configuration_sets.named(params, context)
    return {"ConfigurationSetName": found.name, **found.options, "Tags": describe_tags(found.tags)}


def list_configuration_sets(params: Params, context: Context) -> Result:
    """Pages through the names of the configuration sets in the order of creation."""
    names, token = configuration_sets.page(context, params.get("NextToken"), params.get("PageSize"))
    return {"ConfigurationSets": names} if token is None else {"ConfigurationSets": names, "NextToken": token}


def put_configuration_set_sending_options(params: Params, context: Context) -> Result:
    """Pauses or resumes messages with a configuration set. The default is to pause them."""
    options = configuration_sets.named(params, context).options
    options["SendingOptions"]["SendingEnabled"] = params.get("SendingEnabled", False)
    return {}


def put_configuration_set_reputation_options(params: Params, context: Context) -> Result:
    """Turns reputation metrics of a configuration set on or off. The default is off."""
    options = configuration_sets.named(params, context).options
    options["ReputationOptions"]["ReputationMetricsEnabled"] = params.get("ReputationMetricsEnabled", False)
    return {}


# Event destinations.


def create_configuration_set_event_destination(params: Params, context: Context) -> Result:
    """Adds an event destination with a new name. Its topic or stream is not checked."""
    found = configuration_sets.named(params, context)
    return configuration_sets.create_destination(found, params["EventDestinationName"], params["EventDestination"])


def update_configuration_set_event_destination(params: Params, context: Context) -> Result:
    """Replaces an event destination, which must exist."""
    found = configuration_sets.named(params, context)
    return configuration_sets.update_destination(found, params["EventDestinationName"], params["EventDestination"])


def get_configuration_set_event_destinations(params: Params, context: Context) -> Result:
    """The event destinations of a configuration set in the order of creation."""
    found = configuration_sets.named(params, context)
    return {"EventDestinations": [{"Name": name, **one} for name, one in found.event_destinations.items()]}
