"""The demo's world: a server with three people in it, the real bot, and a Thingiverse beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
import simcord

import config
import log
from bot import open_bot
from demo.thingiverse import FakeThingiverse, draw
from storage.vault import new_key

WELCOME = """\
**Welcome to #prints.** Things to try, top to bottom:
1. `/popular`, then press **Like** on something. You are not linked yet, so that is where it starts.
2. **Authorize** opens the demo's Thingiverse in a new tab. Allow, copy the address, come back, **Paste**, **Confirm**.
3. `/search`, `/thing`, `/share`, `/top`. Post www.thingiverse.com/thing:1075 and see what comes under it.
4. `/likes`, `/account`, `/privacy`. Switch person above: *linda* is linked, and a moderator (`/settings`, `/doctor`);
*newton* is neither; *derek*'s link has died.
5. On the panel ({panel}) make Thingiverse slow, or take it down, and ask again."""


@dataclass(frozen=True)
class Demo:
    """What is on: the page's address, the Thingiverse beside it, and the channel with its people by name."""

    url: str
    world: FakeThingiverse
    preview: Any
    channel: Any
    people: dict[str, Any]


@asynccontextmanager
async def open_demo(folder: Path, *, port: int | None, site_port: int) -> AsyncGenerator[Demo]:
    """Everything built and shown; only addresses differ from the real thing. OSError where a port is taken."""
    log.configure("WARNING", "text", [])
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(FakeThingiverse(site_port))
        pictures = await asyncio.to_thread(_pictures, world)
        bot = await stack.enter_async_context(open_bot(_settings(world, folder)))
        env = simcord.Env(bot, shard_count=1, check_errors=False)
        env.backend.bot_user.name = "Thingamabot"
        await env.start()
        stack.push_async_callback(env.shutdown)
        channel, people = await _furnish(env, world)
        preview = env.preview(
            channel,
            viewers=list(people.values()),
            layout="channel",
            presentation_time=datetime.now(UTC),
            assets=pictures,
            port=port,
        )
        await stack.enter_async_context(preview)
        yield Demo(preview.url, world, preview, channel, people)


def _settings(world: FakeThingiverse, folder: Path) -> config.Settings:
    key = folder / "key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(new_key())
    return config.Settings.model_validate(
        {
            "discord_token": "none",
            "thingiverse_client_id": world.app.client_id,
            "thingiverse_app_token": world.app.app_token,
            "thingiverse_redirect_uri": world.app.redirect_uri,
            "thingiverse_app_approved": True,
            "thingiverse_api_url": world.api_url,
            "thingiverse_url": world.www_url,
            "thingiverse_timeout": 6.0,
            "previews": True,
            "token_keys": key.read_text(),
            "database_url": f"sqlite:///{folder / 'demo.db'}",
        }
    )


async def _furnish(env: Any, world: FakeThingiverse) -> tuple[Any, dict[str, Any]]:
    """A server, a channel with a welcome, and three people: linked, new, and with a dead link."""
    guild = env.create_guild(name="Layer Lines")
    channel = guild.create_text_channel("prints", topic="What we print, and what we would like to")
    moderators = guild.create_role("moderators", permissions=discord.Permissions(manage_guild=True))
    newton, derek = (guild.add_member(env.create_user(name)) for name in ("newton", "derek"))
    linda = guild.add_member(env.create_user("linda"), roles=[moderators])
    welcome = await linda.send(channel, WELCOME.format(panel=f"{world.www_url}/panel"))
    env.backend.set_pinned(channel.id, welcome.id, True, actor_id=env.backend.bot_user.id)
    await _link(env, world, channel, linda, "tobias.k")
    world.revoke(await _link(env, world, channel, derek, "kumiko"))
    panel = await linda.slash(channel, "settings")
    await linda.select(panel.response, [channel], custom_id="t1:choose:previewed")
    return channel, {"newton": newton, "linda": linda, "derek": derek}


async def _link(env: Any, world: FakeThingiverse, channel: Any, member: Any, maker: str) -> str:
    """As the person would: /link, Paste, Confirm."""
    token = world.token_for(maker)
    card = await member.slash(channel, "link")
    form = await member.click(card.response, label="Paste")
    asked = await member.submit_modal(form, {"pasted": f"{world.app.redirect_uri}#access_token={token}"})
    await member.click(asked.response, label="Confirm")
    return token


def _pictures(world: FakeThingiverse) -> dict[str, tuple[str, bytes]]:
    """Every picture the cards can show; the page fetches nothing from outside itself."""
    names = [str(thing.id) for thing in world.things.values() if "no_picture" not in thing.flags]
    names += [f"{name}-{view}" for name in names for view in (2, 3)]
    names += [f"maker-{maker.id}" for maker in world.people.values()]
    drawn = {name: draw.named(name, world.things) for name in names}
    found = {f"{world.www_url}/pictures/{name}.png": (f"{name}.png", png) for name, png in drawn.items() if png}
    stl = [thing.id for thing in world.things.values() if "stl_thumbnail" in thing.flags]
    return found | {
        f"{world.www_url}/pictures/{number}.stl": found[f"{world.www_url}/pictures/{number}.png"] for number in stl
    }
