"""People's makes of a design, from its card."""

from __future__ import annotations

import pytest

from tests.limits import check_limits
from tests.stage import Stage, buttons, parts, text_of

GEARS = 1038
ADULT = 5002


async def open_makes(stage: Stage, thing: int = GEARS):
    card = await stage.ann.slash(stage.channel, "thing", thing=str(thing))
    return await stage.ann.click(card.response, label="Makes")


async def test_makes_have_pictures_links_and_pages(stage: Stage) -> None:
    shown = await open_makes(stage)
    assert shown.ephemeral
    said = text_of(shown.response)
    assert "## Makes of **[Herringbone gear set]" in said
    assert f"{stage.world.www_url}/make:{GEARS * 100}" in said
    assert "70 makes" in said
    assert [part["type"] for part in parts(shown.response)].count(11) == 4, "one has no picture"
    assert buttons(shown.response)["Back"]["disabled"]
    seen = said
    for page in range(2, 15):
        assert not buttons(shown.response)["Next"].get("disabled")
        shown = await stage.ann.click(shown.response, label="Next")
        check_limits(shown.response.components)
        assert f"Page {page}" in buttons(shown.response)
        seen += text_of(shown.response)
    assert buttons(shown.response)["Next"]["disabled"]
    assert sum(f"make:{make.id})" in seen for make in stage.world.makes[GEARS]) == 69, "all but the unchecked one"
    back = await stage.ann.click(shown.response, label="Back")
    assert "Page 13" in buttons(back.response)


async def test_three_pages_of_the_list_cost_one_request(stage: Stage) -> None:
    shown = await open_makes(stage)
    for _ in range(3):
        shown = await stage.ann.click(shown.response, label="Next")
    assert stage.world.count("GET", f"/api/things/{GEARS}/copies") == 1


async def test_what_strangers_write_formats_nothing(stage: Stage) -> None:
    said = text_of((await open_makes(stage)).response)
    assert "**look**" not in said
    assert "\\@everyone" in said
    assert said.count("@everyone") == said.count("\\@everyone")


@pytest.mark.parametrize("empty", ["404", "400", "empty"])
async def test_without_makes_it_says_so(stage: Stage, empty: str) -> None:
    stage.world.settings.past_the_end = empty  # pyright: ignore[reportAttributeAccessIssue]
    stage.world.makes[GEARS] = []
    shown = await open_makes(stage)
    assert "Nobody has posted a make of **[Herringbone" in text_of(shown.response)


async def test_a_design_without_makes_has_no_such_button(stage: Stage) -> None:
    stage.world.things[GEARS].make_count = 0
    card = await stage.ann.slash(stage.channel, "thing", thing=str(GEARS))
    assert "Makes" not in buttons(card.response)


async def test_makes_of_an_adult_design_are_not_shown_everywhere(stage: Stage) -> None:
    reply = await stage.ann.slash(stage.channel, "popular")
    assert reply.response is not None
    card = await stage.ann.slash(stage.channel, "thing", thing=str(GEARS))
    stage.world.things[GEARS].flags.add("nsfw")
    await stage.bot.get_cog("browse")._catalog._shelf.forget(f"thing:{GEARS}")
    refused = await stage.ann.click(card.response, label="Makes")
    assert "age-restricted" in text_of(refused.response)


@pytest.mark.parametrize("fault", ["500", "html", "null", "wrong_shape", "429", "broken_json"])
async def test_a_failing_thingiverse_is_told_in_a_sentence(stage: Stage, fault: str) -> None:
    card = await stage.ann.slash(stage.channel, "thing", thing=str(GEARS))
    stage.world.faults.set(fault, match="GET /api/things/*/copies")
    shown = await stage.ann.click(card.response, label="Makes")
    assert text_of(shown.response)
    assert "Traceback" not in text_of(shown.response)
