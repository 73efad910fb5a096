"""Numbers for Prometheus. Labels come from closed sets: no ID, name, or text of anyone is in them.

The `discord_*` names are those of discord-ext-prometheus, so that its Grafana board (17670) works.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily

from operations.client import Thingamabot
from operations.feed_metrics import FeedMetrics
from operations.interactions import Followed, Interactions
from storage.errors import StorageError

LAG_EVERY = 0.5  # seconds
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 30.0)
# The words in URLs of Thingiverse's API that say what is asked for; everything else is someone's name or an ID.
_WORDS = frozenset(
    {
        *("things", "users", "collections", "categories", "search", "popular", "newest", "featured", "random"),
        *("likes", "like", "images", "files", "derivatives", "copies", "me", "tokeninfo", "access_token"),
    }
)


class Metrics:
    """All metrics of a process, in a registry of their own."""

    def __init__(self, version: str) -> None:
        disable_created_metrics()  # a second series for each counter, which nobody reads
        self._worst = 0.0  # lag in seconds since the last scrape
        self.registry = of = CollectorRegistry()
        Info("thingamabot_build", "The bot's version", registry=of).info({"version": version})
        self.connected = Gauge("discord_connected", "Whether the shard is connected", ["shard"], registry=of)
        self.latency = Gauge("discord_latency_seconds", "The shard's heartbeat latency", ["shard"], registry=of)
        self.servers = Gauge("discord_stat_total_guilds", "Servers the bot is in, as Discord says", registry=of)
        self.commands = Gauge("discord_stat_total_commands", "Commands", registry=of)
        self.interactions = Counter(
            "discord_event_on_interaction", "Interactions", ["shard", "interaction", "command"], registry=of
        )
        self.lines = Counter("logging", "Lines in the log", ["logger", "level"], registry=of)
        self.acknowledged = _histogram("acknowledge", "Until Discord had the first answer", ["command"], of)
        self.answered = _histogram("answer", "Until everything was done", ["command", "outcome"], of)
        self.asked = _histogram("thingiverse_request", "Requests to Thingiverse", ["endpoint", "outcome"], of)
        self.budget = Gauge("thingamabot_thingiverse_budget_left", "Requests left in this window", registry=of)
        self.down = Gauge("thingamabot_thingiverse_down", "Whether requests are stopped by the breaker", registry=of)
        self.links = Gauge("thingamabot_links", "Linked accounts", ["state"], registry=of)
        self.identifies = Gauge("thingamabot_identifies_left", "IDENTIFYs left when the bot connected", registry=of)
        self.lag = Gauge(
            "thingamabot_loop_lag_seconds", "How late the event loop was, at worst, since the last scrape", registry=of
        )
        self.database = Gauge("thingamabot_database_seconds", "How long the database takes to answer", registry=of)
        self.database_up = Gauge("thingamabot_database_up", "Whether the database answers", registry=of)
        self.redis = Gauge("thingamabot_redis_up", "Whether Redis answers, with several processes", registry=of)
        self.shards = Gauge("thingamabot_shards", "Shards that this process runs", registry=of)
        self.feeds = FeedMetrics(of)
        self.backup = Gauge("thingamabot_backup_timestamp_seconds", "When the newest backup was made", registry=of)

    def watch(self, bot: Thingamabot) -> None:
        """Count what the bot does from now on."""
        bot.thingiverse.watch(lambda url, outcome, took: self.asked.labels(endpoint_of(url), outcome).observe(took))
        self._follow(bot, bot.interactions)
        cache = Counted("thingamabot_cache_reads", "Reads of the cache", ("kind", "outcome"), bot.cache_reads)
        invalid = "thingamabot_discord_invalid_requests"
        refused = Counted(invalid, "Answers 401, 403, and 429 from Discord", ("status",), bot.refusals)
        posts: Mapping[tuple[str, ...], int] = {} if bot.feeds is None else bot.feeds.sender.outcomes
        posted = Counted("thingamabot_feed_posts", "Messages of feeds", ("outcome",), posts)
        for counted in (cache, refused, posted):
            self.registry.register(counted)
        logging.getLogger().addHandler(self._count_lines())

    def _follow(self, bot: Thingamabot, interactions: Interactions) -> None:

        def begun(one: Followed) -> None:
            command = one.command if one.type == "application_command" else "None"
            shard = None if one.server is None else (one.server >> 22) % (bot.shard_count or 1)
            self.interactions.labels(str(shard), one.type, command).inc()

        def acknowledged(one: Followed) -> None:
            self.acknowledged.labels(one.command).observe(interactions.seconds_since(one))

        def done(one: Followed) -> None:
            self.answered.labels(one.command, one.outcome).observe(interactions.seconds_since(one))

        interactions.on_begun, interactions.on_acknowledged, interactions.on_done = begun, acknowledged, done

    def _count_lines(self) -> logging.Handler:
        """A handler that counts lines by logger; loggers are named in code."""
        lines = self.lines

        class Counting(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                lines.labels(record.name, record.levelname).inc()

        return Counting()

    async def measure_lag(self) -> None:
        """Keep the worst lag since the last scrape, forever."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(LAG_EVERY)
            late = time.perf_counter() - before - LAG_EVERY
            self._worst = max(late, self._worst)

    async def scraped(self, bot: Thingamabot) -> bytes:
        """All metrics as text. Gauges are read now."""
        self._look(bot)
        await self._look_at_database(bot)
        self.lag.set(self._worst)
        self._worst = 0.0
        return generate_latest(self.registry)

    def _look(self, bot: Thingamabot) -> None:
        for shard, latency in bot.latencies:
            self.connected.labels(shard).set(shard in bot.online)
            self.latency.labels(shard).set(latency)
        self.connected.labels("None").set(bot.connected)
        if bot.application is not None:
            self.servers.set(bot.application.approximate_guild_count)
        self.commands.set(len(bot.tree.get_commands()))
        self.budget.set(bot.thingiverse.requests_left)
        self.down.set(bot.thingiverse.outage_since is not None)
        self.shards.set(len(bot.shards))
        self.redis.set(bot.redis_answers is None or bot.redis_answers())
        if bot.identifies_left is not None:
            self.identifies.set(bot.identifies_left)

    async def _look_at_database(self, bot: Thingamabot) -> None:
        before = time.perf_counter()
        try:
            async with asyncio.timeout(5):
                states = await bot.store.count_links_by_state()
                self.feeds.show(await bot.store.posted.counts())
        except (StorageError, TimeoutError):
            self.database_up.set(0)
            return
        self.database_up.set(1)
        self.database.set(time.perf_counter() - before)
        for state, count in states.items():
            self.links.labels(state).set(count)


class Counted:
    """Numbers that are counted elsewhere, and read when they're scraped."""

    def __init__(self, name: str, about: str, labels: tuple[str, ...], numbers: Mapping[tuple[str, ...], int]) -> None:
        self._name, self._about, self._labels, self._numbers = name, about, labels, numbers

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily(self._name, self._about, labels=self._labels)
        for values, number in list(self._numbers.items()):
            family.add_metric(values, number)
        yield family


def endpoint_of(url: str) -> str:
    """What a URL asks for, such as users/likes; never a name or an ID."""
    words = [word for word in urlsplit(url).path.split("/") if word in _WORDS]
    return "/".join([words[0], *words[-1:]] if len(words) > 1 else words) or "other"


def _histogram(name: str, about: str, labels: list[str], registry: CollectorRegistry) -> Histogram:
    return Histogram(f"thingamabot_{name}_seconds", about, labels, buckets=_SECONDS, registry=registry)
