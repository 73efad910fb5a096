"""What the people who run the bot need: commands kept in sync, patient logins, an orderly end, a check."""
