"""Show thing and Like thing, on anyone's message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
import pytest

from cogs.messages import _things_in
from tests.stage import Stage, buttons, parts, text_of

GEARS, VASE, ADULT = 1038, 1001, 5002


@pytest.mark.parametrize(
    "content",
    [
        f"look: https://www.thingiverse.com/thing:{GEARS}",
        f"<https://thingiverse.com/thing:{GEARS}/files>",
        f"||https://www.thingiverse.com/thing:{GEARS}||",
        f"www.thingiverse.com/thing:{GEARS}, nice",
        f"`https://www.thingiverse.com/thing:{GEARS}` and https://www.thingiverse.com/someone",
    ],
)
async def test_show_thing_answers_in_private(stage: Stage, content: str) -> None:
    message = await stage.ben.send(stage.channel, content)
    shown = await stage.ann.context_menu(stage.channel, "Show thing", message)
    assert shown.ephemeral
    assert "Herringbone gear set" in text_of(shown.response)
    assert "Share here" in buttons(shown.response)


async def test_like_thing_likes_it_for_whoever_asks(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    message = await stage.ben.send(stage.channel, f"https://www.thingiverse.com/thing:{GEARS}")
    liked = await stage.ann.context_menu(stage.channel, "Like thing", message)
    assert "You liked **[Herringbone" in text_of(liked.response)
    assert stage.world.likes_of("mira") == {GEARS}


async def test_like_thing_begins_linking_where_there_is_no_link(stage: Stage) -> None:
    message = await stage.ben.send(stage.channel, f"https://www.thingiverse.com/thing:{GEARS}")
    asked = await stage.ann.context_menu(stage.channel, "Like thing", message)
    assert "Authorize" in buttons(asked.response)


@pytest.mark.parametrize("content", ["hello", "https://www.thingiverse.com/make:1", "https://evil.example/thing:5"])
@pytest.mark.parametrize("menu", ["Show thing", "Like thing"])
async def test_a_message_without_a_design(stage: Stage, content: str, menu: str) -> None:
    message = await stage.ben.send(stage.channel, content)
    result = await stage.ann.context_menu(stage.channel, menu, message)
    assert "doesn't have a link to a design" in text_of(result.response)


async def test_several_designs_are_offered(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "popular")
    stage.world.clear_requests()
    addresses = " ".join(f"https://www.thingiverse.com/thing:{n}" for n in (GEARS, VASE, 424242, GEARS))
    message = await stage.ben.send(stage.channel, addresses)
    shown = await stage.ann.context_menu(stage.channel, "Show thing", message)
    said = text_of(shown.response)
    assert "several designs" in said
    assert said.index("Herringbone") < said.index("Twisted vase") < said.index("424242")
    assert stage.world.count("GET", "/api/things/424242") == len(stage.world.requests), "only what was not known"
    assert len([p for p in parts(shown.response) if p.get("label") == "Details"]) == 3


async def test_of_many_designs_the_first_are_offered_and_it_says_so(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "popular")
    message = await stage.ben.send(
        stage.channel, " ".join(f"https://www.thingiverse.com/thing:{n}" for n in list(stage.world.things)[:6])
    )
    shown = await stage.ann.context_menu(stage.channel, "Show thing", message)
    assert len([p for p in parts(shown.response) if p.get("label") == "Details"]) == 4
    assert "These are the first 4." in text_of(shown.response)


async def test_our_own_cards_are_read_too(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    shared = stage.channel.last_message
    stored = stage.env.backend.get_message(stage.channel.id, shared.id)
    text = str(stored.components).replace(stage.world.www_url, "https://www.thingiverse.com")
    stored.components = eval(text)  # with URLs of the real site
    shown = await stage.ben.context_menu(stage.channel, "Show thing", shared)
    assert "Herringbone gear set" in text_of(shown.response)


NOTHING = {"mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "components": [], "content": ""}
SENT: dict[str, Any] = {
    "id": "9",
    "channel_id": "8",
    "author": {"id": "7", "username": "ben", "discriminator": "0", "avatar": None},
    "pinned": False,
    "mention_everyone": False,
    "tts": False,
    "type": 0,
    "timestamp": "2026-01-01T00:00:00+00:00",
    "edited_timestamp": None,
    **NOTHING,
}


def received(stage: Stage, **parts: Any) -> discord.Message:
    """A message as Discord sends it, with these fields."""
    channel: Any = discord.Object(8)
    data: Any = {**SENT, **parts}
    return discord.Message(state=stage.bot._connection, channel=channel, data=data)


URL = f"https://www.thingiverse.com/thing:{GEARS}"
SNAPSHOT = {"type": 0, "content": "", "embeds": [], "attachments": [], "timestamp": "2026-01-01T00:00:00+00:00"}
BUTTONS = [{"type": 1, "components": [{"type": 2, "style": 5, "label": "Open", "url": URL}]}]
EMBEDS = [
    {"url": URL, "title": "x"},
    {"description": f"[here]({URL})"},
    {"fields": [{"name": "Link", "value": f"[here]({URL})", "inline": True}]},
    {"author": {"name": "mira", "url": URL}},
    {"provider": {"name": "Thingiverse", "url": URL}},
]


@pytest.mark.parametrize(
    "parts",
    [
        *({"embeds": [{"type": "rich", **embed}]} for embed in EMBEDS),
        *(
            {"message_snapshots": [{"message": {**SNAPSHOT, "edited_timestamp": None, **part}}]}
            for part in ({"content": URL}, {"components": BUTTONS}, *({"embeds": [embed]} for embed in EMBEDS))
        ),
        {"components": BUTTONS},
    ],
)
async def test_every_part_that_discord_makes_a_link_of_is_read(stage: Stage, parts: dict[str, Any]) -> None:
    assert _things_in(received(stage, **parts)) == [GEARS]


@pytest.mark.parametrize(("type_", "found"), [(21, [GEARS]), (19, [])])
async def test_the_message_that_a_thread_is_about_is_read_as_the_threads_first(
    stage: Stage, type_: int, found: list[int]
) -> None:
    """A reply shows only a line of the message it's for."""
    about = {**SENT, "id": "6", "content": URL}
    reference = {"message_id": "6", "channel_id": "8", "type": 0}
    assert _things_in(received(stage, type=type_, message_reference=reference, referenced_message=about)) == found


@pytest.mark.parametrize("embed", [{"title": URL}, {"footer": {"text": URL}}, {"image": {"url": URL}}])
async def test_what_discord_shows_as_text_is_no_link(stage: Stage, embed: dict[str, Any]) -> None:
    assert _things_in(received(stage, embeds=[{"type": "rich", **embed}])) == []


async def test_an_adult_design_is_shown_only_where_it_may_be(stage: Stage, age_restrict: Callable[[Any], None]) -> None:
    message = await stage.ben.send(stage.channel, f"https://www.thingiverse.com/thing:{ADULT}")
    refused = await stage.ann.context_menu(stage.channel, "Show thing", message)
    assert "only show it in age-restricted channels" in text_of(refused.response)
    age_restrict(stage.channel)
    shown = await stage.ann.context_menu(stage.channel, "Show thing", message)
    assert "Figure study" in text_of(shown.response)
