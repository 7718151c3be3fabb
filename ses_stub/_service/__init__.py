"""Turns one request into one response, under the one lock."""
