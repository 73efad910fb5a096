"""What runs beside the bot: feeds, shards, health, metrics, and backups."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from config import Supervisor
from operations.background import background
from operations.backups import Backups, keep_backing_up
from operations.client import Thingamabot
from operations.failures import cannot_listen
from operations.health import answering, ending_when_stuck, health_of, supervised
from operations.leases import holding, keep_ending_paused
from operations.shards import keeping
from settings import Settings
from version import VERSION


@asynccontextmanager
async def open_feeds(bot: Thingamabot) -> AsyncGenerator[None]:
    """Read and post for feeds, and keep the shards, while inside.

    Raises StartError if another bot runs with the database, and they don't share Redis, too.
    """
    async with AsyncExitStack() as stack:
        alone = bot.sharding is None
        await stack.enter_async_context(background(keep_ending_paused(bot.store.leases)))
        holder = await stack.enter_async_context(holding(bot.store.leases, alone=alone, wanted=bot.has_shards))
        bot.replaced = holder.replaced
        if bot.sharding is not None:
            await stack.enter_async_context(keeping(bot.sharding))
        if bot.feeds is not None:
            await stack.enter_async_context(bot.feeds.running(holder))
        yield


@asynccontextmanager
async def open_upkeep(bot: Thingamabot, settings: Settings) -> AsyncGenerator[None]:
    """What runs beside the bot, for whoever runs it: its health, and backups where they're turned on."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(answering(bot, settings.discord_token.get_secret_value()))
        await stack.enter_async_context(supervised(bot, Supervisor.of_environment()))
        if settings.exit_when_stuck:
            await stack.enter_async_context(ending_when_stuck())
        if settings.metrics_listen is not None:
            await stack.enter_async_context(_metrics(bot, settings, settings.metrics_listen))
        if settings.backup_every is not None:
            backing_up = keep_backing_up(Backups.of(settings), settings.backup_every, may=bot.keeps_house)
            await stack.enter_async_context(background(backing_up))
        yield


@asynccontextmanager
async def _metrics(bot: Thingamabot, settings: Settings, listen: tuple[str, int]) -> AsyncGenerator[None]:
    """Serve /metrics while inside. Raises StartError."""
    from operations.metrics import Metrics
    from web.metrics import serving_metrics

    metrics, backups = Metrics(VERSION), Backups.of(settings)
    metrics.backup.set_function(lambda: newest.timestamp() if (newest := backups.newest()) else 0.0)
    metrics.watch(bot)

    async def ready() -> bool:
        return (await health_of(bot)).ready

    async with background(metrics.measure_lag()), AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(serving_metrics(partial(metrics.scraped, bot), ready, *listen))
        except (OSError, UnicodeError) as error:
            raise cannot_listen("METRICS_LISTEN", error) from None
        yield
