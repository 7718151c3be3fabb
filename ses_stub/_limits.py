"""The numbers that AWS sets, each with its source.

Guide: the SES developer guide. Reference: the SES (v1) API reference.
"""

from __future__ import annotations

from datetime import timedelta

#: Reference, GetIdentityVerificationAttributes: the link "expires 24 hours after your original request".
EMAIL_WINDOW = timedelta(hours=24)

#: Guide, "Verifying a domain identity": the TXT record is looked for during 72 hours.
DOMAIN_WINDOW = timedelta(hours=72)

#: Guide, "Verified domain revocation": a vanished record is looked for during 72 hours more.
REVOCATION_WINDOW = timedelta(hours=72)

#: Reference, GetIdentityVerificationAttributes: "up to 100 identities at a time".
MAX_IDENTITIES = 100

#: Reference, GetIdentityVerificationAttributes: "throttled at one request per second".
RATE = 1.0

#: Reference, ListIdentities: MaxItems is 1 to 1000. The default page is not stated; users report 1000.
LIST_PAGE = 1000

#: RFC 5321: the longest address; the service refuses longer ones (reported).
EMAIL_LENGTH = 320

#: RFC 1035.
DOMAIN_LENGTH = 253
LABEL_LENGTH = 63
