"""The state of SES and its rules."""
