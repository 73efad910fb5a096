"""The process is killed at every step and at random moments while posts go out: none is lost, and none doubled."""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fakes.discord.payloads import FORUM
from fakes.discord.server import FakeDiscord
from fakes.discord.state import Place
from fakes.thingiverse import FakeThingiverse
from feed_records import FeedSource, Subscription
from storage.store import Store, open_store
from storage.vault import new_key
from tests.databases import up_to_date
from tests.feeds.stage import GUILD
from tests.feeds.victim import Order

ROOT = Path(__file__).parent.parent.parent
FEEDS, POSTS, MOMENTS = 40, 500, 200
LONGEST = 70.0  # seconds of killing
STEPS = [
    ("INSERT feed_seen", 1),
    ("INSERT feed_things", 1),
    ("INSERT feed_outbox", 1),
    ("UPDATE feed_queries interval,due_at", 1),
    ("commit", 1),
    ("commit", 2),
    ("commit", 3),
    ("commit", 4),
    ("commit", 7),
    ("UPDATE feed_outbox state,epoch", 1),
    ("send", 1),
    ("send", 4),
    ("sent", 1),
    ("sent", 4),
    ("UPDATE feed_outbox state,message", 1),
    ("UPDATE feeds posted_at", 2),
]


@dataclass
class Scene:
    world: FakeThingiverse
    discord: FakeDiscord
    settings: dict[str, Any]
    store: Store
    places: list[Place] = field(default_factory=list)
    wanted: list[tuple[int, int]] = field(default_factory=list)  # feed's place, and design
    victim: asyncio.subprocess.Process | None = None

    async def set_up(self) -> None:
        """A DM, a forum, and channels. The first poll stores what's there."""
        ann = self.discord.person("ann")
        self.places = [self.discord.channels.create(f"prints-{n}") for n in range(FEEDS - 2)]
        self.places += [self.discord.channels.create("forum", FORUM), self.discord.state.dm(ann)]
        for n, place in enumerate(self.places):
            where: dict[str, Any] = {"guild": GUILD, "channel": int(place.id)}
            where["target"] = "forum" if place.channel["type"] == FORUM else "channel"
            if place.guild_id is None:
                where = {"person": ann.id, "channel": 0, "target": "dm"}
            source = FeedSource(kind="tag", value=f"tag{n}")
            await self.store.feeds.create(Subscription(source=source, started_at=datetime.now(UTC), **where))

    def publish(self, count: int) -> None:
        """Designs that belong into two feeds each."""
        for _ in range(count):
            at = len(self.wanted)
            feeds = (at % FEEDS, (at * 7 + 3) % FEEDS)
            feeds = feeds if feeds[0] != feeds[1] else (feeds[0], (feeds[0] + 1) % FEEDS)
            thing = self.world.publish(f"Design {at}", tags=[f"tag{feed}" for feed in feeds])
            self.wanted += [(feed, thing.id) for feed in feeds]

    async def order(self, **given: Any) -> int:
        assert self.victim is not None
        assert self.victim.stdin is not None
        assert self.victim.stdout is not None
        self.victim.stdin.write(Order(self.settings, **given).as_line().encode())
        return int(await self.victim.stdout.readline())

    def posted(self) -> Counter[tuple[int, int]]:
        found: Counter[tuple[int, int]] = Counter()
        for number, place in enumerate(self.places):
            rooms = self.discord.channels.threads(place) if place.channel["type"] == FORUM else [place]
            for room in rooms:
                for message in self.discord.messages.listed(room.id):
                    found.update((number, int(thing)) for thing in _likes(message))
        return found


def _likes(message: dict[str, Any]) -> list[str]:
    return re.findall(r"t1:like:(\d+)", str(message["components"]))


@asynccontextmanager
async def open_scene(folder: Path, posts: int) -> AsyncGenerator[Scene]:
    database = up_to_date(folder / "bot.db")
    async with FakeThingiverse() as world, FakeDiscord(strict_bodies=False) as fake, open_store(database) as store:
        settings = {
            "discord_token": fake.token,
            "discord_api_base": fake.api_base,
            "thingiverse_client_id": world.app.client_id,
            "thingiverse_app_token": world.app.app_token,
            "thingiverse_api_url": world.api_url,
            "thingiverse_url": world.www_url,
            "thingiverse_budget": 1_000_000,
            "feed_every": 1,
            "feed_daily_cap": 10_000,
            "token_keys": new_key(),
            "database_url": database,
        }
        scene = Scene(world, fake, settings, store)
        await scene.set_up()
        scene.victim = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.feeds.victim"),
            cwd=ROOT,
            env={**os.environ, "EXPECTED": str(posts)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        yield scene
        assert scene.victim.stdin is not None
        scene.victim.stdin.close()
        await scene.victim.wait()


async def begin(scene: Scene) -> None:
    """Until what was there at first is stored."""
    while not await scene.store.seen.known("newest", [1_038]):
        await scene.order(seconds=0.6)


def check(scene: Scene) -> None:
    posted = scene.posted()
    assert [each for each in scene.wanted if not posted[each]] == [], "lost"
    assert [each for each, count in posted.items() if count > 1] == [], "doubled"


@pytest.mark.slow
async def test_killed_at_every_step(tmp_path: Path) -> None:
    per_step = 4
    async with open_scene(tmp_path, 2 * per_step * len(STEPS)) as scene:
        await begin(scene)
        for step, number in STEPS:
            scene.publish(per_step)
            assert await scene.order(step=step, number=number) == -9, step
        assert await scene.order() == 0
        check(scene)


@pytest.mark.slow
async def test_killed_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(14)
    async with open_scene(tmp_path, POSTS) as scene:
        await begin(scene)
        kills, began = 0, time.monotonic()
        while kills < MOMENTS and time.monotonic() - began < LONGEST:
            scene.publish(min(2, (POSTS - len(scene.wanted)) // 2))
            early, forgetful = chance.random() < 0.2, chance.random() < 0.3
            kills += await scene.order(seconds=chance.uniform(0, 0.25), early=early, forgetful=forgetful) == -9
        scene.publish((POSTS - len(scene.wanted)) // 2)  # a busy machine has no time for all kills
        assert await scene.order() == 0
        assert len(scene.wanted) == POSTS
        check(scene)
