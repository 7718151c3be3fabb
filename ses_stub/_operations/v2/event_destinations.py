"""SES v2: event destinations of configuration sets."""

from __future__ import annotations

from .. import configuration_sets
from ..context import Context, Params, Result


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
