"""/doctor names what the bot is missing, and where exactly to fix it."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.errors import BackendError, SetupError

from tests.stage import Stage, open_stage, text_of

MANAGE = discord.Permissions(manage_guild=True)


def moderator_of(stage: Stage) -> Any:
    role = stage.guild.create_role("moderator", permissions=MANAGE)
    return stage.guild.add_member(stage.env.create_user("mona"), roles=[role])


async def decide(stage: Stage, **settings: Any) -> None:
    await stage.bot.get_cog("settings")._servers.change(stage.guild.id, **settings)


async def test_all_is_well_or_says_what_is_not(stage: Stage) -> None:
    shown = await moderator_of(stage).slash(stage.channel, "doctor")
    assert shown.ephemeral
    said = text_of(shown.response)
    assert "✓ Thingiverse is responding." in said
    assert "✓ My commands are up to date on Discord." in said
    assert "**View Channel**" in said


async def test_what_is_lacking_is_named_with_its_mend(stage: Stage) -> None:
    mona = moderator_of(stage)
    bot = stage.env.backend.bot_user
    denied = stage.guild.create_text_channel(
        "denied",
        overwrites={stage.guild.default_role: discord.PermissionOverwrite(send_messages=False, manage_messages=False)},
    )
    await decide(stage, showcase=denied.id)
    said = text_of((await mona.slash(stage.channel, "doctor")).response)
    computed = discord.Permissions(stage.env.backend.compute_permissions(stage.guild.id, bot.id, denied.id))
    assert ("✗ **Send Messages**" in said) is not computed.send_messages
    if not computed.send_messages:
        assert "**Edit Channel**" in said


@pytest.mark.parametrize("overwrite", [{}, {"send_messages": False}, {"view_channel": False}, {"send_messages": True}])
@pytest.mark.parametrize("where", ["everyone", "role"])
async def test_its_reckoning_is_discords(stage: Stage, overwrite: dict[str, bool], where: str) -> None:
    """Compare it with simcord's permissions, for several roles of the bot."""
    backend = stage.env.backend
    target: Any = stage.guild.default_role
    if where == "role":
        role = stage.guild.create_role("bots", permissions=discord.Permissions(send_messages=True))
        member = backend.get_guild(stage.guild.id).members[backend.bot_user.id]
        member.role_ids = (
            [*member.role_ids, role.id] if isinstance(member.role_ids, list) else {*member.role_ids, role.id}
        )
        target = role
    channel = stage.guild.create_text_channel("other", overwrites={target: discord.PermissionOverwrite(**overwrite)})
    await decide(stage, showcase=channel.id)
    mona = moderator_of(stage)
    said = text_of((await mona.slash(stage.channel, "doctor")).response)
    part = said[said.index(f"<#{channel.id}>") :]
    wanted = discord.Permissions(backend.compute_permissions(stage.guild.id, backend.bot_user.id, channel.id))
    if not wanted.view_channel:
        assert "✗ I can't see this channel" in part
    else:
        assert ("✓ **Send Messages**" in part) is wanted.send_messages


async def test_a_channel_that_is_gone_is_told(stage: Stage) -> None:
    await decide(stage, showcase=123456)
    said = text_of((await moderator_of(stage).slash(stage.channel, "doctor")).response)
    assert "## Something needs fixing" in said
    assert "I can't see this channel, or it's gone" in said


async def test_thingiverse_being_down_is_told(stage: Stage) -> None:
    stage.world.faults.set("500")
    said = text_of((await moderator_of(stage).slash(stage.channel, "doctor")).response)
    assert "✗ Thingiverse" in said


async def test_previews_without_the_right_to_read_are_told(stage: Stage, world: Any, tmp_path: Any) -> None:
    await decide(stage, previewed=(stage.channel.id,))
    said = text_of((await moderator_of(stage).slash(stage.channel, "doctor")).response)
    assert "✗ I can't read messages" in said


async def test_previews_with_it_are_well(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, previews=True) as stage:
        await decide(stage, previewed=(stage.channel.id,))
        said = text_of((await moderator_of(stage).slash(stage.channel, "doctor")).response)
        assert "✓ I can read messages" in said
        assert "link previews" in said


async def test_looking_again(stage: Stage) -> None:
    mona = moderator_of(stage)
    stage.world.faults.set("500", match="* /api/*")
    shown = await mona.slash(stage.channel, "doctor")
    stage.world.faults.clear()
    stage.bot.thingiverse._transport._breakers.clear()
    again = await mona.click(shown.response, label="Check again")
    assert again.response.id == shown.response.id
    assert "✓ Thingiverse is responding." in text_of(again.response)


async def test_it_is_for_moderators_in_servers(stage: Stage) -> None:
    with pytest.raises((SetupError, BackendError)):
        await stage.ann.slash(stage.channel, "doctor")
    with pytest.raises((SetupError, BackendError)):
        await stage.env.create_user("dora").slash("doctor")


async def test_in_a_thread(stage: Stage) -> None:
    thread = stage.env.backend.create_thread(stage.channel.id, "a thread", stage.ann.id)
    handle = type(stage.channel)(stage.env, stage.guild, thread)
    said = text_of((await moderator_of(stage).slash(handle, "doctor")).response)
    assert f"<#{thread.id}>" in said
