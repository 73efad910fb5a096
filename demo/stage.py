"""The demo: a server with three people, the real bot, and the fake Thingiverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import discord

import log
from demo.screen import Screen, View, open_screen
from demo.switch import DM, PRINTS, Switch, open_switch
from fakes.simulated import SimulatedDiscord
from fakes.thingiverse import FakeThingiverse, draw
from settings import Settings
from storage.vault import new_key
from thingiverse.shelf import Shelf
from wiring.bot import open_bot
from wiring.services import open_feeds

FEED_EVERY = 2  # seconds
COMING = 8  # designs that may be published; their pictures have to be there before

WELCOME = """\
**Welcome to #prints.** Things to try, in order:
1. Run `/popular` and press **Like** on something. You haven't linked an account yet, so that comes first.
2. **Authorize** opens the demo's Thingiverse. Press Allow, copy the link, come back, **Paste link**, **Confirm**.
Or do it where it's quietest, in newton's DM: {dm}
3. Try `/search`, `/thing`, `/share`, and `/top`. Post www.thingiverse.com/thing:1075 to see its preview.
4. `/likes`, `/account`, `/privacy`. Switch people above: *linda* is a linked moderator (`/settings`, `/doctor`);
*newton* is neither; *derek*'s link no longer works.
5. On the control panel ({panel}), press **Publish a design**: it comes here by itself. `/feeds` shows why. Slow
Thingiverse down or take it offline, then try again."""


@dataclass(frozen=True)
class Demo:
    """The demo's URL, its Thingiverse, what the browser shows, and the channel with its people by name."""

    url: str
    world: FakeThingiverse
    screen: Screen
    channel: Any
    people: dict[str, Any]


@asynccontextmanager
async def open_demo(folder: Path, *, port: int | None, site_port: int, switch_port: int) -> AsyncGenerator[Demo]:
    """Build and show everything. Only URLs differ from a real setup. Raises OSError if a port is in use."""
    log.configure("WARNING", "text", [])
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(FakeThingiverse(site_port))
        switch = await stack.enter_async_context(open_switch(switch_port))
        pictures = asyncio.create_task(asyncio.to_thread(_pictures, world))  # takes a few seconds
        shelf = Shelf()
        world.when_mood_changes = shelf.expire  # kept pages would hide it for minutes
        bot = await stack.enter_async_context(open_bot(_settings(world, folder), shelf=shelf))
        env = SimulatedDiscord(bot, shard_count=1, check_errors=False)
        env.backend.bot_user.name = "Thingamabot"
        await env.start()
        stack.push_async_callback(env.shutdown)
        channel, people = await _set_up(env, world, switch)
        newton = people["newton"].user
        await _follow(channel, people)
        await stack.enter_async_context(open_feeds(bot))
        views = {PRINTS: View(channel, list(people.values())), DM: View(newton.dm_channel, [newton])}
        screen = await stack.enter_async_context(open_screen(env, views, await pictures, port))
        switch.connect(screen)
        yield Demo(switch.url, world, screen, channel, people)


def _settings(world: FakeThingiverse, folder: Path) -> Settings:
    key = folder / "key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(new_key())
    return Settings.model_validate(
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
            "feed_every": FEED_EVERY,
            "token_keys": key.read_text(),
            "database_url": f"sqlite:///{folder / 'demo.db'}",
        }
    )


async def _set_up(env: Any, world: FakeThingiverse, switch: Switch) -> tuple[Any, dict[str, Any]]:
    """Create a server, a channel with a welcome message, and three people: linked, new, and with a dead link."""
    guild = env.create_guild(name="Layer Lines")
    channel = guild.create_text_channel("prints", topic="What we're printing, and what's next")
    moderators = guild.create_role("moderators", permissions=discord.Permissions(manage_guild=True))
    newton, derek = (guild.add_member(env.create_user(name)) for name in ("newton", "derek"))
    linda = guild.add_member(env.create_user("linda"), roles=[moderators])
    welcome = await linda.send(channel, WELCOME.format(panel=f"{world.www_url}/panel", dm=switch.link(DM)))
    env.backend.set_pinned(channel.id, welcome.id, True, actor_id=env.backend.bot_user.id)
    await _link(env, world, channel, linda, "tobias.k")
    world.revoke(await _link(env, world, channel, derek, "kumiko"))
    panel = await linda.slash(channel, "settings")
    await linda.select(panel.response, [channel], custom_id="t1:choose:previewed")
    await newton.send_dm(f"Hi. (Back to #prints: {switch.link(PRINTS)})")
    return channel, {"newton": newton, "linda": linda, "derek": derek}


async def _follow(channel: Any, people: dict[str, Any]) -> None:
    """A feed of the channel, and one of newton's own."""
    await people["linda"].slash(channel, "follow", tag="vase")
    await people["newton"].user.slash("follow", tag="vase")


async def _link(env: Any, world: FakeThingiverse, channel: Any, member: Any, maker: str) -> str:
    """Link like a person: /link, Paste link, Confirm."""
    token = world.token_for(maker)
    card = await member.slash(channel, "link")
    form = await member.click(card.response, label="Paste link")
    asked = await member.submit_modal(form, {"pasted": f"{world.app.redirect_uri}#access_token={token}"})
    await member.click(asked.response, label="Confirm")
    return token


def _pictures(world: FakeThingiverse) -> dict[str, tuple[str, bytes]]:
    """All pictures the cards can show, because the page can't load them from elsewhere; also those of new designs."""
    newest = max(world.things)
    vase = next(thing for thing in world.things.values() if thing.shape == "vase")
    coming = {number: replace(vase, id=number) for number in range(newest + 1, newest + 1 + COMING)}
    things = {**world.things, **coming}
    names = [str(thing.id) for thing in things.values() if "no_picture" not in thing.flags]
    names += [f"{name}-{view}" for name in names for view in (2, 3)]
    names += [f"maker-{maker.id}" for maker in world.people.values()]
    drawn = {name: draw.named(name, things) for name in names}
    found = {f"{world.www_url}/pictures/{name}.png": (f"{name}.png", png) for name, png in drawn.items() if png}
    stl = [thing.id for thing in world.things.values() if "stl_thumbnail" in thing.flags]
    return found | {
        f"{world.www_url}/pictures/{number}.stl": found[f"{world.www_url}/pictures/{number}.png"] for number in stl
    }
