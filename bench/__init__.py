"""`make bench`: compare the bot's speed with a bare bot, both as processes over real sockets, in one run."""
