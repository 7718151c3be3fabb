"""SES v2: the tags of identities, configuration sets and templates of custom verification emails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..._core import aws_errors
from ..._model import quotas
from ..._model.identity import is_identity
from ..context import Context, Params, Result

#: Region, account, kind and name. Partition and service are ignored (reported as probed).
_ARN = re.compile(r"arn:[^:]*:[^:]*:([^:]*):([^:]*):([a-z-]+)/(.+)")

#: What can have tags, by its name in an ARN. The stub does not have the others.
_TAGGED = {
    "identity": "EmailIdentity",
    "configuration-set": "ConfigurationSet",
    "template": "Template",
    "custom-verification-email-template": "CustomVerificationEmailTemplate",
    "contact-list": "ContactList",
    "dedicated-ip-pool": "DedicatedIpPool",
}

_TAG = re.compile(r"(?:[\w.:/=+@-]|[^\S\t\n\r\f\v])*")

#: Service model, Tag: the maximum length of key and value.
_KEY_LENGTH, _VALUE_LENGTH = 128, 256


def tag_resource(params: Params, context: Context) -> Result:
    """Adds tags to a resource, or replaces those with the same key."""
    tags, here = tags_of_resource(params, context)
    if not here:
        raise aws_errors.tagging_failed()
    tags.update(check_tags(tags, params["Tags"]))
    return {}


def untag_resource(params: Params, context: Context) -> Result:
    """Removes tags. An unknown one is not an error."""
    tags, here = tags_of_resource(params, context)
    if not here:
        raise aws_errors.untagging_failed()
    for key in params["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(params: Params, context: Context) -> Result:
    """The tags of a resource; empty if its ARN names another region than the client's."""
    tags, here = tags_of_resource(params, context)
    return {"Tags": describe_tags(tags) if here else []}


def tags_of_resource(params: Params, context: Context) -> tuple[dict[str, str], bool]:
    """The tags of an ARN's resource, and whether it is in this region (order of errors reported)."""
    found = _ARN.fullmatch(params["ResourceArn"])
    if found is None or found[3] not in _TAGGED:
        raise aws_errors.invalid_resource_arn()
    region, account_id, kind, name = found.groups()
    if kind == "identity" and not (re.fullmatch(r"\d{12}", account_id) and is_identity(name)):
        raise aws_errors.not_ses_resource()
    if account_id != context.account_id:
        raise aws_errors.resource_of_other_account()
    tags = _tags(kind, name, context)
    if tags is None:
        raise aws_errors.resource_not_found(_TAGGED[kind], name)
    return tags, region == context.region


def _tags(kind: str, name: str, context: Context) -> dict[str, str] | None:
    if kind == "custom-verification-email-template":
        template = context.backend.templates.get(name)
        return template.tags if template is not None else None
    if kind == "configuration-set" and name in context.backend.configuration_sets:
        return context.backend.configuration_sets[name].tags
    identity = context.backend.find(name) if kind == "identity" else None
    return context.backend.settings(identity.name).tags if identity is not None else None


def describe_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def check_tags(before: dict[str, str], tags: Iterable[dict[str, str]]) -> dict[str, str]:
    """Checks new tags beside existing ones, and returns them. Errors and their order are reported as probed."""
    pairs = [(tag["Key"], tag["Value"]) for tag in tags]
    after = dict(pairs)
    if len({**before, **after}) > quotas.MAX_TAGS:
        raise aws_errors.too_many_tags(quotas.MAX_TAGS, len(after) > quotas.MAX_TAGS)
    if not all(_TAG.fullmatch(text) for pair in pairs for text in pair):
        raise aws_errors.invalid_tag_characters()
    if any(key.lower().startswith("aws:") for key in after):
        raise aws_errors.system_tag()
    if too_long := list(_too_long(pairs)):
        raise aws_errors.newer_validation(*too_long)
    if len(after) < len(pairs):
        raise aws_errors.duplicate_tag_keys()
    return after


def _too_long(pairs: list[tuple[str, str]]) -> Iterator[str]:
    for number, (key, value) in enumerate(pairs, 1):
        for part, text, most in (("value", value, _VALUE_LENGTH), ("key", key, _KEY_LENGTH)):
            if len(text) > most:
                yield aws_errors.violation(f"tags.{number}.member.{part}", aws_errors.length_up_to(most))
