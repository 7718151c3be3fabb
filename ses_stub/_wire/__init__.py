"""Converts bytes to parameters and results to bytes, with botocore's service model."""
