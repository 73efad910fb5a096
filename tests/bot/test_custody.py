"""Encrypted keys that were moved, changed, or cut, or can't be decrypted, affect only their own link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog.testing

from records import Link
from storage.vault import LINK_TOKEN, Vault, new_key
from tests.stage import Stage, open_stage, text_of

GEARS = 1038


async def put(stage: Stage, link: Link) -> None:
    """Write a link directly to the database, without checks."""
    changed = {"token": link.token, "dead_at": link.dead_at}
    async with stage.bot.store._engines.transactions.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE links SET token = ?, dead_at = ? WHERE person = ?", (*changed.values(), link.person)
        )


async def links(stage: Stage) -> list[Link]:
    await stage.link(stage.ann, "mira")
    await stage.link(stage.ben, "kumiko")
    return [await stage.bot.store.link_of(member.id) for member in (stage.ann, stage.ben)]


DAMAGE: dict[str, Callable[[bytes, bytes], bytes]] = {
    "somebody else's": lambda _, other: other,
    "altered": lambda own, _: own[:-1] + bytes([own[-1] ^ 1]),
    "cut": lambda own, _: own[:20],
    "empty": lambda *_: b"",
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_moved_altered_or_cut_key_is_refused_and_reported_and_costs_only_that_link(
    stage: Stage, damage: str
) -> None:
    ann, ben = await links(stage)
    await put(stage, replace(ann, token=DAMAGE[damage](ann.token, ben.token)))
    stage.world.clear_requests()
    with structlog.testing.capture_logs() as said:
        refused = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert "no longer accepts your link" in text_of(refused.response)
    assert [line["person"] for line in said if line["event"] == "stored token unreadable"] == [stage.ann.id]
    assert {seen.owner for seen in stage.world.requests} <= {"owner"}, "nothing was sent with anybody's token"
    liked = await stage.ben.slash(stage.channel, "like", thing=str(GEARS))
    assert "As @kumiko" in text_of(liked.response)
    asked = await stage.submit(stage.ann, refused.response, stage.world.token_for("mira"))  # one press, then paste
    mended = await stage.ann.click(asked.response, label="Confirm")
    assert "As @mira" in text_of(mended.response), "and what was wished for is done"


async def test_a_key_that_is_missing_is_the_operators_matter_and_unlinks_nobody(stage: Stage) -> None:
    ann, _ = await links(stage)
    foreign = Vault.from_text(new_key()).seal("x", person=stage.ann.id, column=LINK_TOKEN)
    await put(stage, replace(ann, token=foreign))
    with structlog.testing.capture_logs() as said:
        refused = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert "changed its encryption keys" in text_of(refused.response)
    assert "encryption key missing" in {line["event"] for line in said}
    await put(stage, ann)
    assert "As @mira" in text_of((await stage.ann.slash(stage.channel, "like", thing=str(GEARS))).response)


async def test_an_account_that_waits_for_confirm_is_not_confirmed_with_a_damaged_key(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path) as stage:
        asked = await stage.paste(stage.ann, world.token_for("mira"))
        async with stage.bot.store._engines.transactions.begin() as connection:
            await connection.exec_driver_sql("UPDATE attempts SET parked_token = substr(parked_token, 1, 30)")
        done = await stage.ann.click(asked.response, label="Confirm")
        assert await stage.bot.store.link_of(stage.ann.id) is None
        said = text_of(done.followups[0] if done.followups else done.response)
        assert "reference" not in said
        assert "Start over with a new link" in said
