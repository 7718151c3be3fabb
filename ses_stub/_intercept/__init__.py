"""Brings the requests of client libraries to the service."""
