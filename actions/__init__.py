"""What the bot does with Thingiverse and the database, independent of Discord."""
