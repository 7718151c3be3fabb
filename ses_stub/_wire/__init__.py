"""Bytes to parameters and back, by botocore's service model."""
