"""What the operations of both versions share: scripts, MAIL FROM, DKIM, policies, SNS topics, URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from json import loads
from urllib.parse import urlsplit

from .._core import aws_errors, replica_errors
from .._model import quotas, verification
from .._model.backend import Backend
from .._model.identity import CHECKED, Identity, canonical
from .._model.replicas import replicas_of
from .._model.settings import Dkim
from .context import Context, Result


def apply_scripts(context: Context, names: Iterable[str] | None = None) -> None:
    """Gives scripted identities, or those in ``names``, the status of their script, before a response shows it."""
    backend = context.backend
    if backend.scripts:
        asked = backend.scripts if names is None else names
        verification.apply_scripts(context.place, asked)


def advance_scripts(context: Context, shown: Iterable[str]) -> None:
    """Moves the scripts of identities on, after a response has shown their statuses, unless the call fails."""
    if context.backend.scripts and context.is_answered:
        verification.advance_scripts(context.place, shown)


def set_mail_from(context: Context, name: str, mail_from: str, reject: bool) -> None:
    """Sets the MAIL FROM domain of an identity, or removes it."""
    identity = context.backend.find(name)
    if identity is None:
        raise aws_errors.identity_not_found(name)
    mail_from = canonical(mail_from)
    domain = identity.name.rpartition("@")[2]
    if mail_from and not mail_from.endswith(f".{domain}"):
        raise aws_errors.mail_from_not_subdomain(mail_from, identity.name)
    parent = context.backend.identities.get(domain, identity)
    if mail_from and identity.status not in CHECKED and parent.status not in CHECKED:
        raise aws_errors.identity_not_verified_for_mail_from(mail_from, identity.name)
    verification.set_mail_from(context.place, identity.name, mail_from, reject)


def enable_dkim(context: Context, name: str, enabled: bool) -> Result:
    """Turns DKIM signing of a domain's mails on or off. For an address nothing changes, as its domain signs."""
    name = canonical(name)
    _, at, domain = name.rpartition("@")
    if context.backend.find(domain) is None:
        raise aws_errors.domain_not_verified_for_dkim(domain)
    if not at:
        context.backend.settings(domain).dkim.enabled = enabled
    return {}


def delete_unless_replicated(context: Context, name: str) -> None:
    """Deletes an identity; an unknown one is not an error.

    Raises:
        AWSError: the identity is the parent of replicas.

    """
    name = canonical(name)
    replicas = replicas_of(context.place, name)
    if replicas and name in context.backend.identities:
        raise replica_errors.parent_has_replicas(name, sorted(one.region for one in replicas))
    verification.delete(context.place, name)


def dkim_of(backend: Backend, identity: Identity) -> Dkim:
    """The DKIM settings for an identity's mails. An address has those of its domain, if that is an identity."""
    domain = identity.name.rpartition("@")[2]
    return backend.settings(domain if domain in backend.identities else identity.name).dkim


_TOPIC = re.compile(r"arn:[a-z-]+:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}(\.fifo)?")
_POLICY_NAME = re.compile("[A-Za-z0-9_-]*")
#: The white space that SES removes from a policy, and the texts that keep theirs.
_JSON_WHITE_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\n\r]+')


def put_policy(backend: Backend, name: str, policy_name: str, policy: str) -> None:
    """Adds a policy to an identity, or replaces the one of that name.

    Raises:
        AWSError: the name or the policy is invalid, or there are too many.

    """
    check_policy_name(policy_name)
    if len(policy.encode()) > quotas.POLICY_LENGTH:
        raise aws_errors.policy_too_long(quotas.POLICY_LENGTH)
    try:
        document = loads(policy)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not document.get("Statement"):
        raise aws_errors.invalid_policy()
    policies = backend.settings(name).policies
    if policy_name not in policies and len(policies) >= quotas.MAX_POLICIES:
        raise aws_errors.too_many_policies(name)
    policies[policy_name] = _JSON_WHITE_SPACE.sub(lambda match: match[1] or "", policy)


def check_policy_name(policy_name: str) -> None:
    """Checks the name of a policy.

    Raises:
        AWSError: it is invalid.

    """
    longest = quotas.POLICY_NAME_LENGTH
    if len(policy_name) > longest:
        raise aws_errors.policy_name_too_long(longest)
    if not policy_name or not _POLICY_NAME.fullmatch(policy_name):
        raise aws_errors.invalid_policy_name()


def topic_region(topic: str) -> str | None:
    """The region of an SNS topic's ARN; None if it is no such ARN."""
    found = _TOPIC.fullmatch(topic)
    return found[1] if found is not None else None


def is_web_page(url: str) -> bool:
    """Whether a text is the URL of a web page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # urlsplit drops control characters, which a header cannot hold.
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
