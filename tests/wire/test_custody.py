"""Operators' commands for keys and personal data, as processes next to a running bot."""

from __future__ import annotations

import json
from pathlib import Path

from fakes.discord.server import DM, GUILD, USER_INSTALL, FakeDiscord
from fakes.thingiverse import FakeThingiverse
from storage.vault import new_key
from tests.wire.process import environment, running_bot, start
from tests.wire.story import GEARS, link_by_dm, text_of


async def test_keys_are_rotated_while_the_bot_runs_and_the_old_one_is_dropped(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    ann, ben = discord.person("ann"), discord.person("ben")
    settings = environment(discord, world, tmp_path)
    old, new = (tmp_path / "key").read_text(), new_key()

    async with running_bot(discord, world, tmp_path):
        token = await link_by_dm(discord, world, ann)
        (tmp_path / "key").write_text(f"{new},{old}")
        early = await start("rotate-keys", settings, tmp_path)
        assert await early.ended() == 78
        assert "Restart the bot, then run this again" in early.said
        assert "You like" in text_of((await discord.slash(ann, "like", thing=str(GEARS))).message), "nothing is lost"

    async with running_bot(discord, world, tmp_path) as process:
        rotation = await start("rotate-keys", settings, tmp_path)
        while rotation.running.returncode is None:
            assert "You " in text_of((await discord.slash(ann, "like", thing=str(GEARS))).message)
        assert rotation.running.returncode == 0, rotation.said
        assert "Re-encrypted 1." in rotation.said
        assert "You can remove key 2 from TOKEN_KEYS" in rotation.said
        await link_by_dm(discord, world, ben, "kumiko")

    (tmp_path / "key").write_text(new)
    async with running_bot(discord, world, tmp_path) as process:
        for person in (ann, ben):
            assert "The link works" in text_of((await discord.slash(person, "account")).message)
        for secret in (token, old, new):
            assert secret not in process.said + early.said + rotation.said


async def test_the_operator_exports_and_erases_a_person_beside_the_running_bot(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    ann, ben = discord.person("ann"), discord.person("ben")
    settings = environment(discord, world, tmp_path)
    async with running_bot(discord, world, tmp_path) as process:
        token = await link_by_dm(discord, world, ann)
        await link_by_dm(discord, world, ben, "kumiko")
        exported = await start("person", settings, tmp_path, "export", str(ann.id))
        assert await exported.ended() == 0
        printed = "".join(line for line in exported.said.splitlines() if not line.startswith("at="))
        assert json.loads(printed)["kept"]["links"]["entries"][0]["maker_name"] == "mira"
        assert token not in exported.said
        exported.log.unlink()

        unsure = await start("person", settings, tmp_path, "erase", str(ann.id))
        assert await unsure.ended() == 1, "nobody said yes"
        erased = await start("person", settings, tmp_path, "erase", str(ann.id), "--yes")
        assert await erased.ended() == 0
        assert "✓ Deleted." in erased.said
        assert "haven't linked" in text_of((await discord.slash(ann, "account")).message)
        assert "The link works" in text_of((await discord.slash(ben, "account")).message)
        assert "Traceback" not in process.said


async def test_privacy_export_and_delete_fit_what_discord_takes(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    ann = discord.person("ann")
    async with running_bot(discord, world, tmp_path):
        await link_by_dm(discord, world, ann)
        await discord.slash(ann, "like", thing=str(GEARS))
        account = await discord.slash(ann, "account")
        done = await discord.click(ann, account.message, "t1:done")
        assert "Herringbone" in text_of(done.message)
        for where in (GUILD, DM, USER_INSTALL):
            shown = await discord.slash(ann, "privacy", where=where)
            given = await discord.click(ann, shown.message, "t1:export")
            assert given.ephemeral
            assert [file["filename"] for file in given.message["attachments"]] == ["thingamabot.json"]
        asked = await discord.click(ann, shown.message, "t1:erase")
        erased = await discord.click(ann, asked.edits[-1] if asked.edits else asked.message, "t1:erase_now")
        assert "I deleted everything" in text_of(erased.edits[-1] if erased.edits else erased.message)
        assert discord.violations == []
