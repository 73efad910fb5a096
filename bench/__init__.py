"""How fast the bot is: as a process, over the wire, beside bare bots, in one run. `make bench`."""
