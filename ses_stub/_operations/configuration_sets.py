"""Configuration sets, for both APIs: their names, options and event destinations, which are stored and do nothing.

The errors have v1's codes; `aws_errors.in_v2` translates them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._core import listing_errors, sending_errors
from .._model import quotas
from .._model.settings import ConfigurationSet
from .context import Context, Params, Result
from .paging import next_token, place_of
from .shared import topic_region

#: What is listed, for the tokens of pages.
_LISTED = "configuration sets"

_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{quotas.CONFIGURATION_SET_NAME_LENGTH}}}")

#: The options that every set has.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "SendingOptions": {"SendingEnabled": True},
    "ReputationOptions": {"ReputationMetricsEnabled": True},
}


def create(context: Context, name: str, options: Mapping[str, Mapping[str, Any]], tags: Mapping[str, str]) -> None:
    """Adds a configuration set.

    Raises:
        AWSError: the name is invalid or exists.

    """
    if not _NAME.fullmatch(name):
        raise sending_errors.invalid_configuration_set_name()
    sets = context.backend.configuration_sets
    if name in sets:
        raise sending_errors.configuration_set_already_exists(name)
    context.backend.sets_created += 1
    whole = {key: {**_DEFAULTS.get(key, {}), **options.get(key, {})} for key in {**_DEFAULTS, **options}}
    sets[name] = ConfigurationSet(name, context.backend.sets_created, whole, dict(tags))


def find(context: Context, name: str) -> ConfigurationSet:
    """A configuration set.

    Raises:
        AWSError: no set has that name.

    """
    found = context.backend.configuration_sets.get(name)
    if found is None:
        raise sending_errors.configuration_set_not_found(name)
    return found


def named(params: Params, context: Context) -> ConfigurationSet:
    """The configuration set that a request names (raises as `find` does)."""
    return find(context, params["ConfigurationSetName"])


def delete(params: Params, context: Context) -> Result:
    """Deletes a configuration set, which must exist."""
    del context.backend.configuration_sets[named(params, context).name]
    return {}


def page(context: Context, token: str | None, size: int | None) -> tuple[list[str], str | None]:
    """A page of names in the order of creation, and the token of the next page or None."""
    after = place_of(context, _LISTED, token, listing_errors.invalid_next_token)
    most = quotas.LIST_PAGE
    size = size if size is not None and 1 <= size <= most else most
    rest = [one for one in context.backend.configuration_sets.values() if one.number > after]
    names = [one.name for one in rest[:size]]
    return names, next_token(context, _LISTED, rest[size - 1].number) if len(rest) > size else None


def create_destination(found: ConfigurationSet, name: str, destination: Mapping[str, Any]) -> Result:
    """Adds an event destination, in v2's words (AWSError if it exists, or its topic cannot exist)."""
    if name in found.event_destinations:
        raise sending_errors.event_destination_already_exists(name, found.name)
    found.event_destinations[name] = _stored(destination)
    return {}


def update_destination(found: ConfigurationSet, name: str, destination: Mapping[str, Any]) -> Result:
    """Replaces an event destination (AWSError if there is none of that name, or its topic cannot exist)."""
    if name not in found.event_destinations:
        raise sending_errors.event_destination_not_found(found.name)
    found.event_destinations[name] = _stored(destination)
    return {}


def delete_destination(params: Params, context: Context) -> Result:
    """Deletes an event destination, which must exist."""
    found = named(params, context)
    if found.event_destinations.pop(params["EventDestinationName"], None) is None:
        raise sending_errors.event_destination_not_found(found.name)
    return {}


def _stored(destination: Mapping[str, Any]) -> dict[str, Any]:
    # Which topics there are is not known, but a text of another form cannot be one.
    topic = destination.get("SnsDestination", {}).get("TopicArn")
    if topic is not None and topic_region(topic) is None:
        raise sending_errors.sns_topic_not_found(topic)
    # Disabled, if nothing is said; the types come back sorted (recorded).
    events = sorted(destination.get("MatchingEventTypes", ()))
    return {"Enabled": False, **destination, "MatchingEventTypes": events}


def check_sending(name: str | None, context: Context) -> str | None:
    """The configuration set of a message; None without one.

    Raises:
        AWSError: it does not exist, or its sending is paused.

    """
    if name is None:
        return None
    if not find(context, name).sending_enabled:
        raise sending_errors.configuration_set_paused(name)
    return name
