"""/popular, its pages, and its cards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cards.components import walk
from tests.stage import Stage, buttons, open_stage, parts, text_of
from wiring.bot import open_bot

Restrict = Callable[[Any], None]


async def test_a_page_shows_four_designs_with_all_that_is_promised(stage: Stage) -> None:
    result = await stage.ann.slash(stage.channel, "popular")
    assert not result.ephemeral
    shown = text_of(result.response)
    assert shown.count("](") == 4
    assert "by tobias.k" in shown
    assert "304 makes" in shown
    labels = [part.get("label") for part in parts(result.response) if part.get("type") == 2]
    assert sum(label.startswith("Like") for label in labels) == 4
    assert labels.count("Details") == labels.count("Open") == 4
    pictures = [part for part in parts(result.response) if part.get("type") == 11]
    assert len(pictures) == 4
    assert pictures[0]["description"] == "Picture of Twisted vase No. 4 by kumiko"
    assert len(parts(result.response)) <= 40


async def test_it_needs_no_account_and_one_request(stage: Stage) -> None:
    for member in (stage.ann, stage.ben):
        await member.slash(stage.channel, "popular")
    assert stage.world.count("GET", "/api/popular") == 1
    assert stage.world.requests[0].owner == stage.world.app.owner, "asked with the app's token"


async def test_the_askers_press_turns_the_page_for_all(stage: Stage) -> None:
    first = await stage.ann.slash(stage.channel, "popular")
    turned = await stage.ann.click(first.response, label="Next")
    assert turned.response.id == first.response.id
    assert "Page 2" in text_of(turned.response)
    back = await stage.ann.click(turned.response, label="Back")
    assert text_of(back.response) == text_of(first.response)


async def test_somebody_elses_press_gives_them_a_copy(stage: Stage) -> None:
    first = await stage.ann.slash(stage.channel, "popular")
    before = text_of(first.response)
    copy = await stage.ben.click(first.response, label="Next")
    assert copy.ephemeral
    assert "Page 2" in text_of(copy.response)
    assert text_of(first.response) == before
    onward = await stage.ben.click(copy.response, label="Next")
    assert onward.response.id == copy.response.id, "their own copy turns in place"


async def test_pages_run_from_one_list_of_thingiverses_to_the_next_and_back(stage: Stage) -> None:
    shown = (await stage.ann.slash(stage.channel, "popular")).response
    seen: list[str] = []
    for _ in range(20):
        seen.append(text_of(shown))
        if buttons(shown)["Next"].get("disabled"):
            break
        shown = (await stage.ann.click(shown, label="Next")).response
    assert len(seen) == len(set(seen)) == 16, "no page twice, and all there are"
    for expected in reversed(seen[:-1]):
        shown = (await stage.ann.click(shown, label="Back")).response
        assert text_of(shown) == expected
    assert stage.world.count("GET", "/api/popular") == 3


async def test_pages_survive_a_server_that_ignores_the_length_asked_for(world: Any, tmp_path: Any) -> None:
    world.settings.per_page_ignored = True
    async with open_stage(world, tmp_path) as stage:
        shown = (await stage.ann.slash(stage.channel, "popular")).response
        for _ in range(8):
            shown = (await stage.ann.click(shown, label="Next")).response
        assert text_of(shown).count("](") >= 1


async def test_buttons_work_after_a_restart(stage: Stage) -> None:
    first = await stage.ann.slash(stage.channel, "popular")
    async with open_bot(stage.settings, patience=60.0) as restarted:
        await stage.env.restart_bot(restarted)
        turned = await stage.ann.click(first.response, label="Next")
        assert "Page 2" in text_of(turned.response)


async def test_where_popular_is_gone_the_search_takes_over(stage: Stage) -> None:
    stage.world.settings.popular_exists = False
    shown = text_of((await stage.ann.slash(stage.channel, "popular")).response)
    assert "Twisted vase" in shown
    assert stage.world.count("GET", "/api/search/") == 1


@pytest.mark.parametrize("source", ["popular", "search"])
async def test_a_setting_chooses_the_source(world: Any, tmp_path: Any, source: str) -> None:
    async with open_stage(world, tmp_path, thingiverse_popular=source) as stage:
        await stage.ann.slash(stage.channel, "popular")
        assert world.count("GET", "/api/popular") == int(source == "popular")
        assert world.count("GET", "/api/search/") == int(source == "search")


async def test_adult_designs_show_only_in_age_restricted_channels(stage: Stage, age_restrict: Restrict) -> None:
    hidden = await stage.ann.slash(stage.channel, "popular")
    assert "1 adult design is hidden" in text_of(hidden.response)
    restricted = stage.guild.create_text_channel("adults")
    age_restrict(restricted)
    everything = (await stage.ann.slash(restricted, "popular")).response
    assert "hidden" not in text_of(everything)
    assert await _page_with(stage, everything, "t1:thing:5002")


@pytest.mark.parametrize("restricted", [False, True])
async def test_a_thread_is_as_restricted_as_its_parent(stage: Stage, age_restrict: Restrict, restricted: bool) -> None:
    parent = stage.guild.create_text_channel("parent")
    if restricted:
        age_restrict(parent)
    thread = stage.env.backend.create_thread(parent.id, "a thread", stage.ann.id)
    shown = await stage.ann.slash(type(parent)(stage.env, stage.guild, thread), "popular")
    assert ("hidden" in text_of(shown.response)) is not restricted
    await stage.ann.slash(type(parent)(stage.env, stage.guild, thread), "popular")
    asked = [r for r in stage.env.http_requests if r.method == "GET" and r.path == f"/channels/{parent.id}"]
    assert len(asked) == 1, "the parent is asked for once in a while"


async def test_details_show_one_design_in_private(stage: Stage) -> None:
    result = await stage.ann.slash(stage.channel, "popular")
    details = next(part for part in parts(result.response) if part.get("custom_id") == "t1:thing:1038")
    shown = await stage.ben.click(result.response, custom_id=details["custom_id"])
    assert shown.ephemeral
    assert "**License:** CC BY" in text_of(shown.response), "lists don't have the license"
    assert any(part.get("type") == 12 for part in parts(shown.response)), "a large picture"


async def _page_with(stage: Stage, shown: Any, custom_id: str) -> Any:
    """The first page of a gallery that has the button."""
    while not any(part.get("custom_id") == custom_id for part in parts(shown)):
        shown = (await stage.ann.click(shown, label="Next")).response
    return shown


async def test_an_adult_design_has_no_details_elsewhere(stage: Stage, age_restrict: Restrict) -> None:
    restricted = stage.guild.create_text_channel("adults")
    age_restrict(restricted)
    shown = (await stage.ann.slash(restricted, "popular")).response
    shown = await _page_with(stage, shown, "t1:thing:5002")
    details = await stage.ann.click(shown, custom_id="t1:thing:5002")
    assert "Figure study" in text_of(details.response)
    elsewhere = (await stage.ann.slash(stage.channel, "popular")).response
    stored = stage.env.backend.get_message(elsewhere.channel_id, elsewhere.id)
    next(part for part in walk(stored.components) if part["type"] == 1)["components"][1]["custom_id"] = "t1:thing:5002"
    refused = await stage.ann.click(elsewhere, custom_id="t1:thing:5002")
    assert "only show it in age-restricted channels" in text_of(refused.response)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("401", "tell the people who run this bot"),
        ("403", "doesn't let me see that list"),
        ("404_empty", "Nothing to show right now"),
        ("400_no_results", "Nothing to show right now"),
        ("429", "is limiting my requests"),
        ("500", "isn't responding"),
        ("502_login", "isn't responding"),
        ("html", "isn't responding"),
        ("html_403", "isn't responding"),
        ("null", "Nothing to show right now"),
        ("null_hits", "Nothing to show right now"),
        ("wrong_shape", "reply I don't understand"),
        ("empty_200", "reply I don't understand"),
        ("broken_json", "reference"),
        ("cut", "isn't responding"),
        ("huge", "isn't responding"),
    ],
)
async def test_every_way_to_fail_ends_in_a_sentence(stage: Stage, fault: str, said: str) -> None:
    stage.world.faults.set(fault, match="* /api/*")
    result = await stage.ann.slash(stage.channel, "popular")
    assert said in text_of(result.response)


async def test_odd_names_break_nothing(world: Any, tmp_path: Any) -> None:
    for odd in [thing for thing in list(world.things) if thing < 5000]:
        del world.things[odd]
    async with open_stage(world, tmp_path) as stage:
        shown = text_of((await stage.ann.slash(stage.channel, "popular")).response)
        assert r"\*\*Bold\*\* \_claims\_" in shown
        assert r"\@everyone" in shown
        assert "\u2068אגרטל" in shown
        more = text_of((await stage.ann.click(stage.channel.last_message, label="Next")).response)
        assert "Untitled design" in more


@pytest.mark.parametrize(
    "odd",
    [
        {"creator": None},
        {"like_count": None, "make_count": None},
        {"thumbnail": None, "preview_image": None},
        {"thumbnail": "javascript:alert(1)", "preview_image": ""},
        {"name": None},
        {"tags": None},
        {"is_ai": 1, "is_nsfw": 0},
        {"creator": {"id": "7", "name": "x" * 500}},
        {"public_url": "https://evil.example/phish"},
    ],
)
async def test_a_thing_that_lacks_what_it_should_have_is_shown(world: Any, tmp_path: Any, odd: dict[str, Any]) -> None:
    world.things.clear()
    world.add_thing(77, **odd)
    world.add_thing(78)
    async with open_stage(world, tmp_path) as stage:
        shown = await stage.ann.slash(stage.channel, "popular")
        assert "Odd 78" in text_of(shown.response)
        assert "evil.example" not in str(shown.response.components)
        assert (await stage.ann.click(shown.response, custom_id="t1:thing:77")).response is not None


async def test_a_deferred_answer_looks_the_same(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, patience=0) as stage:
        first = await stage.ann.slash(stage.channel, "popular")
        assert [r.json["type"] for r in stage.env.http_requests if r.path.endswith("/callback")] == [5]
        turned = await stage.ann.click(first.response, label="Next")
        assert "Page 2" in text_of(turned.response)
        copy = await stage.ben.click(first.response, label="Next")
        assert copy.ephemeral


async def test_cards_leave_nothing_in_memory(stage: Stage) -> None:
    shown = (await stage.ann.slash(stage.channel, "popular")).response
    for _ in range(3):
        await stage.ann.click(shown, label="Next")
    await stage.ann.slash(stage.channel, "link")
    assert list(stage.bot.persistent_views) == []
    assert not stage.bot._connection._view_store._views


@pytest.mark.parametrize("custom_id", ["t0:like:1", "t1:nonsense:1", "t1:like", "t1:like:abc", "t1:popular:1:2", "x"])
async def test_a_button_from_another_time_is_answered_politely(stage: Stage, custom_id: str) -> None:
    shown = (await stage.ann.slash(stage.channel, "popular")).response
    stored = stage.env.backend.get_message(shown.channel_id, shown.id)
    next(part for part in walk(stored.components) if part["type"] == 1)["components"][0]["custom_id"] = custom_id
    result = await stage.ann.click(shown, custom_id=custom_id)
    assert "Run the command again" in text_of(result.response)
