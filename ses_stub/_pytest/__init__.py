"""What pytest is told."""
