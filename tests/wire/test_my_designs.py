"""The daily DM of /my-designs, from a bot that runs as a process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.waiting import until
from tests.wire.process import running_bot
from tests.wire.story import ids, link_by_dm, text_of

A_DAY = 24 * 3_600 * 1_000  # milliseconds
EACH_MINUTE = 150.0  # seconds; the bot looks each minute who is due


def a_day_later(folder: Path) -> None:
    """As if the counts, and what is due, were of yesterday."""
    with closing(sqlite3.connect(folder / "bot.db", isolation_level=None)) as database:
        database.execute("UPDATE design_reports SET due_at = due_at - ?", (A_DAY + 60_000,))
        database.execute("UPDATE design_counts SET day = day - ?", (A_DAY,))


@pytest.mark.slow  # the bot looks each minute
async def test_the_daily_dm_comes_once_and_its_button_turns_it_off(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    ann = discord.person("ann")

    def news() -> list[Any]:
        return [each for each in discord.dms(ann) if "Since" in text_of(each)]

    async with running_bot(discord, world, tmp_path):
        await link_by_dm(discord, world, ann)
        shown = await discord.slash(ann, "my-designs")
        on = await discord.click(ann, shown.message, "t1:daily:1")
        assert "t1:daily:0" in ids(on.edits[-1] if on.edits else on.message)
    a_day_later(tmp_path)
    thing = next(each for each in world.listed() if each.maker == "mira")
    thing.like_count = (thing.like_count or 0) + 7
    async with running_bot(discord, world, tmp_path) as bot:
        await until(lambda: bool(news()), EACH_MINUTE)
        (said,) = news()
        assert "**+7 likes**" in text_of(said)
        assert thing.name in text_of(said)
        off = await discord.click(ann, said, "t1:daily_off")
        assert "won't get these DMs" in text_of(off.message)
        bot.stop()
        await bot.ended()
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        assert database.execute("SELECT daily FROM design_reports").fetchall() == [(0,)]
    assert len(news()) == 1
    assert discord.violations == []
