"""What several processes share through Redis or Valkey. Only imported where REDIS_URL is set."""
