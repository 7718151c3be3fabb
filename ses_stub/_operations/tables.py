"""The table of what is answered: operations by the API's name, one table for each API."""

from __future__ import annotations

from collections.abc import Callable

from .._model.backend import Backend
from .._model.options import Options
from .._wire.messages import Params, Result
from .v1 import attributes as _v1_attributes
from .v1 import identities as _v1_identities
from .v1 import policies as _v1_policies
from .v1 import sending as _v1_sending
from .v1 import templates as _v1_templates
from .v2 import identities as _v2_identities
from .v2 import sending as _v2_sending

Operation = Callable[[Params, Backend, int, Options], Result]

V1: dict[str, Operation] = {
    "CreateCustomVerificationEmailTemplate": _v1_templates.create_custom_verification_email_template,
    "DeleteCustomVerificationEmailTemplate": _v1_templates.delete_custom_verification_email_template,
    "DeleteIdentity": _v1_identities.delete_identity,
    "DeleteIdentityPolicy": _v1_policies.delete_identity_policy,
    "DeleteVerifiedEmailAddress": _v1_identities.delete_verified_email_address,
    "GetAccountSendingEnabled": _v1_sending.get_account_sending_enabled,
    "GetCustomVerificationEmailTemplate": _v1_templates.get_custom_verification_email_template,
    "GetIdentityDkimAttributes": _v1_attributes.get_identity_dkim_attributes,
    "GetIdentityMailFromDomainAttributes": _v1_attributes.get_identity_mail_from_domain_attributes,
    "GetIdentityNotificationAttributes": _v1_attributes.get_identity_notification_attributes,
    "GetIdentityPolicies": _v1_policies.get_identity_policies,
    "GetIdentityVerificationAttributes": _v1_identities.get_identity_verification_attributes,
    "GetSendQuota": _v1_sending.get_send_quota,
    "ListCustomVerificationEmailTemplates": _v1_templates.list_custom_verification_email_templates,
    "ListIdentities": _v1_identities.list_identities,
    "ListIdentityPolicies": _v1_policies.list_identity_policies,
    "ListVerifiedEmailAddresses": _v1_identities.list_verified_email_addresses,
    "PutIdentityPolicy": _v1_policies.put_identity_policy,
    "SendCustomVerificationEmail": _v1_templates.send_custom_verification_email,
    "SendEmail": _v1_sending.send_email,
    "SendRawEmail": _v1_sending.send_raw_email,
    "SendTemplatedEmail": _v1_sending.send_templated_email,
    "SetIdentityDkimEnabled": _v1_attributes.set_identity_dkim_enabled,
    "SetIdentityFeedbackForwardingEnabled": _v1_attributes.set_identity_feedback_forwarding_enabled,
    "SetIdentityHeadersInNotificationsEnabled": _v1_attributes.set_identity_headers_in_notifications_enabled,
    "SetIdentityMailFromDomain": _v1_attributes.set_identity_mail_from_domain,
    "SetIdentityNotificationTopic": _v1_attributes.set_identity_notification_topic,
    "UpdateAccountSendingEnabled": _v1_sending.update_account_sending_enabled,
    "UpdateCustomVerificationEmailTemplate": _v1_templates.update_custom_verification_email_template,
    "VerifyDomainDkim": _v1_identities.verify_domain_dkim,
    "VerifyDomainIdentity": _v1_identities.verify_domain_identity,
    "VerifyEmailAddress": _v1_identities.verify_email_address,
    "VerifyEmailIdentity": _v1_identities.verify_email_identity,
}

V2: dict[str, Operation] = {
    "CreateEmailIdentity": _v2_identities.create_email_identity,
    "CreateEmailIdentityPolicy": _v2_identities.create_email_identity_policy,
    "DeleteEmailIdentity": _v2_identities.delete_email_identity,
    "DeleteEmailIdentityPolicy": _v2_identities.delete_email_identity_policy,
    "GetAccount": _v2_sending.get_account,
    "GetEmailIdentity": _v2_identities.get_email_identity,
    "GetEmailIdentityPolicies": _v2_identities.get_email_identity_policies,
    "ListEmailIdentities": _v2_identities.list_email_identities,
    "ListTagsForResource": _v2_identities.list_tags_for_resource,
    "PutAccountSendingAttributes": _v2_sending.put_account_sending_attributes,
    "PutEmailIdentityConfigurationSetAttributes": _v2_identities.put_email_identity_configuration_set_attributes,
    "PutEmailIdentityDkimAttributes": _v2_identities.put_email_identity_dkim_attributes,
    "PutEmailIdentityDkimSigningAttributes": _v2_identities.put_email_identity_dkim_signing_attributes,
    "PutEmailIdentityFeedbackAttributes": _v2_identities.put_email_identity_feedback_attributes,
    "PutEmailIdentityMailFromAttributes": _v2_identities.put_email_identity_mail_from_attributes,
    "SendEmail": _v2_sending.send_email,
    "TagResource": _v2_identities.tag_resource,
    "UntagResource": _v2_identities.untag_resource,
    "UpdateEmailIdentityPolicy": _v2_identities.update_email_identity_policy,
}
