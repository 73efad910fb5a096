"""Save over real HTTP: it survives a slow Thingiverse and a restart, and never adds a design twice."""

from __future__ import annotations

from pathlib import Path

from fakes.discord.server import DM, FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.wire.process import running_bot
from tests.wire.story import GEARS, link_by_dm, text_of

MIRAS = 16_001
SAVE_IN = f"t1:save_in:{GEARS}"


async def test_a_design_is_saved_once_and_undone_after_a_restart(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    world.settings.double_save = "twice"
    world.collections[MIRAS].things = []
    ann = discord.person("ann")
    async with running_bot(discord, world, tmp_path):
        await link_by_dm(discord, world, ann)
        card = await discord.slash(ann, "thing", thing=str(GEARS))
        asked = await discord.click(ann, card.message, f"t1:save:{GEARS}")
        assert asked.ephemeral
        done = await discord.click(ann, asked.message, SAVE_IN, values=[str(MIRAS)])
        saved = done.edits[-1] if done.edits else done.message
        assert "You saved" in text_of(saved)
        again = await discord.click(
            ann, (await discord.click(ann, card.message, f"t1:save:{GEARS}")).message, SAVE_IN, values=[str(MIRAS)]
        )
        assert "already has" in text_of(again.edits[-1] if again.edits else again.message)
        form = await discord.click(
            ann, (await discord.slash(ann, "thing", thing=str(GEARS), where=DM)).message, f"t1:save:{GEARS}"
        )
        named = await discord.submit(
            ann, await discord.click(ann, form.message, f"t1:save_new:{GEARS}"), {"collection": "To print"}
        )
        assert "To print" in text_of(named.edits[-1] if named.edits else named.message)
    assert world.collections[MIRAS].things == [GEARS]
    assert world.collections_of("mira")[-1].things == [GEARS]
    async with running_bot(discord, world, tmp_path):
        undone = await discord.click(ann, saved, f"t1:saved:{MIRAS}:{GEARS}:0")
        assert "You removed" in text_of(undone.edits[-1] if undone.edits else undone.message)
    assert world.collections[MIRAS].things == []
    assert discord.violations == []


async def test_a_save_whose_answer_is_cut_off_is_told_and_can_be_tried_again(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    world.collections[MIRAS].things = []
    async with running_bot(discord, world, tmp_path):
        ann = discord.person("ann")
        await link_by_dm(discord, world, ann)
        card = await discord.slash(ann, "thing", thing=str(GEARS))
        asked = await discord.click(ann, card.message, f"t1:save:{GEARS}")
        world.faults.set("cut", match="POST /api/collections/*", times=1)
        slow = await discord.click(ann, asked.message, SAVE_IN, values=[str(MIRAS)])
        assert "Thingiverse" in text_of(slow.message or slow.edits[-1])
        assert world.collections[MIRAS].things == []
        done = await discord.click(ann, asked.message, SAVE_IN, values=[str(MIRAS)])
        assert "You saved" in text_of(done.edits[-1] if done.edits else done.message)
    assert world.collections[MIRAS].things == [GEARS]
