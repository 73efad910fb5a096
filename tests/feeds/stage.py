"""Feeds from the fake Thingiverse to the fake Discord, over HTTP, with a clock that tests set."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import structlog

from actions.app import App
from actions.feeds import Feeds
from desk.channels import Channels
from fakes.discord import payloads
from fakes.discord.guilds import GUILD_ID
from fakes.discord.redirect import pointed_at
from fakes.discord.server import FakeDiscord
from fakes.discord.state import Person, Place
from fakes.thingiverse import FakeThingiverse
from feed_records import AS_USUAL, FeedOptions, FeedSource, Subscription
from operations.feeds import FeedJobs
from settings import Settings
from storage.store import Store, open_store
from storage.vault import Vault, new_key
from tests.databases import up_to_date
from texts import Texts
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.shelf import Shelf
from thingiverse.transport import Transport
from wiring.actions import Actions, build_actions
from wiring.feeds import build_feeds

GUILD = int(GUILD_ID)
VASES = FeedSource(kind="tag", value="vase")
AGENT = "Thingamabot-test/0 (+https://example.org)"
TARGETS = {5: "announcement", 15: "forum"}
log = structlog.get_logger("tests.feeds")


@dataclass
class Stage:
    world: FakeThingiverse
    discord: FakeDiscord
    store: Store
    feeds: Feeds
    jobs: FeedJobs
    clock: Clock
    epoch: int = 0
    followed: list[Subscription] = field(default_factory=list)

    async def take_lease(self) -> None:
        epoch = await self.store.leases.take("feeds", f"us-{self.epoch}", "here", 1, 3_600, gone=f"us-{self.epoch - 1}")
        assert epoch is not None
        self.epoch = epoch

    async def follow(
        self,
        place: Place | Person,
        source: FeedSource = VASES,
        options: FeedOptions = AS_USUAL,
    ) -> Subscription:
        """Follow in a channel, or by DM. Until the first poll, everything that's there counts as old."""
        where: dict[str, Any]
        if isinstance(place, Person):
            where = {"person": place.id, "channel": 0, "target": "dm"}
        else:
            target = "thread" if "thread_metadata" in place.channel else TARGETS.get(place.channel["type"], "channel")
            where = {"guild": GUILD, "channel": int(place.id), "target": target}
        return await self.feeds.create(Subscription(source=source, options=options, started_at=self.clock(), **where))

    async def round(self, minutes: float = 2.0) -> None:
        """Let time pass, and do every job once; nothing is in flight afterwards."""
        self.clock.now += timedelta(minutes=minutes)
        await self.jobs.poller.poll_due(self.epoch)
        await self.jobs.likes.judge_due()
        await self.send()

    async def send(self) -> None:
        await self.store.bundles.bundle(self.clock())
        while await self.jobs.sender.send_due(self.epoch):
            while self.jobs.sender._tasks:
                await self.jobs.sender.wait()

    def posts(self, place: Place | Person) -> list[list[int]]:
        """The designs in each message of the bot there, the oldest first."""
        if isinstance(place, Person):
            place = self.discord.state.dm(place)
        return [_things_in(each) for each in reversed(self.discord.messages.listed(place.id))]

    async def of(self, feed: Subscription) -> Subscription:
        found = await self.store.feeds.get(feed.feed)
        assert found is not None
        return found

    async def states(self) -> dict[str, int]:
        return (await self.store.posted.counts()).outbox


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now


def _things_in(message: dict[str, Any]) -> list[int]:
    """The designs of its Like buttons, and of a digest's select."""
    components = str(message["components"])
    return [int(each) for each in re.findall(r"t1:like:(\d+)|'value': '(\d+)'", components) for each in each if each]


@asynccontextmanager
async def open_stage(
    folder: Path, *, database: str = "", budget: int = 100_000, every: int = 120, cap: int = 50
) -> AsyncGenerator[Stage]:
    clock = Clock()
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(FakeThingiverse())
        fake = await stack.enter_async_context(FakeDiscord(strict_answers=True))
        world.now = clock
        fake.state.fresh_id = payloads.snowflakes(clock)
        fake.state.clock = lambda: clock.now.timestamp()
        stack.enter_context(pointed_at(fake))
        store = await stack.enter_async_context(open_store(database or up_to_date(folder / "bot.db")))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        transport = Transport(session, user_agent=AGENT, budget=Budget(budget), timeout=5.0, first_pause=0.001)
        client = Thingiverse(transport, api_url=world.api_url, www_url=world.www_url)
        shelf = Shelf(now=clock)
        stack.push_async_callback(shelf.close)
        app = App(world.app.client_id, world.app.app_token, world.www_url, world.app.redirect_uri)
        actions = build_actions(store, Vault.from_text(new_key()), client, shelf, app, now=clock)
        bot = await stack.enter_async_context(discord.Client(intents=discord.Intents.none()))
        await bot.login(fake.token)
        jobs = _jobs(actions, bot, clock, budget=budget, every=every, cap=cap)
        stack.push_async_callback(jobs.sender.stop)
        stage = Stage(world, fake, store, actions.feeds, jobs, clock)
        await stage.take_lease()
        yield stage
        assert not fake.violations, fake.violations
        assert not fake.state.misfits, fake.state.misfits


def _jobs(actions: Actions, bot: discord.Client, clock: Clock, *, budget: int, every: int, cap: int) -> FeedJobs:
    given = {"thingiverse_budget": budget, "feed_every": every, "feed_daily_cap": cap}
    secrets = {"discord_token": "x", "thingiverse_client_id": "x", "thingiverse_app_token": "x", "token_keys": "x"}
    settings = Settings.model_validate({**secrets, **given})
    jobs = build_feeds(bot, settings, actions, Texts(), Channels(), online=lambda: True, now=clock)
    jobs.sender.pause = 0.0  # how fast is tested elsewhere
    return jobs
