"""What all other layers use: errors, locks, hooks, text."""
