"""The deadlines of AWS for a verification, each with its source.

Guide: the SES developer guide. Reference: the SES (v1) API reference.
"""

from __future__ import annotations

from datetime import timedelta

#: Reference, GetIdentityVerificationAttributes: the link "expires 24 hours after your original request".
EMAIL_WINDOW = timedelta(hours=24)

#: Guide, "Verifying a domain identity": SES searches for the TXT record for 72 hours.
DOMAIN_WINDOW = timedelta(hours=72)

#: Guide, "Verified domain revocation": SES searches for a missing record for another 72 hours.
REVOCATION_WINDOW = timedelta(hours=72)
