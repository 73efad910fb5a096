"""A fake Discord: the part of API v10 that the bot uses, over real HTTP and a real WebSocket."""
