"""The real bot with simcord, a fake Thingiverse, and SQLite."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cards.components import walk
from fakes.simulated import SimulatedDiscord
from fakes.thingiverse import FakeThingiverse
from operations import housekeeping
from operations.client import Thingamabot
from settings import Settings
from storage import write_behind
from storage.vault import new_key
from tests.databases import up_to_date
from thingiverse.transport import Transport
from wiring.bot import open_bot

# Seconds. simcord also waits for timers that are due by then, such as those of idle connections (15 seconds).
SETTLED = 0.5


def settings_for(world: FakeThingiverse, folder: Path, **given: Any) -> Settings:
    values = {
        "discord_token": "discord.canary.token",
        "thingiverse_client_id": world.app.client_id,
        "thingiverse_app_token": world.app.app_token,
        "thingiverse_redirect_uri": world.app.redirect_uri,
        "thingiverse_api_url": world.api_url,
        "thingiverse_url": world.www_url,
        "thingiverse_timeout": 20.0,
        "token_keys": new_key(),
        "database_url": up_to_date(folder / "bot.db"),
        **given,
    }
    return Settings.model_validate(values)


@dataclass
class Stage:
    """The bot, its people, and its channels, for tests."""

    env: Any
    world: FakeThingiverse
    bot: Thingamabot
    settings: Settings
    guild: Any
    channel: Any
    ann: Any  # a member who isn't linked
    ben: Any  # another one

    async def link(self, member: Any, maker: str) -> str:
        """Link the member with all steps. Returns the token."""
        await member.slash(self.channel, "link")
        if self.settings.thingiverse_client_secret is None:
            answer = f"#access_token={self.world.token_for(maker)}"
        else:
            answer = f"?code={self.world.code_for(maker)}"
        pasted = await self.paste(member, f"{self.world.app.redirect_uri}{answer}")
        await member.click(pasted.response, label="Confirm")
        return [token for token, known in self.world.tokens.items() if known.maker == maker and not known.is_app][-1]

    async def unlink(self, member: Any) -> Any:
        """Unlink the member with /unlink and its confirmation."""
        asked = await member.slash(self.channel, "unlink")
        return await member.click(asked.response, label="Unlink")

    async def paste(self, member: Any, address: str) -> Any:
        """Paste into the form of a new link card."""
        card = await member.slash(self.channel, "account")
        fresh = (
            await member.click(card.response, label="Link my account")
            if "Link my account" in buttons(card.response)
            else None
        )
        shown = fresh or card
        if "Paste link" not in buttons(shown.response):
            shown = await member.click(shown.response, label="Switch account")
        return await self.submit(member, shown.response, address)

    async def submit(self, member: Any, card: Any, address: str) -> Any:
        form = await member.click(card, label="Paste link")
        return await member.submit_modal(form, {"pasted": address})


@asynccontextmanager
async def open_stage(
    world: FakeThingiverse, folder: Path, *, patience: float = 60.0, **given: Any
) -> AsyncGenerator[Stage]:
    """With `patience` 0, every reply is deferred first.

    In simcord, no timer runs during a request, so tests of timeouts are in tests/wire. After a request, it waits up to
    SETTLED seconds until nothing is left to do, so delayed records are written by then.
    """
    settings = settings_for(world, folder, **given)
    async with AsyncExitStack() as stack:
        stack.enter_context(patch.object(write_behind, "PAUSE", 0.005))
        stack.enter_context(patch.dict(Transport.__init__.__kwdefaults__, first_pause=0.005))
        stack.enter_context(patch.object(housekeeping, "FIRST_ROUND", 3600.0))  # housekeeping isn't tested here
        bot = await stack.enter_async_context(open_bot(settings, patience=patience))
        env = SimulatedDiscord(bot, shard_count=1, settle_timeout=SETTLED)
        await env.start()
        stack.push_async_callback(env.shutdown)
        guild = env.create_guild()
        channel = guild.create_text_channel("prints")
        ann, ben = (guild.add_member(env.create_user(name)) for name in ("ann", "ben"))
        yield Stage(env, world, bot, settings, guild, channel, ann, ben)


def parts(message: Any) -> list[dict[str, Any]]:
    """Every component of a message object of simcord or discord.py."""
    components = message.components
    return list(walk(c if isinstance(c, dict) else c.to_dict() for c in components))


def text_of(message: Any) -> str:
    """The text of a message, without its buttons."""
    return "\n".join(part["content"] for part in parts(message) if part.get("type") == 10)


def buttons(message: Any) -> dict[str, dict[str, Any]]:
    return {part.get("label", ""): part for part in parts(message) if part.get("type") == 2}
