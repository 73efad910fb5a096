"""What operators need: sending commands, logging in, stopping, `check`, and key rotation."""
