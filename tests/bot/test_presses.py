"""Presses of a modified client can't change what others read."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from msgspec.structs import asdict

from actions.servers import DEFAULTS
from cards.components import walk
from tests.stage import Stage, parts, text_of

GEARS = 1038
CRAFTED = [
    "t1:link",
    "t1:privacy",
    "t1:erase",
    "t1:erase_now",
    "t1:unlink",
    "t1:unlink_now",
    "t1:cancel",
    "t1:deeds:0",
    "t1:named:1038:1",
    "t1:doctor",
]


def crafted(stage: Stage, message: Any, pressed: str) -> None:
    """Add a button with the custom_id to the message, so that simcord can press it."""
    stored = stage.env.backend.get_message(stage.channel.id, message.id)
    button = next(p for p in walk(stored.components) if p.get("custom_id", "").startswith("t1:"))
    button["custom_id"] = pressed


@pytest.mark.parametrize("pressed", CRAFTED)
async def test_a_public_card_is_not_replaced_by_a_crafted_press(stage: Stage, pressed: str) -> None:
    shown = (await stage.ann.slash(stage.channel, "popular")).response
    crafted(stage, shown, pressed)
    before = text_of(stage.channel.last_message)
    answered = await stage.ben.click(shown, custom_id=pressed)
    assert answered.response is None or answered.ephemeral
    assert text_of(stage.channel.last_message) == before


async def test_a_button_that_is_not_on_the_message_does_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A modified client can send any custom_id."""
    shown = (await stage.ann.slash(stage.channel, "popular")).response
    receive = stage.bot._presses.receive

    async def made_up(interaction: Any) -> None:
        interaction.data["custom_id"] = f"t1:like:{GEARS}"
        interaction.pressed["components"] = []
        await receive(interaction)

    await stage.link(stage.ben, "mira")
    monkeypatch.setattr(stage.bot._presses, "receive", made_up)
    answered = await stage.ben.click(shown, custom_id=next(p["custom_id"] for p in parts(shown) if "custom_id" in p))
    assert "no longer works" in text_of(answered.response)
    assert stage.world.likes_of("mira") == set()


async def test_remove_believes_what_was_noted_and_not_the_button(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    card = stage.channel.last_message
    pressed = f"t1:remove:{stage.ben.id}"
    crafted(stage, card, pressed)
    refused = await stage.ben.click(card, custom_id=pressed)
    assert "Only the person who posted the link" in text_of(refused.response)
    assert stage.channel.last_message.id == card.id


@pytest.fixture
async def mona(stage: Stage) -> Any:
    role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("mona"), roles=[role])


@pytest.mark.parametrize("setting", ["showcase", "quiet"])
@pytest.mark.parametrize("told", [True, False])
async def test_a_channel_of_another_server_is_not_chosen(
    stage: Stage, mona: Any, monkeypatch: pytest.MonkeyPatch, setting: str, told: bool
) -> None:
    """Discord may or may not send the channel's data with the press."""
    theirs = stage.env.create_guild(name="Other").create_text_channel("theirs")
    receive = stage.bot._presses.receive

    async def made_up(interaction: Any) -> None:
        interaction.data["values"] = [str(theirs.id)]
        interaction.data["resolved"] = {"channels": {str(theirs.id): {"id": str(theirs.id)}}} if told else {}
        await receive(interaction)

    panel = (await mona.slash(stage.channel, "settings")).response
    monkeypatch.setattr(stage.bot._presses, "receive", made_up)
    refused = await mona.select(panel, [stage.channel], custom_id=f"t1:choose:{setting}")
    assert "no longer works" in text_of(refused.followups[-1])
    settings = await stage.bot.get_cog("settings")._servers.settings(stage.guild.id)
    assert asdict(settings) == asdict(DEFAULTS)
