"""Errors, locks, hooks and text for all other layers."""
