"""Tests that run the bot as a process, with the fake Discord and the fake Thingiverse, over real sockets."""
