"""Serves one stub over HTTP."""
