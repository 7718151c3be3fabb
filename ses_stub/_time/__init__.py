"""Time, virtual and real."""
