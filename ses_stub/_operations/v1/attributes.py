"""SES v1: the DKIM, MAIL FROM and notification attributes of identities."""

from __future__ import annotations

from collections.abc import Callable

from ..._core import aws_errors
from ..._model.identity import Identity
from ..._model.settings import NOTIFICATIONS, Settings
from ..context import Context, Params, Result
from ..shared import dkim_of, enable_dkim, set_mail_from, topic_region


def get_identity_dkim_attributes(params: Params, context: Context) -> Result:
    """The DKIM attributes of the known identities. An address has those of its domain, if that is an identity."""

    def attributes(identity: Identity) -> Result:
        dkim = dkim_of(context.backend, identity)
        shown: Result = {"DkimEnabled": dkim.enabled, "DkimVerificationStatus": dkim.check.status.value}
        if dkim.tokens:
            shown["DkimTokens"] = list(dkim.tokens)
        return shown

    return {"DkimAttributes": _each(params, context, attributes)}


def get_identity_mail_from_domain_attributes(params: Params, context: Context) -> Result:
    """The MAIL FROM attributes of the known identities."""

    def attributes(identity: Identity) -> Result:
        mail_from = context.backend.settings(identity.name).mail_from
        behavior: Result = {"BehaviorOnMXFailure": "RejectMessage" if mail_from.reject else "UseDefaultValue"}
        if not mail_from.domain:
            return behavior
        status = mail_from.check.status.value
        return {"MailFromDomain": mail_from.domain, "MailFromDomainStatus": status, **behavior}

    return {"MailFromDomainAttributes": _each(params, context, attributes)}


def get_identity_notification_attributes(params: Params, context: Context) -> Result:
    """The notification attributes of the known identities, which may be named by ARN."""

    def attributes(identity: Identity) -> Result:
        settings = context.backend.settings(identity.name)
        shown: Result = {"ForwardingEnabled": settings.forwarding}
        for kind in NOTIFICATIONS:
            shown[f"HeadersIn{kind}NotificationsEnabled"] = kind in settings.with_headers
            if kind in settings.topics:
                shown[f"{kind}Topic"] = settings.topics[kind]
        return shown

    return {"NotificationAttributes": _each(params, context, attributes, context.backend.name_from_arn)}


def _each(
    params: Params,
    context: Context,
    attributes: Callable[[Identity], Result],
    name_from_arn: Callable[[str], str] = str,
) -> dict[str, Result]:
    """The attributes of each known identity, by the name or ARN in the request.

    With ``name_from_arn`` the operation accepts ARNs, as documented.
    """
    names = params["Identities"]
    most = context.options.max_identities
    if most is not None and len(names) > most:
        raise aws_errors.list_too_long(names, "identities", most)
    found = {name: context.backend.find(name_from_arn(name)) for name in names}
    return {
        name if name.startswith("arn:") else identity.name: attributes(identity)
        for name, identity in found.items()
        if identity is not None
    }


def set_identity_dkim_enabled(params: Params, context: Context) -> Result:
    """Turns DKIM signing of a domain's mails on or off. For an address nothing changes, as its domain signs."""
    return enable_dkim(context, params["Identity"], params["DkimEnabled"])


def set_identity_mail_from_domain(params: Params, context: Context) -> Result:
    """Sets the MAIL FROM domain of an identity, a subdomain, or removes it."""
    behavior = params.get("BehaviorOnMXFailure", "UseDefaultValue")
    allowed = ("RejectMessage", "UseDefaultValue")
    if behavior not in allowed:
        raise aws_errors.invalid_enum_value(behavior, "behaviorOnMXFailure", allowed)
    set_mail_from(context, params["Identity"], params.get("MailFromDomain", ""), behavior == "RejectMessage")
    return {}


def set_identity_notification_topic(params: Params, context: Context) -> Result:
    """Sets the SNS topic for a type of notification, or removes it. The identity may be an ARN."""
    kind = _kind(params)
    settings = _settings(params, context, context.backend.name_from_arn)
    topic = params.get("SnsTopic")
    if not topic:
        settings.topics.pop(kind, None)
        return {}
    if topic_region(topic) != context.region:
        raise aws_errors.invalid_sns_topic(topic)
    settings.topics[kind] = topic
    return {}


def set_identity_feedback_forwarding_enabled(params: Params, context: Context) -> Result:
    """Turns the forwarding of bounces and complaints on or off. To turn it off, both need a topic."""
    settings = _settings(params, context)
    if not params["ForwardingEnabled"] and not {"Bounce", "Complaint"} <= settings.topics.keys():
        raise aws_errors.feedback_forwarding_required(params["Identity"])
    settings.forwarding = params["ForwardingEnabled"]
    return {}


def set_identity_headers_in_notifications_enabled(params: Params, context: Context) -> Result:
    """Turns the headers in a type of notification on or off. On needs a topic. The identity may be an ARN."""
    kind = _kind(params)
    settings = _settings(params, context, context.backend.name_from_arn)
    if params["Enabled"] and kind not in settings.topics:
        raise aws_errors.sns_topic_required(params["Identity"], kind)
    (settings.with_headers.add if params["Enabled"] else settings.with_headers.discard)(kind)
    return {}


def _kind(params: Params) -> str:
    kind: str = params["NotificationType"]
    if kind not in NOTIFICATIONS:
        raise aws_errors.invalid_enum_value(kind, "notificationType", NOTIFICATIONS)
    return kind


def _settings(params: Params, context: Context, name_from_arn: Callable[[str], str] = str) -> Settings:
    identity = context.backend.find(name_from_arn(params["Identity"]))
    if identity is None:
        raise aws_errors.invalid_identity(params["Identity"])
    return context.backend.settings(identity.name)
