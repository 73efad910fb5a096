"""Tools for contributors: catalogs and releases. The bot doesn't import them."""
