"""/search and its filters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as given_each
from hypothesis import strategies as st

from cards.gallery import Position
from cards.searches import LICENSES, LONGEST_TERM, SORTS, WITHIN, Search
from errors import BotError
from tests.stage import Stage, text_of
from thingiverse.filters import Filters

filters = st.builds(
    Filters,
    sort=st.sampled_from(list(SORTS)),
    license=st.sampled_from(["", *LICENSES]),
    days=st.sampled_from([0, *WITHIN]),
    category=st.integers(0, 999),
    has_makes=st.booleans(),
    remixes=st.none() | st.booleans(),
)
terms = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=LONGEST_TERM)


@given_each(terms, filters, st.integers(0, 2**64 - 1), st.integers(1, 999), st.integers(0, 99))
def test_a_search_goes_into_a_button_and_comes_out_the_same(
    term: str, wanted: Filters, owner: int, page: int, offset: int
) -> None:
    search = Search(term, wanted)
    position = Position("search", page, offset, owner, subject=search.subject())
    assert position.fits()
    _, verb, *arguments = position.button_id().split(":", 5)
    assert Position.read(verb, *arguments) == position
    assert Search.read(position.subject) == search


@pytest.mark.parametrize("wanted", [{"sort": "nosuch"}, {"license": "nosuch"}, {"days": -5}])
def test_a_choice_that_never_was_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(BotError):
        Search("a", Filters(**wanted)).subject()


@given_each(st.text(max_size=60))
def test_a_changed_button_is_refused(subject: str) -> None:
    try:
        assert Search.read(subject).subject() == subject or Search.read(Search.read(subject).subject())
    except BotError as error:
        assert "no longer works" in error.sentence


def query(stage: Stage) -> dict[str, str]:
    return stage.world.requests[-1].query


@pytest.mark.parametrize(
    ("given", "sent", "said"),
    [
        ({"sort": "newest"}, {"sort": "newest"}, "Newest"),
        ({"license": "ccsa"}, {"license": "ccsa"}, "CC BY-SA"),
        ({"within": 30}, {"posted_after": "now-30d"}, "Past month"),
        ({"makes": True}, {"has_makes": "1"}, "With makes"),
        ({"remixes": 1}, {"is_derivative": "1"}, "Only remixes"),
        ({"remixes": 0}, {"is_derivative": "0"}, "No remixes"),
        ({"category": "62"}, {"category_id": "62"}, "Household"),
        ({"category": "household"}, {"category_id": "62"}, "Household"),
    ],
)
async def test_each_filter_is_sent_and_said(
    stage: Stage, given: dict[str, Any], sent: dict[str, str], said: str
) -> None:
    for thing in stage.world.things.values():
        thing.license = "Creative Commons - Attribution - Share Alike"
        thing.days_old = 3
    shown = await stage.ann.slash(stage.channel, "search", **given)
    assert sent.items() <= query(stage).items()
    assert said in text_of(shown.response)
    turned = await stage.ann.click(shown.response, label="Next") if "Page 1" in text_of(shown.response) else shown
    assert said in text_of(turned.response)


async def test_how_many_were_found_is_said(stage: Stage) -> None:
    shown = text_of((await stage.ann.slash(stage.channel, "search", text="gear")).response)
    assert "# Search: gear" in shown
    assert "designs found" in shown


async def test_nothing_found_is_told_to_the_asker_alone(stage: Stage) -> None:
    result = await stage.ann.slash(stage.channel, "search", text="no such thing")
    assert result.ephemeral
    assert "Try fewer words or filters" in text_of(result.response)


@pytest.mark.parametrize("text", ["a:b:c", "../..", "...", "%2e%2e", "**bold** @everyone", "日本語", "vase/../../x"])
async def test_any_words_are_searched_for_as_they_are(stage: Stage, text: str) -> None:
    result = await stage.ann.slash(stage.channel, "search", text=text)
    assert text_of(result.response)
    assert all(seen.path.startswith("/api/search/") for seen in stage.world.requests)
    assert "@everyone" not in text_of(result.response).replace(r"\@everyone", "")


async def test_categories_are_suggested_from_one_request_a_day(stage: Stage) -> None:
    for typed in ("h", "ho", "hou"):
        offered = await stage.ann.autocomplete(stage.channel, "search", "category", typed)
        assert {"name": "Household", "value": "62"} in offered
    assert stage.world.count("GET", "/api/categories") == 1


async def test_a_category_that_is_not_there_is_refused(stage: Stage) -> None:
    result = await stage.ann.slash(stage.channel, "search", category="Spaceships")
    assert "no category called Spaceships" in text_of(result.response)


async def test_without_the_categories_the_search_still_works(stage: Stage) -> None:
    stage.world.faults.set("500", match="GET /api/categories")
    assert await stage.ann.autocomplete(stage.channel, "search", "category", "h") == []
    shown = await stage.ann.slash(stage.channel, "search", text="gear")
    assert "Search: gear" in text_of(shown.response)


@pytest.mark.parametrize(
    "typed",
    [
        "https://www.thingiverse.com/thing:1038",
        "thing:1038",
        "see www.thingiverse.com/thing:1038",
        "x" * 20 + " https://www.thingiverse.com/thing:1038/comments#comment-12345",
    ],
)
async def test_a_link_in_a_search_shows_its_design(stage: Stage, typed: str) -> None:
    shown = await stage.ann.slash(stage.channel, "search", text=typed)
    assert "Herringbone gear set" in text_of(shown.response)
    assert not any("/search" in seen.path for seen in stage.world.requests)


async def test_a_link_to_something_else_says_what_it_is(stage: Stage) -> None:
    told = await stage.ann.slash(stage.channel, "search", text="https://www.printables.com/model/1")
    assert "isn't a Thingiverse link" in text_of(told.followups[0] if told.followups else told.response)


async def test_a_search_that_is_too_long_says_so(stage: Stage) -> None:
    told = await stage.ann.slash(stage.channel, "search", text="gear " * 30)
    assert "too long" in text_of(told.followups[0] if told.followups else told.response)
