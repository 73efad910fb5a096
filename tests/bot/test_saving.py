"""The Save button: a design goes to one of the presser's own collections, once, with Undo."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from actions.own_collections import OwnCollections
from tests.limits import check_limits
from tests.stage import Stage, buttons, open_stage, parts, text_of

GEARS = 1038
ADULT = 5002
MIRAS = 16_001


async def press_save(stage: Stage, member: Any, thing: int = GEARS) -> Any:
    card = await stage.ann.slash(stage.channel, "thing", thing=str(thing))
    return await member.click(card.response, label="Save")


async def choose(stage: Stage, member: Any, collection: int, thing: int = GEARS) -> Any:
    asked = await press_save(stage, member, thing)
    return await member.select(asked.response, [str(collection)], custom_id=f"t1:save_in:{thing}")


async def name_a_new_one(stage: Stage, member: Any, name: str) -> Any:
    asked = await press_save(stage, member)
    form = await member.click(asked.response, label="New collection")
    return await member.submit_modal(form, {"collection": name})


def options(message: Any) -> list[dict[str, Any]]:
    return [option for part in parts(message) for option in part.get("options", ())]


def told(result: Any) -> str:
    """What came after a press: a failure doesn't replace the card."""
    return text_of(result.followups[-1] if result.followups else result.response)


def things_in(stage: Stage, collection: int) -> list[int]:
    return stage.world.collections[collection].things


@pytest.fixture
async def linked(stage: Stage) -> Stage:
    await stage.link(stage.ann, "mira")
    stage.world.collections[MIRAS].things = []
    stage.world.collect("mira", "For *later*")
    return stage


async def test_save_offers_ones_own_collections_in_private(linked: Stage) -> None:
    asked = await press_save(linked, linked.ann)
    assert asked.ephemeral
    assert "## Save **[Herringbone gear set]" in text_of(asked.response)
    assert "As @mira" in text_of(asked.response)
    assert [option["label"] for option in options(asked.response)] == ["Gears that teach", "For *later*"]


async def test_a_chosen_collection_gets_the_design_and_undo_takes_it_out(linked: Stage) -> None:
    done = await choose(linked, linked.ann, MIRAS)
    assert "You saved **[Herringbone gear set]" in text_of(done.response)
    assert "**Gears that teach**" in text_of(done.response)
    assert things_in(linked, MIRAS) == [GEARS]
    undone = await linked.ann.click(done.response, label="Undo")
    assert "You removed **[Herringbone" in text_of(undone.response)
    assert things_in(linked, MIRAS) == []
    again = await linked.ann.click(undone.response, label="Undo")
    assert "You saved" in text_of(again.response)
    assert things_in(linked, MIRAS) == [GEARS]


async def test_a_card_in_public_saves_for_whoever_presses(linked: Stage) -> None:
    await linked.ben.slash(linked.channel, "share", thing=str(GEARS))
    asked = await linked.ann.click(linked.channel.last_message, label="Save")
    assert asked.ephemeral
    await linked.ann.select(asked.response, [str(MIRAS)], custom_id=f"t1:save_in:{GEARS}")
    assert things_in(linked, MIRAS) == [GEARS]


async def test_someone_who_is_not_linked_links_first_and_then_chooses(linked: Stage) -> None:
    pressed = await press_save(linked, linked.ben)
    assert pressed.ephemeral
    assert "haven't linked" in text_of(pressed.response)
    assert "you can choose a collection for **Herringbone gear set**" in text_of(pressed.response)
    fresh = await linked.ben.click(pressed.response, label="New link")
    assert "Herringbone gear set" in text_of(fresh.response), "a fresh link remembers the wish"
    asked = await linked.submit(linked.ben, fresh.response, linked.world.token_for("mira"))
    linked_now = await linked.ben.click(asked.response, label="Confirm")
    assert "You're linked" in text_of(linked_now.response)
    assert "## Save **[Herringbone gear set]" in text_of(linked_now.response)
    check_limits(linked_now.response.components)
    done = await linked.ben.select(linked_now.response, [str(MIRAS)], custom_id=f"t1:save_in:{GEARS}")
    assert "You saved" in text_of(done.response)
    assert things_in(linked, MIRAS) == [GEARS]


async def test_the_last_wish_counts(linked: Stage) -> None:
    await press_save(linked, linked.ben)
    pressed = await linked.ben.slash(linked.channel, "like", thing="1075")
    asked = await linked.submit(linked.ben, pressed.response, linked.world.token_for("mira"))
    done = await linked.ben.click(asked.response, label="Confirm")
    assert "Choose one of your collections" not in text_of(done.response)
    assert linked.world.likes_of("mira") == {1075}


async def test_collections_that_cannot_be_read_do_not_hide_the_link(linked: Stage) -> None:
    pressed = await press_save(linked, linked.ben)
    asked = await linked.submit(linked.ben, pressed.response, linked.world.token_for("mira"))
    linked.world.faults.set("500", match="GET /api/users/*/collections")
    done = await linked.ben.click(asked.response, label="Confirm")
    assert "You're linked" in text_of(done.response)
    assert "Thingiverse" in text_of(done.response)


@pytest.mark.parametrize("double", ["ok", "twice", "400", "409"])
@pytest.mark.parametrize("says_collected", [True, False])
async def test_saving_twice_adds_nothing(linked: Stage, double: Any, says_collected: bool) -> None:
    linked.world.settings.double_save = double
    linked.world.settings.says_collected = says_collected
    await choose(linked, linked.ann, MIRAS)
    done = await choose(linked, linked.ann, MIRAS)
    assert "already has **[Herringbone" in text_of(done.response)
    assert "Undo" not in buttons(done.response)
    assert things_in(linked, MIRAS) == [GEARS]


async def test_a_design_may_be_in_several_collections(linked: Stage) -> None:
    await choose(linked, linked.ann, MIRAS)
    done = await choose(linked, linked.ann, MIRAS + 3)
    assert "You saved" in text_of(done.response)
    assert things_in(linked, MIRAS + 3) == [GEARS]


async def test_presses_at_the_same_time_add_it_once(linked: Stage) -> None:
    linked.world.settings.double_save = "twice"
    saving = linked.bot.get_cog("saving")._saving
    saved = await asyncio.gather(*(saving.save(linked.ann.id, GEARS, MIRAS) for _ in range(5)))
    assert sorted(each.changed for each in saved) == [False] * 4 + [True]
    assert things_in(linked, MIRAS) == [GEARS]


async def test_an_answer_that_got_lost_costs_no_second_copy(linked: Stage) -> None:
    """Thingiverse took the design, and its answer never came."""
    linked.world.settings.double_save = "twice"
    asked = await press_save(linked, linked.ann)
    linked.world.faults.set("lost", match="POST /api/collections/*", times=1)
    failed = await linked.ann.select(asked.response, [str(MIRAS)], custom_id=f"t1:save_in:{GEARS}")
    assert "Thingiverse" in told(failed)
    assert things_in(linked, MIRAS) == [GEARS]
    done = await choose(linked, linked.ann, MIRAS)
    assert "You saved" in text_of(done.response)
    assert things_in(linked, MIRAS) == [GEARS]
    account = await linked.ann.slash(linked.channel, "account")
    shown = await linked.ann.click(account.response, label="Activity")
    assert text_of(shown.response).count("You saved") == 1


async def test_what_is_there_already_is_not_said_to_be_saved_by_the_bot(linked: Stage) -> None:
    linked.world.collections[MIRAS].things.append(GEARS)
    done = await choose(linked, linked.ann, MIRAS)
    assert "already has" in text_of(done.response)
    assert await linked.bot.store.history_of(linked.ann.id) == []
    assert things_in(linked, MIRAS) == [GEARS]


@pytest.mark.parametrize("says", ["collection", "ok"])
@pytest.mark.parametrize("path", ["slash", "bare"])
async def test_a_new_collection_is_made_and_gets_it(linked: Stage, says: Any, path: Any) -> None:
    linked.world.settings.create_says, linked.world.settings.create_path = says, path
    done = await name_a_new_one(linked, linked.ann, "  To   print ")
    assert "**To print**" in text_of(done.response)
    made = linked.world.collections_of("mira")[-1]
    assert (made.name, made.things) == ("To print", [GEARS])


async def test_a_name_one_has_already_makes_no_second_collection(linked: Stage) -> None:
    before = len(linked.world.collections)
    done = await name_a_new_one(linked, linked.ann, "gears THAT teach")
    assert "**Gears that teach**" in text_of(done.response)
    assert len(linked.world.collections) == before
    assert things_in(linked, MIRAS) == [GEARS]


async def test_without_collections_one_can_make_the_first(stage: Stage) -> None:
    await stage.link(stage.ann, "bricole")
    asked = await press_save(stage, stage.ann)
    assert "don't have any collections" in text_of(asked.response)
    assert options(asked.response) == []
    done = await name_a_new_one(stage, stage.ann, "First")
    assert "You saved" in text_of(done.response)


async def test_an_account_that_is_not_called_me_is_asked_by_name(linked: Stage) -> None:
    linked.world.settings.me_has_collections = False
    assert len(options((await press_save(linked, linked.ann)).response)) == 2


async def test_many_collections_have_pages(linked: Stage) -> None:
    for number in range(60):
        linked.world.collect("mira", f"No. {number}" if number % 9 else "x" * 300)
    shown = await press_save(linked, linked.ann)
    seen: list[str] = []
    for _ in range(3):
        check_limits(shown.response.components)
        seen += [option["value"] for option in options(shown.response)]
        if not buttons(shown.response)["Next"].get("disabled"):
            shown = await linked.ann.click(shown.response, label="Next")
    assert len(seen) == len(set(seen)) == 62
    asked = [seen for seen in linked.world.requests if seen.path.endswith("/collections")]
    assert len(asked) == 2, "each list once, whatever page is looked at"


async def test_private_collections_are_ones_own(linked: Stage) -> None:
    linked.world.collect("mira", "Secret", private=True)
    foreign = linked.world.collect("kumiko", "Hers", private=True)
    assert [option["label"] for option in options((await press_save(linked, linked.ann)).response)][-1] == "Secret"
    with pytest.raises(Exception, match="gone"):
        await linked.bot.get_cog("saving")._saving.save(linked.ann.id, GEARS, foreign.id)
    assert foreign.things == []


async def test_someone_elses_collection_gets_nothing(linked: Stage) -> None:
    before = list(things_in(linked, 16_002))
    with pytest.raises(Exception, match="doesn't let me add"):
        await linked.bot.get_cog("saving")._saving.save(linked.ann.id, GEARS, 16_002)
    assert things_in(linked, 16_002) == before


async def test_a_collection_that_is_gone_is_told(linked: Stage) -> None:
    asked = await press_save(linked, linked.ann)
    del linked.world.collections[MIRAS]
    done = await linked.ann.select(asked.response, [str(MIRAS)], custom_id=f"t1:save_in:{GEARS}")
    assert "That collection is gone" in told(done)
    assert len(options((await press_save(linked, linked.ann)).response)) == 1, "and is offered no more"


async def test_undo_of_what_is_gone_already_is_no_error(linked: Stage) -> None:
    done = await choose(linked, linked.ann, MIRAS)
    things_in(linked, MIRAS).clear()
    undone = await linked.ann.click(done.response, label="Undo")
    assert "nothing to undo" in text_of(undone.response)


async def test_what_the_app_did_not_add_it_cannot_remove(linked: Stage) -> None:
    done = await choose(linked, linked.ann, MIRAS)
    linked.world.collections[MIRAS].by_app.clear()
    undone = await linked.ann.click(done.response, label="Undo")
    assert "only lets me remove designs that I added" in told(undone)


async def test_a_rejected_key_marks_the_link_dead(linked: Stage) -> None:
    asked = await press_save(linked, linked.ann)
    linked.world.revoke_all("mira")
    done = await linked.ann.select(asked.response, [str(MIRAS)], custom_id=f"t1:save_in:{GEARS}")
    assert "no longer accepts your link" in told(done)
    assert (await linked.bot.store.link_of(linked.ann.id)).dead_at is not None


@pytest.mark.parametrize("fault", ["500", "403", "429", "html", "null", "wrong_shape", "cut"])
async def test_no_other_failure_unlinks_or_goes_unsaid(linked: Stage, fault: str) -> None:
    before = await linked.bot.store.link_of(linked.ann.id)
    for match in ("GET /api/users/*/collections", "POST /api/collections/*"):
        linked.world.faults.clear()
        asked = await press_save(linked, linked.ann)
        linked.world.faults.set(fault, match=match)
        done = await linked.ann.select(asked.response, [str(MIRAS)], custom_id=f"t1:save_in:{GEARS}")
        assert told(done)
    assert await linked.bot.store.link_of(linked.ann.id) == before


@pytest.mark.parametrize(("fault", "said"), [("403", "doesn't let me create"), ("400_no_results", "didn't accept")])
async def test_a_collection_that_cannot_be_made_is_told(linked: Stage, fault: str, said: str) -> None:
    linked.world.faults.set(fault, match="POST /api/collections*")
    assert said in told(await name_a_new_one(linked, linked.ann, "To print"))
    assert "Enter a name" in told(await name_a_new_one(linked, linked.ann, "  "))


async def test_activity_lists_saves_and_undoes_them(linked: Stage) -> None:
    await linked.ann.slash(linked.channel, "like", thing=str(GEARS))
    await choose(linked, linked.ann, MIRAS)
    account = await linked.ann.slash(linked.channel, "account")
    shown = await linked.ann.click(account.response, label="Activity")
    said = text_of(shown.response)
    assert "You saved **[Herringbone" in said
    assert "to **Gears that teach**" in said
    undone = await linked.ann.click(shown.response, custom_id=f"t1:unsave:{MIRAS}:{GEARS}:0:0")
    assert "You removed **[Herringbone" in text_of(undone.response)
    assert things_in(linked, MIRAS) == []
    assert linked.world.likes_of("mira") == {GEARS}, "the like has an Undo of its own"
    undo = [part["custom_id"] for part in parts(undone.response) if part.get("label") == "Undo"]
    assert undo == [f"t1:unsave:{MIRAS}:{GEARS}:1:0", f"t1:undo:{GEARS}:0:0"]


async def test_an_adult_designs_name_is_neither_shown_nor_recorded(linked: Stage) -> None:
    saving = linked.bot.get_cog("saving")._saving
    await saving.save(linked.ann.id, ADULT, MIRAS)
    account = await linked.ann.slash(linked.channel, "account")
    shown = await linked.ann.click(account.response, label="Activity")
    assert f"#{ADULT}" in text_of(shown.response)
    assert "Figure" not in text_of(shown.response)


async def test_so_many_saves_in_ten_minutes_and_no_more(world: Any, tmp_path: Path) -> None:
    async with open_stage(world, tmp_path, likes_per_person=2) as stage:
        await stage.link(stage.ann, "mira")
        stage.world.collections[MIRAS].things = []
        done = await choose(stage, stage.ann, MIRAS)
        await stage.ann.click(done.response, label="Undo")
        assert "limit of 2 saves" in told(await choose(stage, stage.ann, MIRAS))
        assert things_in(stage, MIRAS) == []


async def test_a_large_collection_is_searched_within_reason(linked: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    linked.world.settings.says_collected = False
    linked.world.collections[MIRAS].things = [GEARS] * 1_000
    linked.world.collections[MIRAS].things[0] = 1001
    linked.world.collections[MIRAS].things[1:] = [1075] * 999
    linked.world.clear_requests()
    await choose(linked, linked.ann, MIRAS)
    assert linked.world.count("GET", f"/api/collections/{MIRAS}/things") == 6
    assert OwnCollections.has.__doc__ is not None
    assert "300" in OwnCollections.has.__doc__
