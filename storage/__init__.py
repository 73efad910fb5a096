"""The only room with SQL: links, attempts to link, and likes made through the bot, on SQLite or PostgreSQL."""
