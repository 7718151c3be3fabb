"""One request in, one response out, under the one lock."""
