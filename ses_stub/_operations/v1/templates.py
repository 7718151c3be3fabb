"""SES v1: the list of templates of custom verification emails. The rest is in `custom_mails`, as v2 has the same."""

from __future__ import annotations

from ..._model import quotas
from .. import custom_mails
from ..context import Context, Params, Result


def list_custom_verification_email_templates(params: Params, context: Context) -> Result:
    """Pages through the templates; a size out of range is the largest."""
    size = params.get("MaxResults", quotas.MAX_TEMPLATES)
    if not 1 <= size <= quotas.MAX_TEMPLATES:
        size = quotas.MAX_TEMPLATES
    return custom_mails.list_templates(context, size, params.get("NextToken"))
