"""What the bot does, in verbs. Knows Thingiverse and the database; knows no Discord, no HTTP, no environment."""
