"""The supported operations by the API's name, one table for each API."""

from __future__ import annotations

from collections.abc import Callable

from . import configuration_sets, custom_mails
from .context import Context, Params, Result
from .v1 import attributes as v1_attributes
from .v1 import configuration_sets as v1_configuration_sets
from .v1 import event_destinations as v1_event_destinations
from .v1 import identities as v1_identities
from .v1 import policies as v1_policies
from .v1 import sending as v1_sending
from .v1 import templates as v1_templates
from .v2 import account as v2_account
from .v2 import configuration_sets as v2_configuration_sets
from .v2 import dkim as v2_dkim
from .v2 import identities as v2_identities
from .v2 import policies as v2_policies
from .v2 import sending as v2_sending
from .v2 import tags as v2_tags
from .v2 import templates as v2_templates

Operation = Callable[[Params, Context], Result]

V1: dict[str, Operation] = {
    "CreateConfigurationSet": v1_configuration_sets.create_configuration_set,
    "CreateConfigurationSetEventDestination": v1_event_destinations.create_configuration_set_event_destination,
    "CreateCustomVerificationEmailTemplate": custom_mails.create_template,
    "DeleteConfigurationSet": configuration_sets.delete,
    "DeleteConfigurationSetEventDestination": configuration_sets.delete_destination,
    "DeleteCustomVerificationEmailTemplate": custom_mails.delete_template,
    "DeleteIdentity": v1_identities.delete_identity,
    "DeleteIdentityPolicy": v1_policies.delete_identity_policy,
    "DeleteVerifiedEmailAddress": v1_identities.delete_verified_email_address,
    "DescribeConfigurationSet": v1_configuration_sets.describe_configuration_set,
    "GetAccountSendingEnabled": v1_sending.get_account_sending_enabled,
    "GetCustomVerificationEmailTemplate": custom_mails.get_template,
    "GetIdentityDkimAttributes": v1_attributes.get_identity_dkim_attributes,
    "GetIdentityMailFromDomainAttributes": v1_attributes.get_identity_mail_from_domain_attributes,
    "GetIdentityNotificationAttributes": v1_attributes.get_identity_notification_attributes,
    "GetIdentityPolicies": v1_policies.get_identity_policies,
    "GetIdentityVerificationAttributes": v1_identities.get_identity_verification_attributes,
    "GetSendQuota": v1_sending.get_send_quota,
    "GetSendStatistics": v1_sending.get_send_statistics,
    "ListConfigurationSets": v1_configuration_sets.list_configuration_sets,
    "ListCustomVerificationEmailTemplates": v1_templates.list_custom_verification_email_templates,
    "ListIdentities": v1_identities.list_identities,
    "ListIdentityPolicies": v1_policies.list_identity_policies,
    "ListVerifiedEmailAddresses": v1_identities.list_verified_email_addresses,
    "PutIdentityPolicy": v1_policies.put_identity_policy,
    "SendCustomVerificationEmail": custom_mails.send_custom_verification_email,
    "SendEmail": v1_sending.send_email,
    "SendRawEmail": v1_sending.send_raw_email,
    "SendTemplatedEmail": v1_sending.send_templated_email,
    "SetIdentityDkimEnabled": v1_attributes.set_identity_dkim_enabled,
    "SetIdentityFeedbackForwardingEnabled": v1_attributes.set_identity_feedback_forwarding_enabled,
    "SetIdentityHeadersInNotificationsEnabled": v1_attributes.set_identity_headers_in_notifications_enabled,
    "SetIdentityMailFromDomain": v1_attributes.set_identity_mail_from_domain,
    "SetIdentityNotificationTopic": v1_attributes.set_identity_notification_topic,
    "UpdateAccountSendingEnabled": v1_sending.update_account_sending_enabled,
    "UpdateConfigurationSetEventDestination": v1_event_destinations.update_configuration_set_event_destination,
    "UpdateConfigurationSetReputationMetricsEnabled": v1_configuration_sets.update_configuration_set_reputation_metrics,
    "UpdateConfigurationSetSendingEnabled": v1_configuration_sets.update_configuration_set_sending_enabled,
    "UpdateCustomVerificationEmailTemplate": custom_mails.update_template,
    "VerifyDomainDkim": v1_identities.verify_domain_dkim,
    "VerifyDomainIdentity": v1_identities.verify_domain_identity,
    "VerifyEmailAddress": v1_identities.verify_email_address,
    "VerifyEmailIdentity": v1_identities.verify_email_identity,
}

V2: dict[str, Operation] = {
    "CreateConfigurationSet": v2_configuration_sets.create_configuration_set,
    "CreateConfigurationSetEventDestination": v2_configuration_sets.create_configuration_set_event_destination,
    "CreateCustomVerificationEmailTemplate": v2_templates.create_custom_verification_email_template,
    "CreateEmailIdentity": v2_identities.create_email_identity,
    "CreateEmailIdentityPolicy": v2_policies.create_email_identity_policy,
    "DeleteConfigurationSet": configuration_sets.delete,
    "DeleteConfigurationSetEventDestination": configuration_sets.delete_destination,
    "DeleteCustomVerificationEmailTemplate": custom_mails.delete_template,
    "DeleteEmailIdentity": v2_identities.delete_email_identity,
    "DeleteEmailIdentityPolicy": v2_policies.delete_email_identity_policy,
    "GetAccount": v2_sending.get_account,
    "GetConfigurationSet": v2_configuration_sets.get_configuration_set,
    "GetConfigurationSetEventDestinations": v2_configuration_sets.get_configuration_set_event_destinations,
    "GetCustomVerificationEmailTemplate": v2_templates.get_custom_verification_email_template,
    "GetEmailIdentity": v2_identities.get_email_identity,
    "GetEmailIdentityPolicies": v2_policies.get_email_identity_policies,
    "ListConfigurationSets": v2_configuration_sets.list_configuration_sets,
    "ListCustomVerificationEmailTemplates": v2_templates.list_custom_verification_email_templates,
    "ListEmailIdentities": v2_identities.list_email_identities,
    "ListTagsForResource": v2_tags.list_tags_for_resource,
    "PutAccountDetails": v2_account.put_account_details,
    "PutAccountSendingAttributes": v2_sending.put_account_sending_attributes,
    "PutConfigurationSetReputationOptions": v2_configuration_sets.put_configuration_set_reputation_options,
    "PutConfigurationSetSendingOptions": v2_configuration_sets.put_configuration_set_sending_options,
    "PutEmailIdentityConfigurationSetAttributes": v2_identities.put_email_identity_configuration_set_attributes,
    "PutEmailIdentityDkimAttributes": v2_dkim.put_email_identity_dkim_attributes,
    "PutEmailIdentityDkimSigningAttributes": v2_dkim.put_email_identity_dkim_signing_attributes,
    "PutEmailIdentityFeedbackAttributes": v2_identities.put_email_identity_feedback_attributes,
    "PutEmailIdentityMailFromAttributes": v2_identities.put_email_identity_mail_from_attributes,
    "SendCustomVerificationEmail": v2_templates.send_custom_verification_email,
    "SendEmail": v2_sending.send_email,
    "TagResource": v2_tags.tag_resource,
    "UntagResource": v2_tags.untag_resource,
    "UpdateConfigurationSetEventDestination": v2_configuration_sets.update_configuration_set_event_destination,
    "UpdateCustomVerificationEmailTemplate": custom_mails.update_template,
    "UpdateEmailIdentityPolicy": v2_policies.update_email_identity_policy,
}
