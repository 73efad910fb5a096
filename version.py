"""The bot's version. This module imports nothing, so that --version is fast."""

VERSION = "0.1.0"
