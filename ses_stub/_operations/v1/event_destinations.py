"""SES v1: event destinations of configuration sets. They are stored in v2's form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..._core import sending_errors
from .. import configuration_sets
from ..context import Context, Params, Result

#: The members that v1 and v2 spell differently.
_V2_NAMES = {
    "DeliveryStreamARN": "DeliveryStreamArn",
    "IAMRoleARN": "IamRoleArn",
    "SNSDestination": "SnsDestination",
    "TopicARN": "TopicArn",
}
_V1_NAMES = {theirs: ours for ours, theirs in _V2_NAMES.items()}
#: The types of events that v1 has, in the order of the error.
_EVENTS = ("click", "bounce", "send", "open", "complaint", "delivery", "renderingFailure", "reject")
#: The members whose words v2 writes in capitals: ``renderingFailure``, ``RENDERING_FAILURE``.
_ENUMERATIONS = ("MatchingEventTypes", "DimensionValueSource")


def create_configuration_set_event_destination(params: Params, context: Context) -> Result:
    """Adds an event destination; its name must be new. Whether its topic or stream exists is not known."""
    name, destination = _named(params)
    return configuration_sets.create_destination(configuration_sets.named(params, context), name, destination)


def update_configuration_set_event_destination(params: Params, context: Context) -> Result:
    """Replaces an event destination, which must exist."""
    name, destination = _named(params)
    return configuration_sets.update_destination(configuration_sets.named(params, context), name, destination)


def shown_destinations(destinations: dict[str, dict[str, Any]]) -> list[Result]:
    """Event destinations in v1's form."""
    return [{"Name": name, **_converted(one, _V1_NAMES, _camel)} for name, one in destinations.items()]


def _named(params: Params) -> tuple[str, dict[str, Any]]:
    """The name of a request's destination, and the rest of it in v2's words.

    Raises:
        AWSError: v1 has no such events.

    """
    given = dict(params["EventDestination"])
    if not set(given["MatchingEventTypes"]) <= set(_EVENTS):
        raise sending_errors.invalid_event_types(_EVENTS)
    name: str = given.pop("Name")
    return name, _converted(given, _V2_NAMES, _capitals)


def _converted(value: Any, names: dict[str, str], word: Callable[[str], str], is_enumeration: bool = False) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): _converted(one, names, word, key in _ENUMERATIONS) for key, one in value.items()}
    if isinstance(value, list):
        return [_converted(one, names, word, is_enumeration) for one in value]
    return word(value) if is_enumeration else value


def _capitals(word: str) -> str:
    return re.sub("(?=[A-Z])", "_", word).upper()


def _camel(word: str) -> str:
    first, *others = word.lower().split("_")
    return first + "".join(map(str.capitalize, others))
