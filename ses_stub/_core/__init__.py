"""What everything else stands on: errors, locks, text."""
