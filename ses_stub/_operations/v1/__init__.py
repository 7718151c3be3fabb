"""The operations of SES v1."""
