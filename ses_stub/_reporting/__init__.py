"""Shows what happened as a table, a picture and figures."""
