"""Handle interactions with Discord: one entry for all of them, and one way to report failures."""
