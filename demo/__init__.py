"""The bot in a browser page, with the fake Thingiverse. You don't need an account."""
