"""Joining and leaving servers."""

from __future__ import annotations

from tests.stage import Stage


async def test_joining_a_server_says_nothing_anywhere(stage: Stage) -> None:
    before = len([r for r in stage.env.http_requests if r.method == "POST"])
    guild = stage.env.create_guild(name="New here")
    channel = guild.create_text_channel("general")
    member = guild.add_member(stage.env.create_user("cleo"))
    await member.send(channel, "hello")
    assert len([r for r in stage.env.http_requests if r.method == "POST"]) == before
    assert channel.last_message.author.id == member.id


async def test_the_bot_knows_which_servers_it_is_in(stage: Stage) -> None:
    other = stage.env.create_guild(name="Other")
    assert {stage.guild.id, other.id} <= await stage.bot.servers_present()
