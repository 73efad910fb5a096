"""A small Discord of our own: enough of API v10, over real HTTP and websocket, for whole-bot tests and the bench."""
