"""Show thing and Like thing, on anybody's message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

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
    assert "You like **[Herringbone" in text_of(liked.response)
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
    assert "no design's address in that message" in text_of(result.response)


async def test_several_designs_are_offered(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "popular")
    stage.world.clear_requests()
    addresses = " ".join(f"https://www.thingiverse.com/thing:{n}" for n in (GEARS, VASE, 424242, GEARS))
    message = await stage.ben.send(stage.channel, addresses)
    shown = await stage.ann.context_menu(stage.channel, "Show thing", message)
    said = text_of(shown.response)
    assert "several designs" in said
    assert said.index("Herringbone") < said.index("Twisted vase") < said.index("424242")
    assert stage.world.requests == []
    assert len([p for p in parts(shown.response) if p.get("label") == "Details"]) == 3


async def test_our_own_cards_are_read_too(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    shared = stage.channel.last_message
    stored = stage.env.backend.get_message(stage.channel.id, shared.id)
    text = str(stored.components).replace(stage.world.www_url, "https://www.thingiverse.com")
    stored.components = eval(text)  # the addresses of the real site
    shown = await stage.ben.context_menu(stage.channel, "Show thing", shared)
    assert "Herringbone gear set" in text_of(shown.response)


async def test_an_adult_design_is_shown_only_where_it_may_be(stage: Stage, age_restrict: Callable[[Any], None]) -> None:
    message = await stage.ben.send(stage.channel, f"https://www.thingiverse.com/thing:{ADULT}")
    refused = await stage.ann.context_menu(stage.channel, "Show thing", message)
    assert "only in age-restricted channels" in text_of(refused.response)
    age_restrict(stage.channel)
    shown = await stage.ann.context_menu(stage.channel, "Show thing", message)
    assert "Figure study" in text_of(shown.response)
