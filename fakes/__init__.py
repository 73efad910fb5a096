"""A fake Discord and a fake Thingiverse for the tests, the demo, and the bench.

`python -m fakes.discord` and `python -m fakes.thingiverse` run them until Ctrl-C, and print the bot's settings for
them.
"""
