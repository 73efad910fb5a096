"""/top and /who-likes: what a server likes, and who shows their name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from records import Like
from tests.stage import Stage, buttons, text_of

GEARS, VASE, ADULT = 1038, 1001, 5002


async def like(stage: Stage, member: Any, thing: int) -> None:
    await member.slash(stage.channel, "like", thing=str(thing))


async def both_linked(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.link(stage.ben, "bricole")


async def test_what_is_liked_here_stands_in_the_order_of_people(stage: Stage) -> None:
    await both_linked(stage)
    await like(stage, stage.ann, VASE)
    await like(stage, stage.ann, GEARS)
    await like(stage, stage.ben, GEARS)
    stage.world.clear_requests()
    shown = await stage.ann.slash(stage.channel, "top")
    said = text_of(shown.response)
    assert "This server's favorites" in said
    assert said.index("Herringbone") < said.index("Twisted vase")
    assert "Liked by **2 people** here" in said
    assert "Liked by **1 person** here" in said
    assert not shown.ephemeral
    assert stage.world.requests == [], "it costs Thingiverse nothing"


async def test_counting_stops_with_the_unlike_and_with_the_link(stage: Stage) -> None:
    await both_linked(stage)
    for member in (stage.ann, stage.ben):
        await like(stage, member, GEARS)
    await stage.ann.slash(stage.channel, "unlike", thing=str(GEARS))
    assert "**1 person**" in text_of((await stage.ann.slash(stage.channel, "top")).response)
    await stage.unlink(stage.ben)
    assert "Nobody here has liked anything" in text_of((await stage.ann.slash(stage.channel, "top")).response)


async def test_other_servers_and_dms_do_not_count(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.env.get_user(stage.ann.id).slash("like", thing=str(VASE)) if hasattr(stage.env, "get_user") else None
    other = stage.env.create_guild(name="Other")
    channel = other.create_text_channel("prints")
    cleo = other.add_member(stage.env.create_user("cleo"))
    await like(stage, stage.ann, GEARS)
    assert "Nobody here has liked anything" in text_of((await cleo.slash(channel, "top")).response)


async def test_liking_again_elsewhere_does_not_move_the_count(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await like(stage, stage.ann, GEARS)
    recorded = (await stage.bot.store.likes_of(stage.ann.id))[0]
    await like(stage, stage.ann, GEARS)
    assert (await stage.bot.store.likes_of(stage.ann.id))[0] == recorded


async def test_by_week_month_and_ever(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "popular")
    for days, thing in ((1, GEARS), (20, VASE), (300, 1075)):
        moment = datetime.now(UTC) - timedelta(days=days)
        stage.bot.store.note_like(Like(stage.ann.id, thing, f"thing {thing}", stage.guild.id, moment))
    counts = []
    for period in ("week", "month", "all"):
        counts.append(text_of((await stage.ann.slash(stage.channel, "top", period=period)).response).count("]("))
    assert counts == [1, 2, 3]


async def test_pages_of_the_top_turn(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "popular")
    for thing in range(1, 40):
        stage.bot.store.note_like(Like(stage.ann.id, thing, f"thing {thing}", stage.guild.id, datetime.now(UTC)))
    shown = (await stage.ann.slash(stage.channel, "top")).response
    seen = [text_of(shown)]
    while not buttons(shown)["Next"].get("disabled"):
        shown = (await stage.ann.click(shown, label="Next")).response
        seen.append(text_of(shown))
    assert len(seen) == 10, "all are full but the last"
    assert sum(said.count("](") for said in seen) == 39


async def test_the_name_of_an_adult_design_that_was_liked_in_private_is_not_shown(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await like(stage, stage.ann, ADULT)
    said = text_of((await stage.ann.slash(stage.channel, "top")).response)
    assert "Figure study" not in said
    assert f"#{ADULT}" in said


async def test_adult_designs_are_left_out(stage: Stage, age_restrict: Callable[[Any], None]) -> None:
    await stage.link(stage.ann, "mira")
    restricted = stage.guild.create_text_channel("adults")
    age_restrict(restricted)
    await stage.ann.slash(restricted, "thing", thing=str(ADULT))
    await like(stage, stage.ann, ADULT)
    assert "1 adult design is hidden" in text_of((await stage.ann.slash(stage.channel, "top")).response)
    assert "Figure study" in text_of((await stage.ann.slash(restricted, "top")).response)


async def test_who_likes_it_names_only_those_who_want_it(stage: Stage) -> None:
    await both_linked(stage)
    await stage.ann.slash(stage.channel, "popular")
    for member in (stage.ann, stage.ben):
        await like(stage, member, GEARS)
    shown = await stage.ann.slash(stage.channel, "who-likes", thing=str(GEARS))
    assert shown.ephemeral
    assert "**2 people** here liked **[Herringbone" in text_of(shown.response)
    assert f"<@{stage.ben.id}>" not in text_of(shown.response)
    own = await stage.ben.slash(stage.channel, "who-likes", thing=str(GEARS))
    changed = await stage.ben.click(own.response, label="Show my name")
    assert f"<@{stage.ben.id}>" in text_of(changed.response)
    assert f"<@{stage.ann.id}>" not in text_of(changed.response)
    hidden = await stage.ben.click(changed.response, label="Hide my name")
    assert f"<@{stage.ben.id}>" not in text_of(hidden.response)


async def test_nobody_likes_it_yet(stage: Stage) -> None:
    shown = await stage.ann.slash(stage.channel, "who-likes", thing=str(GEARS))
    assert "**0 people** here liked #1038" in text_of(shown.response)
