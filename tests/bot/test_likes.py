"""Like and unlike in the chat, and check the result on Thingiverse."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.stage import Stage, buttons, open_stage, parts, text_of
from wiring.bot import open_bot

GEARS = 1038
MINE = 5008


async def test_like_by_number_answers_in_private_with_the_card(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    result = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert result.ephemeral
    assert "You liked **[Herringbone gear set]" in text_of(result.response)
    assert "As @mira" in text_of(result.response)
    assert "Undo" in buttons(result.response)
    assert stage.world.likes_of("mira") == {GEARS}


@pytest.mark.parametrize(
    "given",
    ["1038", "thing:1038", "https://www.thingiverse.com/thing:1038", "<http://thingiverse.com/thing:1038/files#x>"],
)
async def test_a_design_can_be_given_in_many_ways(stage: Stage, given: str) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing=given)
    assert stage.world.likes_of("mira") == {GEARS}


async def test_suggestions_come_from_what_was_shown_and_cost_nothing(stage: Stage) -> None:
    assert await stage.ann.autocomplete(stage.channel, "like", "thing", "gear") == []
    await stage.ann.slash(stage.channel, "popular")
    stage.world.clear_requests()
    offered = await stage.ann.autocomplete(stage.channel, "like", "thing", "gear set")
    assert offered == [{"name": "Herringbone gear set — tobias.k", "value": "1038"}]
    everything = await stage.ann.autocomplete(stage.channel, "like", "thing", "")
    assert len(everything) == 25
    assert not any("Figure study" in choice["name"] for choice in everything), "nothing adult"
    assert all(1 <= len(choice["name"]) <= 100 for choice in everything)
    assert stage.world.requests == []


async def test_unlike_suggests_what_one_has_liked(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert await stage.ann.autocomplete(stage.channel, "unlike", "thing", "herring") == [
        {"name": "Herringbone gear set", "value": "1038"}
    ]
    assert await stage.ben.autocomplete(stage.channel, "unlike", "thing", "") == []


@pytest.mark.parametrize("again", ["ok", "400", "409"])
async def test_liking_twice_is_no_error(stage: Stage, again: str) -> None:
    stage.world.settings.double_like = again
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    twice = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert "You already like" in text_of(twice.response)
    assert "Unlike" in buttons(twice.response)
    assert stage.world.things[GEARS].like_count == 4742


@pytest.mark.parametrize("again", ["400", "409"])
async def test_what_was_liked_on_the_site_is_already_liked(stage: Stage, again: str) -> None:
    stage.world.settings.double_like = again
    await stage.link(stage.ann, "mira")
    stage.world.like("mira", GEARS)
    result = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert "You already like" in text_of(result.response)


@pytest.mark.parametrize("again", ["ok", "400", "404"])
async def test_unliking_what_one_does_not_like_is_no_error(stage: Stage, again: str) -> None:
    stage.world.settings.unlike_unliked = again
    await stage.link(stage.ann, "mira")
    result = await stage.ann.slash(stage.channel, "unlike", thing=str(GEARS))
    assert "nothing to undo" in text_of(result.response)
    assert stage.world.count("DELETE", f"/api/things/{GEARS}/likes") == 0, "it looked first"


async def test_a_like_that_was_taken_back_on_the_site_can_be_given_again(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    stage.world.unlike("mira", GEARS)
    again = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert "You like" in text_of(again.response)
    assert stage.world.likes_of("mira") == {GEARS}


async def test_undo_and_undo_again(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    liked = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    undone = await stage.ann.click(liked.response, label="Undo")
    assert undone.response.id == liked.response.id
    assert "You unliked" in text_of(undone.response)
    assert stage.world.likes_of("mira") == set()
    await stage.ann.click(undone.response, label="Undo")
    assert stage.world.likes_of("mira") == {GEARS}


async def test_ones_own_design_is_said_kindly(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    result = await stage.ann.slash(stage.channel, "like", thing=str(MINE))
    assert "is your own design" in text_of(result.response)


async def test_a_like_costs_one_request_where_the_design_is_known(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "popular")
    stage.world.clear_requests()
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert [(seen.method, seen.path) for seen in stage.world.requests] == [("POST", f"/api/things/{GEARS}/likes")]


async def test_the_button_acts_for_whoever_presses(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.link(stage.ben, "kumiko")
    card = await stage.ann.slash(stage.channel, "popular")
    pressed = await stage.ben.click(card.response, custom_id=f"t1:like:{GEARS}")
    assert pressed.ephemeral
    assert "As @kumiko" in text_of(pressed.response)
    assert stage.world.likes_of("kumiko") == {GEARS}
    assert stage.world.likes_of("mira") == set()


async def test_the_public_count_follows_without_an_edit_for_each_press(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.link(stage.ben, "kumiko")
    card = await stage.ann.slash(stage.channel, "popular")
    await stage.ann.click(card.response, custom_id=f"t1:like:{GEARS}")
    label = next(part["label"] for part in parts(card.response) if part.get("custom_id") == f"t1:like:{GEARS}")
    assert label == "Like · 4,742"
    assert text_of(card.response).count("](") == 4, "nothing else on the card has changed"
    edits = [r for r in stage.env.http_requests if r.method == "PATCH" and f"/messages/{card.response.id}" in r.path]
    await stage.ben.click(card.response, custom_id=f"t1:like:{GEARS}")
    await stage.ben.click(card.response, custom_id="t1:like:1075")
    after = [r for r in stage.env.http_requests if r.method == "PATCH" and f"/messages/{card.response.id}" in r.path]
    assert len(after) - len(edits) <= 1


async def test_pressing_unlinked_begins_linking_and_then_likes(stage: Stage) -> None:
    card = await stage.ann.slash(stage.channel, "popular")
    pressed = await stage.ann.click(card.response, custom_id=f"t1:like:{GEARS}")
    assert pressed.ephemeral
    assert "haven't linked a Thingiverse account yet" in text_of(pressed.response)
    assert "I'll like **Herringbone gear set** for you" in text_of(pressed.response)
    fresh = await stage.ann.click(pressed.response, label="New link")
    assert "Herringbone gear set" in text_of(fresh.response), "a fresh link remembers the wish"
    asked = await stage.submit(stage.ann, fresh.response, stage.world.token_for("mira"))
    done = await stage.ann.click(asked.response, label="Confirm")
    assert "You're linked" in text_of(done.response)
    assert "You liked **[Herringbone gear set]" in text_of(done.response)
    assert stage.world.likes_of("mira") == {GEARS}


async def test_a_wish_that_cannot_be_fulfilled_does_not_hide_the_link(stage: Stage) -> None:
    pressed = await stage.ann.slash(stage.channel, "like", thing=str(MINE))
    asked = await stage.submit(stage.ann, pressed.response, stage.world.token_for("mira"))
    done = await stage.ann.click(asked.response, label="Confirm")
    assert "You're linked" in text_of(done.response)
    assert "is your own design" in text_of(done.response)


async def test_a_week_old_card_still_works_after_a_restart(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    card = await stage.ann.slash(stage.channel, "popular")
    async with open_bot(stage.settings, patience=60.0) as restarted:
        await stage.env.restart_bot(restarted)
        await stage.env.advance_time(7 * 24 * 3600)
        pressed = await stage.ann.click(card.response, custom_id=f"t1:like:{GEARS}")
        assert "You like" in text_of(pressed.response)


async def test_likes_shows_them_newest_first_with_unlike_on_each(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    stage.world.like("mira", 1075)
    stage.world.like("mira", GEARS)
    result = await stage.ann.slash(stage.channel, "likes")
    assert result.ephemeral
    shown = text_of(result.response)
    assert shown.index("Herringbone") < shown.index("Honeycomb")
    assert sum(part.get("label") == "Unlike" for part in parts(result.response)) == 2


async def test_unlike_in_the_list_changes_only_its_button_and_back(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    stage.world.like("mira", 1075)
    stage.world.like("mira", GEARS)
    shown = await stage.ann.slash(stage.channel, "likes")
    flipped = await stage.ann.click(shown.response, custom_id=f"t1:flip:{GEARS}:0")
    assert stage.world.likes_of("mira") == {1075}
    assert "Like again" in buttons(flipped.response)
    assert text_of(flipped.response) == text_of(shown.response)
    await stage.ann.click(flipped.response, label="Like again")
    assert stage.world.likes_of("mira") == {1075, GEARS}


async def test_likes_has_pages(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    for thing_id in [thing.id for thing in stage.world.things.values() if thing.maker != "mira"][:40]:
        if "private" not in stage.world.things[thing_id].flags:
            stage.world.like("mira", thing_id)
    shown = (await stage.ann.slash(stage.channel, "likes")).response
    pages = 1
    while not buttons(shown)["Next"].get("disabled"):
        shown = (await stage.ann.click(shown, label="Next")).response
        pages += 1
    assert pages == 10, "all are full but the last"


async def test_likes_without_any_and_without_a_link(stage: Stage) -> None:
    assert "haven't linked" in text_of((await stage.ann.slash(stage.channel, "likes")).response)
    await stage.link(stage.ann, "mira")
    assert "haven't liked anything yet" in text_of((await stage.ann.slash(stage.channel, "likes")).response)


async def test_likes_answered_404_are_none(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    stage.world.faults.set("404_empty", match="GET /api/users/*/likes*")
    assert "haven't liked anything yet" in text_of((await stage.ann.slash(stage.channel, "likes")).response)


async def test_likes_falls_back_on_the_accounts_name(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    stage.world.like("mira", GEARS)
    stage.world.faults.set("404_empty", match="GET /api/users/me/likes")
    assert "Herringbone" in text_of((await stage.ann.slash(stage.channel, "likes")).response)
    assert stage.world.count("GET", "/api/users/mira/likes") == 1


async def test_an_adult_design_is_liked_but_not_shown_elsewhere(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    result = await stage.ann.slash(stage.channel, "like", thing="5002")
    assert stage.world.likes_of("mira") == {5002}
    assert "marked as adult" in text_of(result.response)
    assert "Figure" not in str(result.response.components)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://www.thingiverse.com/make:282174", "link to a make"),
        ("https://www.thingiverse.com/download:123", "link to a file download"),
        ("https://www.thingiverse.com/mira", "a maker's page"),
        ("https://www.thingiverse.com/mira/collections/1/things", "collection"),
        ("https://www.thingiverse.com.evil.example/thing:1", "isn't a Thingiverse link"),
        ("https://thingiverse.com@evil.example/thing:1", "isn't a Thingiverse link"),
        ("https://thіngiverse.com/thing:1", "isn't a Thingiverse link"),
        ("1" * 40, "too long for a Thingiverse design"),
        ("0", "couldn't find a design"),
        ("a nice vase", "couldn't find a design"),
        ("x" * 600, "too long"),
        ("   ", "Which design?"),
        ("999999", "couldn't find that design"),
        ("5006", "private or was taken down"),
    ],
)
async def test_whatever_is_given_gets_a_clear_sentence(stage: Stage, given: str, said: str) -> None:
    await stage.link(stage.ann, "mira")
    refused = await stage.ann.slash(stage.channel, "like", thing=given)
    assert refused.ephemeral
    assert said in text_of(refused.response)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("401", "no longer accepts your link"),
        ("403", "private or was taken down"),
        ("429", "is limiting my requests"),
        ("500", "isn't responding"),
        ("502_login", "isn't responding"),
        ("html", "isn't responding"),
        ("html_403", "isn't responding"),
        ("cut", "isn't responding"),
        ("robots", "isn't responding"),
    ],
)
async def test_every_way_a_like_can_fail_ends_in_a_sentence(stage: Stage, fault: str, said: str) -> None:
    await stage.link(stage.ann, "mira")
    stage.world.faults.set(fault, match="* /api/things/*")
    refused = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert said in text_of(refused.response)
    assert stage.world.likes_of("mira") == set()
    posts = stage.world.count("POST", f"/api/things/{GEARS}/likes")
    assert posts == 1, "a like is never sent twice"


async def test_a_like_that_is_done_is_said_to_be_even_if_thingiverse_fails_right_after(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    stage.world.faults.set("500", match="GET /api/things/*")
    result = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert "You liked **[#1038]" in text_of(result.response)
    assert stage.world.likes_of("mira") == {GEARS}
    assert [like.thing for like in await stage.bot.store.likes_of(stage.ann.id)] == [GEARS]


@pytest.mark.parametrize("fault", ["empty_200", "null", "broken_json", "wrong_shape"])
async def test_any_2xx_is_success(stage: Stage, fault: str) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "popular")
    stage.world.faults.set(fault, match="POST /api/things/*")
    assert "You like" in text_of((await stage.ann.slash(stage.channel, "like", thing=str(GEARS))).response)


async def test_a_like_is_recorded_and_goes_with_the_unlike(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    (like,) = await stage.bot.store.likes_of(stage.ann.id)
    assert (like.thing, like.name, like.guild) == (GEARS, "Herringbone gear set", stage.guild.id)
    await stage.ann.slash(stage.channel, "unlike", thing=str(GEARS))
    assert await stage.bot.store.likes_of(stage.ann.id) == []


async def test_deferred_likes_answer_alike(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, patience=0) as stage:
        await stage.link(stage.ann, "mira")
        liked = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
        assert liked.ephemeral
        undone = await stage.ann.click(liked.response, label="Undo")
        assert "You unliked" in text_of(undone.response)
        world.faults.set("500", match="* /api/things/*")
        failed = await stage.ann.click(undone.response, label="Undo")
        assert "isn't responding" in text_of(failed.followups[0])
        assert failed.followups[0].ephemeral
        assert "You unliked" in text_of(undone.response), "the card stays as it was"


async def test_no_card_is_updated_after_the_connection_closed(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    shown = await stage.ann.slash(stage.channel, "popular")
    await stage.ann.click(shown.response, label=next(label for label in buttons(shown.response) if "Like" in label))

    def updating() -> list[str]:
        return [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("refresh ")]

    assert updating(), "it waits for more presses"
    await stage.bot.close()
    assert not updating()
