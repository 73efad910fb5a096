"""Thingiverse's API over HTTP. Knows no Discord, no database, no environment; tokens are arguments of calls."""
