"""What people do and read on the fake Discord, for tests that run the bot as a process."""

from __future__ import annotations

from typing import Any

from cards.components import walk
from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.waiting import until

GEARS = 1038  # the fake Thingiverse's most popular design


def text_of(message: Any) -> str:
    return "\n".join(part["content"] for part in walk(message["components"]) if part["type"] == 10)


def ids(message: Any) -> list[str]:
    return [part["custom_id"] for part in walk(message["components"]) if "custom_id" in part]


def label_of(message: Any, custom_id: str) -> str:
    return next(part["label"] for part in walk(message["components"]) if part.get("custom_id") == custom_id)


async def start_linking(discord: FakeDiscord, person: Any) -> None:
    """Use /link, and wait until its card is in the DM, too, so that it isn't taken for a later reply."""
    before = len(discord.dms(person))
    await discord.slash(person, "link")
    await until(lambda: len(discord.dms(person)) > before)


async def link_by_dm(
    discord: FakeDiscord, world: FakeThingiverse, person: Any, maker: str = "mira", *, coded: bool = False
) -> str:
    """Link with a token, or if `coded`, with a code for a bot with a client secret. Returns the token."""
    await start_linking(discord, person)
    if coded:
        before = set(world.tokens)
        said = await discord.dm(person, f"{world.app.redirect_uri}?code={world.code_for(maker)}")
        (token,) = set(world.tokens) - before
    else:
        token = world.token_for(maker)
        said = await discord.dm(person, f"{world.app.redirect_uri}#access_token={token}")
    assert "Is this you?" in text_of(said.answers[0]), text_of(said.answers[0])
    confirm = next(custom_id for custom_id in ids(said.answers[0]) if "confirm" in custom_id)
    done = await discord.click(person, said.answers[0], confirm)
    assert "You're linked" in text_of(done.message or done.edits[-1])
    return token
