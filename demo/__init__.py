"""The whole bot in a browser page, against a Thingiverse of our own; no account needed."""
