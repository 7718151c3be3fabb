"""What happened, as table, picture and figures."""
