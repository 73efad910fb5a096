"""Lists, makers, collections, and single designs, and how many requests they need."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.stage import Stage, buttons, open_stage, parts, text_of
from thingiverse.shelf import Shelf
from wiring.bot import open_bot

VASE, REMIX, GEARS = 1001, 1519, 1038


def asked(stage: Stage) -> list[str]:
    """The paths of requests to Thingiverse since the last call."""
    paths = [seen.path.removeprefix("/api/") for seen in stage.world.requests]
    stage.world.clear_requests()
    return paths


@pytest.mark.parametrize(
    ("command", "given", "heading", "path"),
    [
        ("newest", {}, "New on Thingiverse", "search/"),
        ("featured", {}, "Featured on Thingiverse", "search/"),
        ("popular", {}, "Popular on Thingiverse", "popular"),
        ("maker", {"maker": "mira"}, "[mira]", "users/mira/things"),
        ("search", {"text": "a"}, "Search: a", "search/a"),
    ],
)
async def test_a_page_costs_one_request_and_turning_it_none(
    stage: Stage, command: str, given: dict[str, Any], heading: str, path: str
) -> None:
    first = await stage.ann.slash(stage.channel, command, **given)
    assert heading in text_of(first.response)
    assert asked(stage) == [path]
    turned = await stage.ann.click(first.response, label="Next")
    assert "Page 2" in text_of(turned.response)
    assert asked(stage) == []


@pytest.mark.parametrize(
    ("command", "given"),
    [
        ("newest", {}),
        ("maker", {"maker": "https://www.thingiverse.com/mira/designs"}),
        ("collection", {"collection": "16001"}),
        ("search", {"text": "a", "sort": "makes", "within": 365}),
    ],
)
async def test_pages_turn_after_a_restart(stage: Stage, command: str, given: dict[str, Any]) -> None:
    stage.world.collections[16001].things = list(stage.world.things)[:12]
    first = await stage.ann.slash(stage.channel, command, **given)
    async with open_bot(stage.settings, patience=60.0) as restarted:
        await stage.env.restart_bot(restarted)
        turned = await stage.ann.click(first.response, label="Next")
        assert "Page 2" in text_of(turned.response)
        heading = text_of(first.response).splitlines()[0]
        assert text_of(turned.response).startswith(heading)


async def test_the_asker_hands_the_pages_over_and_keeps_them_again(stage: Stage) -> None:
    shown = (await stage.ann.slash(stage.channel, "newest")).response
    refused = await stage.ben.click(shown, label="Let everyone browse")
    assert refused.ephemeral
    assert f"<@{stage.ann.id}>" in text_of(refused.response)
    opened = await stage.ann.click(shown, label="Let everyone browse")
    turned = await stage.ben.click(opened.response, label="Next")
    assert not turned.ephemeral
    assert turned.response.id == shown.id
    kept = await stage.ann.click(turned.response, label="Only let me browse")
    copy = await stage.ben.click(kept.response, label="Next")
    assert copy.ephemeral
    assert "Let everyone browse" not in buttons(copy.response), "a copy is its owner's alone"


async def test_newest_first(stage: Stage) -> None:
    shown = text_of((await stage.ann.slash(stage.channel, "newest")).response)
    ages = [thing.days_old for thing in stage.world.things.values() if thing.name and thing.name in shown]
    assert min(ages) == min(thing.days_old for thing in stage.world.things.values())


async def test_a_maker_who_is_not_there_and_one_who_has_nothing(stage: Stage) -> None:
    unknown = await stage.ann.slash(stage.channel, "maker", maker="nobody-of-that-name")
    assert "couldn't find nobody-of-that-name" in text_of(unknown.response)
    assert unknown.ephemeral
    for thing in [t for t in stage.world.things.values() if t.maker == "gyro"]:
        del stage.world.things[thing.id]
    nothing = await stage.ann.slash(stage.channel, "maker", maker="gyro")
    assert "gyro hasn't published anything yet" in text_of(nothing.response)


@pytest.mark.parametrize("given", ["https://evil.example/mira", "thing:123", " ", "a b"])
async def test_what_is_no_maker_is_refused_in_words(stage: Stage, given: str) -> None:
    result = await stage.ann.slash(stage.channel, "maker", maker=given)
    assert "maker" in text_of(result.response) or "a Thingiverse link" in text_of(result.response)
    assert asked(stage) == []


async def test_makers_are_suggested_from_what_was_shown(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "popular")
    await stage.bot.store.designs.settle()
    asked(stage)
    offered = await stage.ann.autocomplete(stage.channel, "maker", "maker", "ku")
    assert offered == [{"name": "kumiko", "value": "kumiko"}]
    assert asked(stage) == []


async def test_a_collection_has_its_name_and_one_request_a_page(stage: Stage) -> None:
    address = "https://www.thingiverse.com/mira/collections/16001/things"
    first = await stage.ann.slash(stage.channel, "collection", collection=address)
    assert "Gears that teach" in text_of(first.response)
    assert "by mira" in text_of(first.response)
    assert sorted(asked(stage)) == ["collections/16001", "collections/16001/things"]
    empty = await stage.ann.slash(stage.channel, "collection", collection="16003")
    assert "collection is empty" in text_of(empty.response)
    missing = await stage.ann.slash(stage.channel, "collection", collection="999")
    assert "couldn't find that collection" in text_of(missing.response)


async def test_a_collection_is_shown_without_its_name_where_that_fails(stage: Stage) -> None:
    stage.world.faults.set("500", match="GET /api/collections/16001")
    shown = await stage.ann.slash(stage.channel, "collection", collection="16001")
    assert "#16001" in text_of(shown.response)
    assert "Herringbone" in text_of(shown.response)


async def test_the_full_card_says_all_there_is(stage: Stage) -> None:
    shown = await stage.ann.slash(stage.channel, "thing", thing=str(REMIX))
    said = text_of(shown.response)
    for expected in (
        "Hexagon drawer organizer",
        "by layer-cake",
        "226 makes · 1 remix · 1,864 downloads",
        "Published <t:",
        "**License:** BSD",
        "as long as you keep its copyright notice",
        "Prints without supports & without fuss.",
        "Infill: 15 %",
        "Remixed from **[Twisted vase No. 4]",
        "drawer · storage",
    ):
        assert expected in said
    assert "example.org" not in said
    pictures = next(part for part in parts(shown.response) if part.get("type") == 12)["items"]
    assert len(pictures) == 2
    assert [picture["description"] for picture in pictures] == [
        "Picture of Hexagon drawer organizer by layer-cake",
        "Picture 2 of Hexagon drawer organizer",
    ]
    assert sorted(asked(stage)) == [f"things/{REMIX}", f"things/{REMIX}/images"]


async def test_a_description_formats_nothing(stage: Stage) -> None:
    said = text_of((await stage.ann.slash(stage.channel, "thing", thing="5001")).response)
    assert r"\@everyone \*\*enjoy\*\* \`it\`" in said
    assert "alert(1)" not in said
    assert "\n# " not in said
    assert "\n> " not in said


async def test_a_card_goes_without_pictures_that_cannot_be_had(stage: Stage) -> None:
    stage.world.faults.set("500", match="GET /api/things/*/images")
    shown = await stage.ann.slash(stage.channel, "thing", thing=str(REMIX))
    assert "Hexagon drawer" in text_of(shown.response)


async def test_files_have_sizes_and_links_and_are_not_ours(stage: Stage) -> None:
    shown = await stage.ann.slash(stage.channel, "thing", thing=str(REMIX))
    files = await stage.ben.click(shown.response, label="Files")
    assert files.ephemeral
    assert "· 1.3 MB" in text_of(files.response)
    assert f"{stage.world.www_url}/download:15190" in text_of(files.response)
    assert buttons(files.response)["All files on Thingiverse"]["url"].endswith("/files")


async def test_remixes_and_what_it_came_from(stage: Stage) -> None:
    shown = await stage.ann.slash(stage.channel, "thing", thing=str(REMIX))
    asked(stage)
    similar = await stage.ann.click(shown.response, label="Remixes")
    assert "Twisted vase No. 4" in text_of(similar.response), "what it's based on"
    assert "Bag clip with a spring" in text_of(similar.response), "what came from it"
    assert asked(stage) == [f"things/{REMIX}/derivatives"]


async def test_more_of_its_maker(stage: Stage) -> None:
    shown = await stage.ann.slash(stage.channel, "thing", thing=str(VASE))
    more = await stage.ben.click(shown.response, label="More from this maker")
    assert more.ephemeral
    assert text_of(more.response).startswith("# [kumiko]")


@pytest.mark.parametrize("there", [True, False])
async def test_a_random_design_wherever_it_is_drawn(stage: Stage, there: bool) -> None:
    stage.world.settings.random_exists = there
    shown = await stage.ann.slash(stage.channel, "random")
    assert "Another" in buttons(shown.response)
    again = await stage.ann.click(shown.response, label="Another")
    assert text_of(again.response)
    assert stage.world.count("GET", "/api/things/0/random") == 1
    assert (stage.world.count("GET", "/api/search/") > 0) is not there


async def test_a_random_design_is_no_adult_one(stage: Stage, age_restrict: Callable[[Any], None]) -> None:
    for thing in stage.world.things.values():
        if thing.id != VASE:
            thing.like_count = 1
    stage.world.things[VASE].flags.add("nsfw")
    refused = await stage.ann.slash(stage.channel, "random")
    assert "only show it in age-restricted channels" in text_of(refused.response)
    restricted = stage.guild.create_text_channel("adults")
    age_restrict(restricted)
    assert "Twisted vase" in text_of((await stage.ann.slash(restricted, "random")).response)


async def test_a_thing_asked_for_by_fifty_is_fetched_once(stage: Stage) -> None:
    for _ in range(25):
        for member in (stage.ann, stage.ben):
            await member.slash(stage.channel, "thing", thing=str(VASE))
    assert stage.world.count("GET", f"/api/things/{VASE}") == 1
    assert stage.world.count("GET", f"/api/things/{VASE}/images") == 1


async def test_an_outage_shows_what_is_kept_and_says_so(world: Any, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(Shelf, "_is_fresh", lambda *_: False)
    async with open_stage(world, tmp_path) as stage:
        await stage.ann.slash(stage.channel, "newest")
        world.faults.set("500")
        shown = text_of((await stage.ann.slash(stage.channel, "newest")).response)
        assert "isn't responding right now" in shown
        assert "Twisted vase" in shown


@pytest.mark.parametrize(
    "fault", ["500", "html", "wrong_shape", "null", "cut", "429", "401", "empty_200", "broken_json"]
)
@pytest.mark.parametrize(
    ("command", "given"),
    [
        ("thing", {"thing": "1001"}),
        ("maker", {"maker": "mira"}),
        ("collection", {"collection": "16001"}),
        ("random", {}),
    ],
)
async def test_whatever_thingiverse_does_there_is_an_answer(
    stage: Stage, fault: str, command: str, given: dict[str, str]
) -> None:
    stage.world.faults.set(fault, match="* /api/*")
    assert text_of((await stage.ann.slash(stage.channel, command, **given)).response)


async def test_a_maker_whose_list_is_missing_but_who_is_there_has_published_nothing(stage: Stage) -> None:
    stage.world.faults.set("404_empty", match="GET /api/users/mira/things*")
    told = await stage.ann.slash(stage.channel, "maker", maker="mira")
    assert "hasn't published anything yet" in text_of(told.followups[0] if told.followups else told.response)
    stage.world.faults.clear()
    stage.world.faults.set("404_empty", match="GET /api/users/kumiko*")
    told = await stage.ann.slash(stage.channel, "maker", maker="kumiko")
    assert "couldn't find" in text_of(told.followups[0] if told.followups else told.response)


@pytest.mark.parametrize("fault", ["null", "null_hits", "400_no_results", "404_empty"])
@pytest.mark.parametrize("command", [("newest", {}), ("maker", {"maker": "mira"}), ("search", {"text": "gear"})])
async def test_no_list_for_the_first_page_does_not_replace_what_is_kept(
    world: Any, tmp_path: Any, monkeypatch: Any, fault: str, command: tuple[str, dict[str, str]]
) -> None:
    monkeypatch.setattr(Shelf, "_is_fresh", lambda *_: False)
    name, options = command
    async with open_stage(world, tmp_path) as stage:
        await stage.ann.slash(stage.channel, name, **options)
        world.faults.set(fault, match="GET /api/search*")
        world.faults.set(fault, match="GET /api/users/mira/things")
        shown = text_of((await stage.ann.slash(stage.channel, name, **options)).response)
        assert "saved copy" in shown
        assert "/thing:" in shown


async def test_a_missing_design_may_be_private_or_adult(stage: Stage) -> None:
    stage.world.faults.set("404_empty", match="GET /api/things/2751026*")
    told = await stage.ann.slash(stage.channel, "thing", thing="http://www.thingiverse.com/thing:2751026")
    said = text_of(told.followups[0] if told.followups else told.response)
    assert "private" in said
    assert "adult" in said


async def test_newest_shows_when_each_design_was_published(stage: Stage) -> None:
    shown = (await stage.ann.slash(stage.channel, "newest")).response
    designs = [part["content"] for part in parts(shown) if part["type"] == 10][1:]
    assert len(designs) == 4
    found = [re.search(r"^-# <t:([0-9]+):R>$", design, re.MULTILINE) for design in designs]
    dates = [int(each[1]) for each in found if each is not None]
    assert len(dates) == 4
    assert dates == sorted(dates, reverse=True)


async def test_a_collection_whose_list_is_missing_but_that_is_there_is_empty(stage: Stage) -> None:
    stage.world.faults.set("404_empty", match="GET /api/collections/16001/things*")
    told = await stage.ann.slash(stage.channel, "collection", collection="16001")
    assert "This collection is empty" in text_of(told.followups[0] if told.followups else told.response)


async def test_a_design_whose_files_are_missing_has_none(stage: Stage) -> None:
    stage.world.faults.set("404_empty", match="GET /api/things/1038/files*")
    card = await stage.ann.slash(stage.channel, "thing", thing="1038")
    told = await stage.ann.click(card.response, label="Files")
    assert "No files listed on Thingiverse" in text_of(told.response)


@pytest.mark.parametrize(
    ("command", "given", "said"),
    [
        ("newest", {}, "doesn't let me see that list"),
        ("search", {"text": "a"}, "doesn't let me see that list"),
        ("maker", {"maker": "mira"}, "doesn't let me see that list"),
        ("collection", {"collection": "16001"}, "couldn't find that collection"),
    ],
)
async def test_a_list_that_is_forbidden_is_not_called_a_design(
    stage: Stage, command: str, given: dict[str, Any], said: str
) -> None:
    stage.world.faults.set("403", match="GET /api/*")
    told = await stage.ann.slash(stage.channel, command, **given)
    assert said in text_of(told.followups[0] if told.followups else told.response)
