"""`check` says whether Redis answers."""

from __future__ import annotations

from operations.checks import of_redis
from tests.redis_server import RedisServer


async def test_check_says_whether_redis_answers(redis: RedisServer) -> None:
    assert (await of_redis(redis.url)).how == "well"
    with redis.client() as client:
        client.config_set("requirepass", "hidden-canary")
    assert (await of_redis(redis.url)).what == "Redis doesn't answer at REDIS_URL (AuthenticationError)"
    redis.kill()
    finding = await of_redis(redis.url.replace("redis://", "redis://:canary@"))
    assert finding.how == "warning"
    assert "REDIS_URL" in finding.what
    assert "canary" not in f"{finding}"
