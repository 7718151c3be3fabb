"""One stub over HTTP."""
