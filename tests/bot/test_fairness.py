"""While one person uses up their share, everyone else is served. Requests are counted at Thingiverse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from actions import linking
from fakes.thingiverse import FakeThingiverse
from tests.stage import Stage, open_stage, text_of

GEARS = 1_038
HELD_UP = ("asked for a lot", "reached my own limit", "limiting my requests")
BUDGET = 60  # one person's shares: 7 for reading, 6 for linking, 18 for likes


async def searches(stage: Stage) -> None:
    for n in range(40):
        await stage.ann.slash(stage.channel, "search", text=f"gear {n}")


async def designs(stage: Stage) -> None:
    for thing in list(stage.world.things)[10:45]:
        await stage.ann.slash(stage.channel, "thing", thing=str(thing))


async def makers(stage: Stage) -> None:
    for n in range(40):
        await stage.ann.slash(stage.channel, "maker", maker=f"maker{n}")


async def made_up_keys(stage: Stage) -> None:
    for n in range(12):
        await stage.ann.slash(stage.channel, "link")
        for key in range(4):
            await stage.ann.send_dm(f"{n:02}{key:02}" + "ab" * 14)


async def account(stage: Stage) -> None:
    await stage.link(stage.ann, "kumiko")
    for _ in range(40):
        await stage.ann.slash(stage.channel, "account")


async def own_likes(stage: Stage) -> None:
    await stage.link(stage.ann, "kumiko")
    for _ in range(40):
        await stage.ann.slash(stage.channel, "likes")


async def suggestions(stage: Stage) -> None:
    for n in range(40):
        await stage.ann.autocomplete(stage.channel, "search", "category", f"h{n}")
        await stage.ann.autocomplete(stage.channel, "thing", "thing", "")


ATTACKS: list[Callable[[Stage], Awaitable[None]]] = [
    searches,
    designs,
    makers,
    made_up_keys,
    account,
    own_likes,
    suggestions,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_one_person_cannot_use_up_the_bot_for_everyone(
    world: FakeThingiverse, tmp_path: Path, attack: Callable[[Stage], Awaitable[None]]
) -> None:
    async with open_stage(world, tmp_path, thingiverse_budget=BUDGET) as stage:
        await attack(stage)
        used = len(world.requests)
        assert used <= 7 + 6 + 18, "no more than one person's shares went out"
        answers = [
            await stage.ben.slash(stage.channel, "popular"),
            await stage.ben.slash(stage.channel, "thing", thing=str(GEARS)),
        ]
        await stage.link(stage.ben, "mira")
        answers.append(await stage.ben.slash(stage.channel, "like", thing=str(GEARS)))
        said = [text_of(message) for each in answers for message in (each.response, *each.followups) if message]
        assert not [text for text in said if any(words in text for words in HELD_UP)]
        assert GEARS in world.likes_of("mira")


async def test_whoever_used_up_their_share_is_told_so(world: FakeThingiverse, tmp_path: Path) -> None:
    async with open_stage(world, tmp_path, thingiverse_budget=BUDGET) as stage:
        await searches(stage)
        refused = await stage.ann.slash(stage.channel, "search", text="one more")
        assert "You've asked for a lot" in said_by(refused)


async def test_the_bots_own_limit_is_not_blamed_on_thingiverse(world: FakeThingiverse, tmp_path: Path) -> None:
    async with open_stage(world, tmp_path, thingiverse_budget=6) as stage:
        for n in range(3):
            await stage.ann.user.slash("search", text=f"gear {n}")
            await stage.ben.user.slash("search", text=f"vase {n}")
        refused = await stage.ben.user.slash("search", text="one more")
        assert "I've reached my own limit" in said_by(refused)


async def test_a_pause_that_thingiverse_asks_for_is_said_as_such(stage: Stage) -> None:
    stage.world.faults.set("429")
    assert "Thingiverse is limiting my requests" in said_by(await stage.ann.slash(stage.channel, "popular"))


async def test_what_is_kept_costs_nobody_a_share(world: FakeThingiverse, tmp_path: Path) -> None:
    async with open_stage(world, tmp_path, thingiverse_budget=BUDGET) as stage:
        for _ in range(30):
            shown = await stage.ann.slash(stage.channel, "popular")
            assert "# Popular" in said_by(shown)
        assert world.count("GET", "/api/popular") == 1


async def test_account_asks_thingiverse_once_a_minute(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    before = stage.world.count("GET", "/api/users/me")
    for _ in range(5):
        assert "The link works" in said_by(await stage.ann.slash(stage.channel, "account"))
    assert stage.world.count("GET", "/api/users/me") - before <= 1


async def test_closed_attempts_are_followed_by_longer_and_longer_pauses(stage: Stage) -> None:
    for _ in range(linking.TRIES):
        await stage.paste(stage.ann, "0" * 31 + "a")
    refused = await stage.ann.slash(stage.channel, "link")
    assert "too many failed tries" in said_by(refused)
    assert "Authorize" in str((await stage.ben.slash(stage.channel, "link")).response.components)


def said_by(result: Any) -> str:
    return "\n".join(text_of(message) for message in (result.response, *result.followups) if message)
