"""SES v2: configuration sets with all their options."""

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
