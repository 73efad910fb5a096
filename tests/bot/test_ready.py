"""Answers from Discord's payload alone: exactly what the ordinary way says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.stage import Stage, buttons, parts, text_of


@pytest.fixture
def sent(stage: Stage) -> list[bytes]:
    """What goes out without discord.py."""
    bodies: list[bytes] = []
    answer = stage.bot.callbacks.answer

    async def noting(interaction: int, token: str, body: bytes, **options: Any) -> None:
        bodies.append(body)
        await answer(interaction, token, body, **options)

    stage.bot.callbacks.answer = noting
    return bodies


def servers_of(stage: Stage) -> Any:
    cog: Any = stage.bot.get_cog("settings")
    return cog._servers


def shown(result: Any) -> tuple[object, ...]:
    ids = [part.get("custom_id", part.get("url")) for part in parts(result.response)]
    return text_of(result.response), ids, result.ephemeral


@pytest.mark.parametrize("command", ["popular", "newest", "featured", "help"])
async def test_what_is_ready_is_the_same_as_the_ordinary_answer(stage: Stage, sent: list[bytes], command: str) -> None:
    await stage.ann.slash(stage.channel, command)
    before = len(sent)
    ready = await stage.ann.slash(stage.channel, command)
    assert len(sent) == before + 1
    stage.bot.desk.ready._known.clear()
    ordinary = await stage.ann.slash(stage.channel, command)
    assert len(sent) == before + 1
    assert shown(ready) == shown(ordinary)


async def test_a_ready_page_belongs_to_whoever_asked(stage: Stage, sent: list[bytes]) -> None:
    await stage.ann.slash(stage.channel, "popular")
    ready = await stage.ben.slash(stage.channel, "popular")
    assert len(sent) == 1
    assert f":{stage.ben.id:x}:" in buttons(ready.response)["Next"]["custom_id"]
    turned = await stage.ben.click(ready.response, label="Next")
    assert "Page 2" in text_of(turned.response)


async def test_in_a_quiet_channel_nothing_public_is_ready(stage: Stage, sent: list[bytes]) -> None:
    await stage.ann.slash(stage.channel, "popular")
    await servers_of(stage).change(stage.guild.id, quiet=(stage.channel.id,))
    answered = await stage.ann.slash(stage.channel, "popular")
    assert answered.ephemeral
    assert sent == []


async def test_in_another_language_the_page_is_made_first(stage: Stage, sent: list[bytes]) -> None:
    await stage.ann.slash(stage.channel, "popular")
    await servers_of(stage).change(stage.guild.id, language="de")
    german = await stage.ann.slash(stage.channel, "popular")
    assert sent == []
    assert shown(await stage.ann.slash(stage.channel, "popular")) == shown(german)
    assert len(sent) == 1


async def test_in_an_age_restricted_channel_another_page_is_ready(
    stage: Stage, sent: list[bytes], age_restrict: Callable[[Any], None]
) -> None:
    await stage.ann.slash(stage.channel, "popular")
    restricted = stage.guild.create_text_channel("adults")
    age_restrict(restricted)
    first = await stage.ann.slash(restricted, "popular")
    assert sent == []
    assert shown(await stage.ann.slash(restricted, "popular")) == shown(first)
    assert len(sent) == 1


async def test_suggestions_that_are_known_are_the_same_as_the_ordinary_ones(stage: Stage, sent: list[bytes]) -> None:
    await stage.ann.slash(stage.channel, "popular")
    first = [await stage.ann.autocomplete(stage.channel, "like", "thing", typed) for typed in ("gear", "")]
    before = len(sent)
    ready = [await stage.ann.autocomplete(stage.channel, "like", "thing", typed) for typed in ("gear", "")]
    assert len(sent) == before + 2
    stage.bot.desk.ready._known.clear()
    ordinary = [await stage.ann.autocomplete(stage.channel, "like", "thing", typed) for typed in ("gear", "")]
    assert first == ready == ordinary
    assert all(ready)
