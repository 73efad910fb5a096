"""The bot does only what a person pressed for, up to the limit, and lists it with Undo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stage import Stage, buttons, open_stage, parts, text_of

GEARS, HONEYCOMB = 1038, 1075
ACTING = {"like", "flip", "undo", "set", "paste", "unlink", "save_new"}


def writes(stage: Stage) -> list[tuple[str, str]]:
    return [(seen.method, seen.path) for seen in stage.world.requests if seen.method in {"POST", "DELETE", "PUT"}]


def harmless(card: Any, pressed: set[str]) -> Iterator[dict[str, Any]]:
    """Buttons that don't like or unlike anything, and weren't pressed yet."""
    for label, button in buttons(card).items():
        verb = button.get("custom_id", "::").split(":")[1]
        if verb and verb not in ACTING and label not in pressed and not button.get("disabled"):
            yield button


async def done(stage: Stage, member: Any) -> Any:
    account = await member.slash(stage.channel, "account")
    return await member.click(account.response, label="Activity")


async def test_account_lists_what_was_done_in_ones_name_and_undoes_it(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    await stage.ann.slash(stage.channel, "like", thing=str(HONEYCOMB))
    shown = await done(stage, stage.ann)
    assert shown.ephemeral
    said = text_of(shown.response)
    assert said.index("Honeycomb") < said.index("Herringbone"), "newest first"
    undone = await stage.ann.click(shown.response, custom_id=f"t1:undo:{GEARS}:0:0")
    assert stage.world.likes_of("mira") == {HONEYCOMB}
    assert "You unliked **[Herringbone" in text_of(undone.response)
    undo = [part["custom_id"] for part in parts(undone.response) if part.get("label") == "Undo"]
    assert undo == [f"t1:undo:{GEARS}:1:0", f"t1:undo:{HONEYCOMB}:0:0"], "one for each design, at its last action"
    await stage.ann.click(undone.response, custom_id=f"t1:undo:{GEARS}:1:0")
    assert stage.world.likes_of("mira") == {GEARS, HONEYCOMB}


async def test_only_what_changed_something_is_listed_and_nobody_elses(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.link(stage.ben, "kumiko")
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert text_of((await done(stage, stage.ann)).response).count("Herringbone") == 1
    assert "No recent likes, unlikes, or saves" in text_of((await done(stage, stage.ben)).response)


async def test_undo_is_not_offered_for_another_account(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    await stage.link(stage.ann, "kumiko")
    shown = await done(stage, stage.ann)
    assert "Herringbone" in text_of(shown.response)
    assert "Undo" not in buttons(shown.response)


async def test_an_adult_designs_name_is_not_listed(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing="5002")
    said = text_of((await done(stage, stage.ann)).response)
    assert "#5002" in said
    assert "Figure" not in said


async def test_fifty_have_five_pages(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, likes_per_person=200) as stage:
        await stage.link(stage.ann, "mira")
        for wanted in ("like", "unlike") * 26:
            await stage.ann.slash(stage.channel, wanted, thing=str(GEARS))
        shown = (await done(stage, stage.ann)).response
        counted = 0
        for page in range(1, 6):
            lines = re.findall(r"Herringbone", text_of(shown))
            assert len(lines) == 10
            assert f"Page {page}" in buttons(shown)
            counted += len(lines)
            if page < 5:
                shown = (await stage.ann.click(shown, label="Next")).response
        assert counted == 50
        assert buttons(shown)["Next"]["disabled"]


async def test_so_many_likes_in_ten_minutes_and_no_more(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, likes_per_person=2) as stage:
        await stage.link(stage.ann, "mira")
        await stage.link(stage.ben, "kumiko")
        await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
        await stage.ann.slash(stage.channel, "unlike", thing=str(GEARS))
        stage.world.clear_requests()
        refused = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
        assert "limit of 2 likes and unlikes" in text_of(refused.response)
        assert "<t:" in text_of(refused.response)
        assert stage.world.requests == [], "Thingiverse is not even asked"
        assert "You like" in text_of((await stage.ben.slash(stage.channel, "like", thing=str(GEARS))).response)


async def test_nothing_is_done_in_ones_name_that_one_did_not_press_for(stage: Stage) -> None:
    """It uses every command and button except Like, Unlike, Undo, and the Confirm that follows them."""
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    stage.world.clear_requests()
    pressed: set[str] = set()
    for command in ("popular", "likes", "account", "help", "link"):
        found = True
        while found:
            card = (await stage.ann.slash(stage.channel, command)).response
            found = False
            while (press := next(harmless(card, pressed), None)) is not None:
                found = True
                pressed.add(press["label"])
                card = (await stage.ann.click(card, custom_id=press["custom_id"])).response
    assert {"Next", "Details", "Activity", "New link"} <= pressed
    assert writes(stage) == []


@pytest.mark.parametrize("fault", ["500", "403", "429", "502_login", "html_403", "cut"])
async def test_no_other_answer_than_401_unlinks(stage: Stage, fault: str) -> None:
    await stage.link(stage.ann, "mira")
    before = await stage.bot.store.link_of(stage.ann.id)
    stage.world.faults.set(fault)
    for command in ("account", "likes"):
        await stage.ann.slash(stage.channel, command)
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert await stage.bot.store.link_of(stage.ann.id) == before


async def test_a_401_is_told_at_the_next_action_and_a_fresh_paste_mends_it(stage: Stage) -> None:
    stage.world.revoke(await stage.link(stage.ann, "mira"))
    for _ in range(2):
        heard = await stage.ann.slash(stage.channel, "likes")
        assert "no longer accepts your link" in text_of(heard.response)
    assert (await stage.bot.store.link_of(stage.ann.id)).dead_at is not None
    assert "Authorize" in buttons(heard.response), "without another press"
    asked = await stage.submit(stage.ann, heard.response, stage.world.token_for("mira"))
    await stage.ann.click(asked.response, label="Confirm")
    assert (await stage.bot.store.link_of(stage.ann.id)).dead_at is None
    assert "You like" in text_of((await stage.ann.slash(stage.channel, "like", thing=str(GEARS))).response)
