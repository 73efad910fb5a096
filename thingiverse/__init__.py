"""A client for Thingiverse's API. Tokens are arguments of each call and never kept."""
