"""SES v1: what an identity has beside its verification: DKIM, MAIL FROM, notifications."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..._core import errors as _errors
from ..._model.backend import Backend
from ..._model.identity import Identity, VerificationStatus, canonical
from ..._model.options import Options
from ..._model.settings import NOTIFICATIONS, Dkim, Settings
from ..._wire.messages import Params, Result

_TOPIC = re.compile(r"arn:[a-z-]+:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}(\.fifo)?")


def get_identity_dkim_attributes(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Unknown identities are left out; an address shows the DKIM of its domain, if that is an identity."""

    def attributes(identity: Identity) -> Result:
        dkim = dkim_of(backend, identity)
        shown: Result = {"DkimEnabled": dkim.enabled, "DkimVerificationStatus": dkim.check.status.value}
        if dkim.tokens:
            shown["DkimTokens"] = list(dkim.tokens)
        return shown

    return {"DkimAttributes": _each(params, backend, now, options, attributes)}


def get_identity_mail_from_domain_attributes(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Unknown identities are left out."""

    def attributes(identity: Identity) -> Result:
        mail_from = backend.settings(identity.name).mail_from
        behavior: Result = {"BehaviorOnMXFailure": "RejectMessage" if mail_from.reject else "UseDefaultValue"}
        if not mail_from.domain:
            return behavior
        status = mail_from.check.status.value
        return {"MailFromDomain": mail_from.domain, "MailFromDomainStatus": status, **behavior}

    return {"MailFromDomainAttributes": _each(params, backend, now, options, attributes)}


def get_identity_notification_attributes(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Unknown identities are left out; an identity may be asked for by its ARN."""

    def attributes(identity: Identity) -> Result:
        settings = backend.settings(identity.name)
        shown: Result = {"ForwardingEnabled": settings.forwarding}
        for kind in NOTIFICATIONS:
            shown[f"HeadersIn{kind}NotificationsEnabled"] = kind in settings.with_headers
            if kind in settings.topics:
                shown[f"{kind}Topic"] = settings.topics[kind]
        return shown

    return {"NotificationAttributes": _each(params, backend, now, options, attributes, backend.name_from_arn)}


def _each(
    params: Params,
    backend: Backend,
    now: int,
    options: Options,
    attributes: Callable[[Identity], Result],
    name_from_arn: Callable[[str], str] = str,
) -> dict[str, Result]:
    """The attributes of each known identity that was asked for, by its name or by the ARN it was asked for by.

    Which operations take ARNs is documented; the others know none (``name_from_arn``).
    """
    names = params["Identities"]
    most = options.max_identities
    if most is not None and len(names) > most:
        raise _errors.too_long(names, "identities", most)
    found = {name: backend.known(name_from_arn(name), now) for name in names}
    return {
        name if name.startswith("arn:") else identity.name: attributes(identity)
        for name, identity in found.items()
        if identity is not None
    }


def set_identity_dkim_enabled(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Turns the signing of a domain's mails on or off; of an address nothing changes, it is its domain that signs."""
    name = canonical(params["Identity"])
    _, at, domain = name.rpartition("@")
    if backend.known(domain, now) is None:
        raise _errors.not_signable(domain)
    if not at:
        backend.settings(domain).dkim.enabled = params["DkimEnabled"]
    return {}


def set_identity_mail_from_domain(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Asks for the records of a MAIL FROM domain below that of a verified identity; without one takes it away."""
    behavior = params.get("BehaviorOnMXFailure", "UseDefaultValue")
    allowed = ("RejectMessage", "UseDefaultValue")
    if behavior not in allowed:
        raise _errors.not_in(behavior, "behaviorOnMXFailure", allowed)
    set_mail_from(backend, params["Identity"], params.get("MailFromDomain", ""), behavior == "RejectMessage", now)
    return {}


def set_mail_from(backend: Backend, name: str, mail_from: str, reject: bool, now: int) -> None:
    """The same for both APIs."""
    identity = backend.known(name, now)
    if identity is None:
        raise _errors.no_identity(name)
    mail_from = canonical(mail_from)
    domain = identity.name.rpartition("@")[2]
    if mail_from and not mail_from.endswith(f".{domain}"):
        raise _errors.no_subdomain(mail_from, identity.name)
    owner = backend.identities.get(domain)
    verified = any(one is not None and one.status is VerificationStatus.SUCCESS for one in (identity, owner))
    if mail_from and not verified:
        raise _errors.not_verified_for(mail_from, identity.name)
    backend.set_mail_from(identity.name, mail_from, reject, now)


def set_identity_notification_topic(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Names the SNS topic for a kind of notification; without one takes it away. The identity may be an ARN."""
    kind = _kind(params)
    settings = _settings(params, backend, now, backend.name_from_arn)
    topic = params.get("SnsTopic")
    if not topic:
        settings.topics.pop(kind, None)
        return {}
    found = _TOPIC.fullmatch(topic)
    if found is None or found[1] != backend.region:
        raise _errors.invalid_topic(topic)
    settings.topics[kind] = topic
    return {}


def set_identity_feedback_forwarding_enabled(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Whether bounces and complaints are forwarded by mail; they must be if there are no topics for both."""
    settings = _settings(params, backend, now)
    if not params["ForwardingEnabled"] and not {"Bounce", "Complaint"} <= settings.topics.keys():
        raise _errors.forwarding_needed(params["Identity"])
    settings.forwarding = params["ForwardingEnabled"]
    return {}


def set_identity_headers_in_notifications_enabled(
    params: Params, backend: Backend, now: int, options: Options
) -> Result:
    """Whether a kind of notification carries the headers of the mail; there must be a topic for it."""
    kind = _kind(params)
    settings = _settings(params, backend, now)
    if kind not in settings.topics:
        raise _errors.topic_needed(params["Identity"], kind)
    (settings.with_headers.add if params["Enabled"] else settings.with_headers.discard)(kind)
    return {}


def _kind(params: Params) -> str:
    kind: str = params["NotificationType"]
    if kind not in NOTIFICATIONS:
        raise _errors.not_in(kind, "notificationType", NOTIFICATIONS)
    return kind


def _settings(params: Params, backend: Backend, now: int, name_from_arn: Callable[[str], str] = str) -> Settings:
    identity = backend.known(name_from_arn(params["Identity"]), now)
    if identity is None:
        raise _errors.invalid_identity(params["Identity"])
    return backend.settings(identity.name)


def dkim_of(backend: Backend, identity: Identity) -> Dkim:
    """What signs an identity's mails: of an address its domain's, if that is an identity."""
    domain = identity.name.rpartition("@")[2]
    return backend.settings(domain if domain in backend.identities else identity.name).dkim
