"""From /follow to the post: a design is published on the fake Thingiverse, and appears where it should."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from fakes.discord.payloads import ANNOUNCEMENT, CROSSPOSTED, FORUM, SEND_MESSAGES
from fakes.discord.server import DM, GUILD, USER_INSTALL, FakeDiscord
from fakes.discord.state import Person, Place
from fakes.thingiverse import FakeThingiverse
from tests.waiting import until
from tests.wire.process import Process, running_bot
from tests.wire.story import ids, label_of, link_by_dm, text_of

POSTED_WITHIN = 20.0  # seconds after it's published, with a read each second


@asynccontextmanager
async def reading(discord: FakeDiscord, world: FakeThingiverse, folder: Path) -> AsyncGenerator[Process]:
    async with running_bot(discord, world, folder, FEED_EVERY="1") as process:
        yield process
        assert discord.violations == []


async def followed(discord: FakeDiscord, person: Person, **given: Any) -> int:
    """Follow, and return the feed's ID."""
    answer = await discord.slash(person, "follow", **given)
    assert "## ✓ " in text_of(answer.message), text_of(answer.message)
    return int(next(each for each in ids(answer.message) if "feed_edit" in each).rpartition(":")[2])


async def first_read(world: FakeThingiverse) -> None:
    """Wait until what's there already has been read, because none of it is posted."""
    before = len(world.requests)
    await until(lambda: sum(seen.query.get("sort") == "newest" for seen in world.requests[before:]) >= 2)


def posts(discord: FakeDiscord, place: Place) -> list[Any]:
    return discord.messages.listed(place.id)


async def test_a_design_appears_in_its_channel_with_its_buttons(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with reading(discord, world, tmp_path):
        ann = discord.person("ann")
        await link_by_dm(discord, world, ann, "kumiko")
        prints = discord.channels.create("prints")
        await followed(discord, ann, tag="vase", channel=prints)
        await first_read(world)
        assert posts(discord, prints) == [], "nothing old is posted"
        world.publish("A box", tags=["box"])
        vase = world.publish("The newest vase")
        began = time.monotonic()
        await until(lambda: posts(discord, prints))
        assert time.monotonic() - began < POSTED_WITHIN
        (post,) = posts(discord, prints)
        assert "The newest vase" in text_of(post)
        assert "-# From the feed Tag: vase" in text_of(post)
        liked = await discord.click(ann, post, f"t1:like:{vase.id}")
        assert "You liked" in text_of(liked.message)
        assert world.likes_of("kumiko") == {vase.id}
        await until(lambda: label_of(posts(discord, prints)[0], f"t1:like:{vase.id}") == "Like · 1")
        shown = await discord.click(ann, post, f"t1:thing:{vase.id}")
        assert shown.ephemeral
        assert "The newest vase" in text_of(shown.message)
        mine = await discord.slash(ann, "feeds")
        assert "OK · checked" in text_of(mine.message)
        assert "posted <t:" in text_of(mine.message)


async def come_round(folder: Path, query: str) -> None:
    """Wait until the query was read once, and make it due now, instead of in a quarter of an hour."""
    with closing(sqlite3.connect(folder / "bot.db", timeout=30.0, isolation_level=None)) as database:
        asked = "SELECT count(*) FROM feed_queries WHERE query = ? AND began"
        await until(lambda: database.execute(asked, (query,)).fetchone() == (1,))
        database.execute("UPDATE feed_queries SET due_at = 0 WHERE query = ?", (query,))


async def test_a_new_server_gets_the_sites_next_designs(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    """Of a tag and of a category, from the first command on."""
    ann = discord.person("ann")
    vases, toys = discord.channels.create("vases"), discord.channels.create("toys")
    async with reading(discord, world, tmp_path):
        assert "There are none yet" in text_of((await discord.slash(ann, "feeds")).message)
        await followed(discord, ann, tag="vase", channel=vases)
        await followed(discord, ann, category="Toys & Games", channel=toys)
        await first_read(world)
        vase = world.publish("The newest vase")
        await until(lambda: posts(discord, vases))
        await come_round(tmp_path, "category:65")
    toy = world.publish("The newest toy", tags=["toy"], category=65)
    async with reading(discord, world, tmp_path):  # another process, which has no page at hand
        await until(lambda: posts(discord, toys))
    (new_vase,), (new_toy,) = posts(discord, vases), posts(discord, toys)
    assert f"t1:like:{vase.id}" in ids(new_vase)
    assert f"t1:like:{toy.id}" in ids(new_toy)
    assert "-# From the feed Category: Toys & Games" in text_of(new_toy)


async def test_a_forum_and_a_thread_get_posts(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    async with reading(discord, world, tmp_path):
        ann = discord.person("ann")
        forum = discord.channels.create("designs", FORUM)
        forum.channel["available_tags"] = [{"id": "7", "name": "New", "moderated": False}]
        forum.channel["flags"] = 1 << 4  # requires a tag
        thread = discord.places.place(ann, GUILD, thread=True)
        await followed(discord, ann, maker="mira", channel=forum)
        await followed(discord, ann, words="newest vase", channel=thread)
        await first_read(world)
        world.publish("The newest vase")
        await until(lambda: discord.channels.threads(forum) and posts(discord, thread))
        (made,) = discord.channels.threads(forum)
        assert (made.channel["name"], made.channel["applied_tags"]) == ("The newest vase", ["7"])
        assert "-# From the feed Maker: mira" in text_of(posts(discord, made)[0])
        assert "-# From the feed Search: newest vase" in text_of(posts(discord, thread)[0])


@pytest.mark.slow  # digests are published every half a minute
async def test_a_digest_in_an_announcement_channel_is_published(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    """Pausing and resuming after a lost permission makes one digest of what was missed."""
    async with reading(discord, world, tmp_path):
        ann = discord.person("ann")
        news = discord.channels.create("news", ANNOUNCEMENT)
        feed = await followed(discord, ann, tag="vase", channel=news)
        await first_read(world)
        discord.channels.deny(news, SEND_MESSAGES)
        missed = [world.publish(f"Vase {number}") for number in range(3)]

        async def line() -> str:
            return text_of((await discord.slash(ann, "feeds")).message)

        said = await line()
        while "Paused" not in said:
            said = await line()
        assert f"I'm missing **Send Messages** in <#{news.id}>." in said
        await first_read(world)
        discord.channels.deny(news, 0)
        panel = await discord.slash(ann, "feeds")
        opened = await discord.click(ann, panel.message, "t1:feed_pick:0", values=[str(feed)])
        await discord.click(ann, _last(opened), f"t1:feed_resume:{feed}")
        await until(lambda: posts(discord, news))
        (digest,) = posts(discord, news)
        assert "3 new designs" in text_of(digest)
        await until(lambda: posts(discord, news)[0]["flags"] & CROSSPOSTED, timeout=90.0)
        shown = await discord.click(ann, digest, "t1:feed_card", values=[str(missed[0].id)])
        assert "Vase 0" in text_of(shown.message)


def _last(result: Any) -> Any:
    return result.edits[-1] if result.edits else result.message


@pytest.mark.parametrize("where", [DM, USER_INSTALL], ids=["dm", "user install"])
async def test_a_personal_feed_comes_by_dm(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, where: Any
) -> None:
    async with reading(discord, world, tmp_path):
        ann = discord.person("ann")
        await followed(discord, ann, tag="vase", where=where, locale="de")
        before = len(discord.dms(ann))
        await first_read(world)
        world.publish("The newest vase")
        await until(lambda: len(discord.dms(ann)) > before)
        assert "The newest vase" in text_of(discord.dms(ann)[0])
