"""/search and its filters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as given_each
from hypothesis import strategies as st

from errors import BotError
from tests.stage import Stage, text_of
from thingiverse.models import Filters
from ui.gallery import Place
from ui.searching import LICENCES, LONGEST_TERM, SORTS, WITHIN, Search

filters = st.builds(
    Filters,
    sort=st.sampled_from(list(SORTS)),
    license=st.sampled_from(["", *LICENCES]),
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
    place = Place("search", page, offset, owner, subject=search.subject())
    assert place.fits()
    _, verb, *arguments = place.button_id().split(":", 5)
    assert Place.read(verb, *arguments) == place
    assert Search.read(place.subject) == search


@given_each(st.text(max_size=60))
def test_a_changed_button_is_refused(subject: str) -> None:
    try:
        assert Search.read(subject).subject() == subject or Search.read(Search.read(subject).subject())
    except BotError as error:
        assert "damaged" in error.sentence


def query(stage: Stage) -> dict[str, str]:
    return stage.world.requests[-1].query


@pytest.mark.parametrize(
    ("given", "sent", "said"),
    [
        ({"sort": "newest"}, {"sort": "newest"}, "newest"),
        ({"licence": "ccsa"}, {"license": "ccsa"}, "CC BY-SA"),
        ({"within": 30}, {"posted_after": "now-30d"}, "in the last month"),
        ({"makes": True}, {"has_makes": "1"}, "with makes"),
        ({"remixes": 1}, {"is_derivative": "1"}, "only remixes"),
        ({"remixes": 0}, {"is_derivative": "0"}, "no remixes"),
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
    assert "Fewer words or fewer filters" in text_of(result.response)


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
    assert "no category Spaceships" in text_of(result.response)


async def test_without_the_categories_the_search_still_works(stage: Stage) -> None:
    stage.world.faults.set("500", match="GET /api/categories")
    assert await stage.ann.autocomplete(stage.channel, "search", "category", "h") == []
    shown = await stage.ann.slash(stage.channel, "search", text="gear")
    assert "Search: gear" in text_of(shown.response)
