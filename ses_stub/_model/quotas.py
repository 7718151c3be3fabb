"""The quotas and sizes that AWS sets, each with its source.

Guide: the SES developer guide. Reference: the SES (v1) API reference.
"""

from __future__ import annotations

from datetime import timedelta

#: Reference, GetIdentityVerificationAttributes: "up to 100 identities at a time".
MAX_IDENTITIES = 100

#: Reference, GetIdentityVerificationAttributes: "throttled at one request per second".
RATE = 1.0

#: Guide, "Service quotas": "All actions (except SendEmail, SendRawEmail, and SendTemplatedEmail) are throttled".
UNTHROTTLED = frozenset({"SendEmail", "SendRawEmail", "SendTemplatedEmail"})

#: Reference, ListIdentities: MaxItems is 1 to 1000. The default page is not stated; users report 1000.
LIST_PAGE = 1000

#: RFC 5321: the longest address; SES rejects longer ones (reported).
EMAIL_LENGTH = 320

#: RFC 1035.
DOMAIN_LENGTH = 253
LABEL_LENGTH = 63

#: Reference, GetIdentityPolicies: "a maximum of 20 policies".
MAX_POLICIES = 20

#: Reference, PutIdentityPolicy: a name of 64 characters, a document of 4 KB.
POLICY_NAME_LENGTH = 64
POLICY_LENGTH = 4096

#: Guide, "Using custom verification email templates": 50 templates.
MAX_TEMPLATES = 50

#: Reference, SendEmail: "To:, CC:, and BCC: … at most 50 recipients".
MAX_RECIPIENTS = 50

#: Guide, "Service quotas": messages a day and a second, in the sandbox and at first in production.
SANDBOX_QUOTA = (200, 1)
PRODUCTION_QUOTA = (50_000, 14)

#: Guide, "Service quotas": messages are counted over 24 hours.
QUOTA_WINDOW = timedelta(hours=24)

#: Guide, "Service quotas": up to 50 tags for a resource.
MAX_TAGS = 50

#: Reference, MessageTag: the longest name and value.
MESSAGE_TAG_LENGTH = 255

#: Reference, ConfigurationSet: "up to 64 characters".
CONFIGURATION_SET_NAME_LENGTH = 64

#: Reference, GetSendStatistics: two weeks, in intervals of 15 minutes.
STATISTICS_WINDOW = timedelta(days=14)
STATISTICS_INTERVAL = timedelta(minutes=15)

#: Reference of v2, DkimSigningAttributes: the key of Easy DKIM "can be changed at most once per day".
KEY_LENGTH_INTERVAL = timedelta(hours=24)
