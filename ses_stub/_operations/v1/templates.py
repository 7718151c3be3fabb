"""SES v1: lists templates of custom verification emails. `custom_mails` has the rest, which v2 shares."""

from __future__ import annotations

from ..._model import quotas
from .. import custom_mails
from ..context import Context, Params, Result


def list_custom_verification_email_templates(params: Params, context: Context) -> Result:
    """Pages through the templates. A page size out of range means the largest."""
    size = params.get("MaxResults", quotas.MAX_TEMPLATES)
    if not 1 <= size <= quotas.MAX_TEMPLATES:
        size = quotas.MAX_TEMPLATES
    return custom_mails.list_templates(context, size, params.get("NextToken"))
