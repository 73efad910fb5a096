"""The real bot on a stage: a simulated Discord around it, a fake Thingiverse behind it, SQLite beneath it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import simcord

import config
from bot import open_bot
from demo.thingiverse import FakeThingiverse
from operations.client import Thingamabot
from storage import ledger
from storage.vault import new_key
from ui.components import walk


def settings_for(world: FakeThingiverse, folder: Path, **given: Any) -> config.Settings:
    values = {
        "discord_token": "discord.canary.token",
        "thingiverse_client_id": world.app.client_id,
        "thingiverse_app_token": world.app.app_token,
        "thingiverse_redirect_uri": world.app.redirect_uri,
        "thingiverse_api_url": world.api_url,
        "thingiverse_url": world.www_url,
        "thingiverse_timeout": 1.0,
        "token_keys": new_key(),
        "database_url": f"sqlite:///{folder / 'bot.db'}",
        **given,
    }
    return config.Settings.model_validate(values)


@dataclass
class Stage:
    """What a test needs to play a scene."""

    env: Any
    world: FakeThingiverse
    bot: Thingamabot
    settings: config.Settings
    guild: Any
    channel: Any
    ann: Any  # a member who is not linked
    ben: Any  # another

    async def link(self, member: Any, maker: str) -> str:
        """Link the member the long way; the token that was used."""
        await member.slash(self.channel, "link")
        token = self.world.token_for(maker)
        pasted = await self.paste(member, f"{self.world.app.redirect_uri}#access_token={token}")
        await member.click(pasted.response, label="Confirm")
        return token

    async def paste(self, member: Any, address: str) -> Any:
        """Through the form behind the Paste button of a fresh card."""
        card = await member.slash(self.channel, "account")
        fresh = (
            await member.click(card.response, label="Link my account")
            if "Link my account" in buttons(card.response)
            else None
        )
        shown = fresh or card
        if "Paste" not in buttons(shown.response):
            shown = await member.click(shown.response, label="Switch account")
        return await self.submit(member, shown.response, address)

    async def submit(self, member: Any, card: Any, address: str) -> Any:
        form = await member.click(card, label="Paste")
        return await member.submit_modal(form, {"pasted": address})


@asynccontextmanager
async def open_stage(
    world: FakeThingiverse, folder: Path, *, patience: float = 60.0, **given: Any
) -> AsyncGenerator[Stage]:
    """With `patience` 0 each answer is deferred first.

    The simulated Discord lets no timer run while a request is under way, so what hangs is tested over the wire. After
    a request it waits until nothing is, so what is recorded a moment later is recorded at once.
    """
    settings = settings_for(world, folder, **given)
    async with AsyncExitStack() as stack:
        stack.enter_context(patch.object(ledger, "PAUSE", 0.005))
        bot = await stack.enter_async_context(open_bot(settings, patience=patience))
        env = simcord.Env(bot, shard_count=1, settle_timeout=4.0)
        await env.start()
        stack.push_async_callback(env.shutdown)
        guild = env.create_guild()
        channel = guild.create_text_channel("prints")
        ann, ben = (guild.add_member(env.create_user(name)) for name in ("ann", "ben"))
        yield Stage(env, world, bot, settings, guild, channel, ann, ben)


def parts(message: Any) -> list[dict[str, Any]]:
    """Every component of a message, from simcord's or discord.py's object."""
    components = message.components
    return list(walk(c if isinstance(c, dict) else c.to_dict() for c in components))


def text_of(message: Any) -> str:
    """All that a person reads in a message, without the buttons."""
    return "\n".join(part["content"] for part in parts(message) if part.get("type") == 10)


def buttons(message: Any) -> dict[str, dict[str, Any]]:
    return {part.get("label", ""): part for part in parts(message) if part.get("type") == 2}
