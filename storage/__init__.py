"""The database: links, likes, communities, and designs, on SQLite or PostgreSQL. Only this package has SQL."""
