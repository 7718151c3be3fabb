"""Interception: how a client library's request reaches the service."""
