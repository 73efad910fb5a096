"""Previews of links people post."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from msgspec.structs import asdict

from actions.servers import DEFAULTS, Servers
from fakes.thingiverse import FakeThingiverse
from tests.stage import Stage, buttons, open_stage, parts, text_of
from wiring.bot import open_bot

GEARS, VASE, ADULT = 1038, 1001, 5002
Restrict = Callable[[Any], None]


def address(thing: int) -> str:
    return f"https://www.thingiverse.com/thing:{thing}"


async def decide(stage: Stage, **settings: Any) -> None:
    await Servers(stage.bot.store.community).change(stage.guild.id, **{**asdict(DEFAULTS), **settings})
    stage.bot.get_cog("previews")._servers._known.clear()


@pytest.fixture
async def previewing(world: FakeThingiverse, tmp_path: Any) -> AsyncGenerator[Stage]:
    async with open_stage(world, tmp_path, previews=True) as stage:
        await decide(stage, previewed=(stage.channel.id,))
        yield stage


def cards(stage: Stage, channel: Any = None) -> list[Any]:
    """The bot's messages in the channel, oldest first."""
    bot = stage.env.backend.bot_user.id
    return [message for message in (channel or stage.channel).history() if message.author.id == bot]


async def test_a_posted_address_gets_a_card_under_it(previewing: Stage) -> None:
    posted = await previewing.ann.send(previewing.channel, f"look {address(GEARS)}")
    (card,) = cards(previewing)
    assert card.reference.message_id == posted.id
    assert "Herringbone gear set" in text_of(card)
    assert {"Like · 4,741", "Save", "Details", "Open", "Remove"} == set(buttons(card))
    sent = next(r.json for r in previewing.env.http_requests if r.path.endswith(f"{previewing.channel.id}/messages"))
    assert sent["allowed_mentions"]["replied_user"] is False
    assert previewing.world.count("GET", f"/api/things/{GEARS}") == 1


async def test_nothing_happens_until_it_is_switched_on(world: FakeThingiverse, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, previews=True) as stage:
        await stage.ann.send(stage.channel, address(GEARS))
        other = stage.guild.create_text_channel("other")
        await decide(stage, previewed=(other.id,))
        await stage.ann.send(stage.channel, address(GEARS))
        assert cards(stage) == []
        assert world.requests == []


async def test_without_the_setting_the_bot_does_not_ask_to_read_messages(stage: Stage) -> None:
    await decide(stage, previewed=(stage.channel.id,))
    await stage.ann.send(stage.channel, address(GEARS))
    assert not stage.bot.intents.message_content
    assert cards(stage) == []


@pytest.mark.parametrize("content", ["<{}>", "`{}`", "```\n{}\n```", "nothing", "https://www.thingiverse.com/mira"])
async def test_no_card_for_what_discord_shows_no_link_for(previewing: Stage, content: str) -> None:
    await previewing.ann.send(previewing.channel, content.format(address(GEARS)))
    assert cards(previewing) == []


async def test_under_a_spoiler_the_card_is_one(previewing: Stage) -> None:
    await previewing.ann.send(previewing.channel, f"||{address(GEARS)}||")
    (card,) = cards(previewing)
    assert next(part for part in parts(card) if part["type"] == 17)["spoiler"] is True


async def test_one_card_a_message_and_none_for_what_was_shown_lately(previewing: Stage) -> None:
    await previewing.ann.send(previewing.channel, f"{address(GEARS)} {address(VASE)}")
    await previewing.ben.send(previewing.channel, address(GEARS))
    (card,) = cards(previewing)
    assert "Herringbone" in text_of(card)
    assert "Twisted" not in text_of(card)


async def test_a_burst_of_posts_is_no_burst_of_requests(previewing: Stage) -> None:
    for thing in list(previewing.world.things)[:20]:
        await previewing.ann.send(previewing.channel, address(thing))
    assert len(cards(previewing)) == 5
    assert len([r for r in previewing.world.requests if r.path.startswith("/api/things/")]) <= 5


async def test_who_does_not_want_it_is_left_alone(previewing: Stage) -> None:
    said = await previewing.ann.slash(previewing.channel, "ignore-me")
    assert said.ephemeral
    assert "won't get previews anymore" in text_of(said.response)
    await previewing.ann.send(previewing.channel, address(GEARS))
    assert not [card for card in cards(previewing) if "Herringbone" in text_of(card)]
    again = await previewing.ann.slash(previewing.channel, "ignore-me")
    assert "can get previews again" in text_of(again.response)
    await previewing.ann.send(previewing.channel, address(GEARS))
    assert [card for card in cards(previewing) if "Herringbone" in text_of(card)]


async def test_it_goes_when_the_message_goes(previewing: Stage) -> None:
    posted = await previewing.ann.send(previewing.channel, address(GEARS))
    assert cards(previewing)
    await previewing.ann.delete(posted)
    assert cards(previewing) == []


async def test_it_goes_also_after_a_restart(previewing: Stage) -> None:
    posted = await previewing.ann.send(previewing.channel, address(GEARS))
    async with open_bot(previewing.settings, patience=60.0) as restarted:
        await previewing.env.restart_bot(restarted)
        await previewing.ann.delete(posted)
        assert cards(previewing) == []


async def test_it_goes_when_an_edit_takes_the_address_away(previewing: Stage) -> None:
    posted = await previewing.ann.send(previewing.channel, address(GEARS))
    await previewing.ann.edit(posted, f"{address(GEARS)} and more")
    assert len(cards(previewing)) == 1
    await previewing.ann.edit(posted, "never mind")
    assert cards(previewing) == []


async def test_its_author_can_remove_it_and_others_cannot(previewing: Stage) -> None:
    await previewing.ann.send(previewing.channel, address(GEARS))
    (card,) = cards(previewing)
    refused = await previewing.ben.click(card, label="Remove")
    assert "Only the person who posted the link" in text_of(refused.response)
    removed = await previewing.ann.click(card, label="Remove")
    assert removed.ephemeral
    assert not [left for left in cards(previewing) if left.id == card.id]


async def test_adult_designs_only_where_they_may_be_shown(previewing: Stage, age_restrict: Restrict) -> None:
    await previewing.ann.send(previewing.channel, address(ADULT))
    assert cards(previewing) == []
    restricted = previewing.guild.create_text_channel("adults")
    age_restrict(restricted)
    await decide(previewing, previewed=(restricted.id,))
    await previewing.ann.send(restricted, address(ADULT))
    assert len(cards(previewing, restricted)) == 1
    await decide(previewing, previewed=(restricted.id,), adult="never")
    previewing.bot.get_cog("previews")._previews._shown.clear()
    await previewing.ann.send(restricted, address(ADULT))
    assert len(cards(previewing, restricted)) == 1


async def test_threads_follow_their_channel(previewing: Stage) -> None:
    thread = previewing.env.backend.create_thread(previewing.channel.id, "a thread", previewing.ann.id)
    handle = type(previewing.channel)(previewing.env, previewing.guild, thread)
    await previewing.ann.send(handle, address(GEARS))
    assert len(cards(previewing, handle)) == 1


async def test_where_it_may_not_post_it_does_not_try_again(previewing: Stage) -> None:
    path = f"/channels/{previewing.channel.id}/messages"
    previewing.env.inject_error("POST", path, status=403, code=50013, times=None)
    for thing in (GEARS, VASE, 1075):
        await previewing.ann.send(previewing.channel, address(thing))
    assert len([r for r in previewing.env.http_requests if (r.method, r.path) == ("POST", path)]) == 1


@pytest.mark.parametrize("fault", ["500", "404_empty", "403", "html", "wrong_shape", "429", "401"])
async def test_where_thingiverse_fails_nothing_is_said(previewing: Stage, fault: str) -> None:
    previewing.world.faults.set(fault, match="* /api/*")
    await previewing.ann.send(previewing.channel, address(GEARS))
    assert cards(previewing) == []


async def test_it_speaks_the_servers_language(previewing: Stage) -> None:
    await decide(previewing, previewed=(previewing.channel.id,), language="de")
    await previewing.ann.send(previewing.channel, address(GEARS))
    (card,) = cards(previewing)
    german = previewing.bot.desk.texts.language("de")
    assert german.say("Remove") in buttons(card)
