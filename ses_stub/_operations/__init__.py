"""One function for each AWS operation."""
