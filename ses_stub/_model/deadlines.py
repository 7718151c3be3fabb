"""The deadlines that AWS sets for a verification, each with its source.

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
