"""Make the bot one of several processes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from actions.servers import Servers
from operations.background import background
from operations.client import Thingamabot
from operations.division import Portion
from operations.feed_sender import PER_SECOND
from operations.identify_leases import wait_for_turn
from operations.shards import Sharding
from settings import Settings

if TYPE_CHECKING:
    from shared.together import Together


@asynccontextmanager
async def open_shared(settings: Settings, portion: Portion) -> AsyncGenerator[Together | None]:
    """What processes share; None for one. The room is imported only here, because Redis's client takes memory."""
    if settings.redis_url is None or not settings.many:
        yield None
        return
    from shared.together import open_together

    async with (
        open_together(
            settings.redis_url.get_secret_value(),
            settings.discord_token.get_secret_value(),
            lambda: portion.part,
            limit=settings.thingiverse_budget,
            window=settings.thingiverse_window,
            per_second=PER_SECOND,
        ) as together,
        background(together.link.keep_looking(), together.news.listen()),
    ):
        yield together


def join(bot: Thingamabot, settings: Settings, together: Together, servers: Servers, portion: Portion) -> None:
    bot.turns = together.identify
    together.identify.without = partial(wait_for_turn, bot.store.leases)
    bot.sharding = Sharding(bot.store.leases, settings.shards, portion, begun=bot.add_shard, ended=bot.remove_shard)
    bot.redis_answers = lambda: together.link.up
    servers.tell = together.server_changed
    together.when_server_changes(servers.forget)
