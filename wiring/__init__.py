"""Where everything is built once and connected."""
