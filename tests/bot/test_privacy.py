"""/privacy: what is kept, Export my data, and Delete everything, in every situation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stage import Stage, buttons, open_stage, parts, text_of

GEARS = 1038


async def kept(stage: Stage, member: Any) -> int:
    return sum(len(rows) for rows in (await stage.bot.store.personal.of(member.id)).values())


async def linked_with_a_like(stage: Stage) -> str:
    token = await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    return token


async def test_privacy_says_in_three_lines_what_is_kept_now(stage: Stage) -> None:
    shown = await stage.ann.slash(stage.channel, "privacy")
    assert shown.ephemeral
    assert text_of(shown.response) == "## What I keep about you\nRight now, that's nothing."
    assert set(buttons(shown.response)) == {"Export my data", "Details"}, "nothing to delete"
    await linked_with_a_like(stage)
    shown = await stage.ann.slash(stage.channel, "privacy")
    assert text_of(shown.response).splitlines()[1:] == [
        "**Account:** linked",
        "**Likes and activity:** 1 like · 1 recent action",
        "**Everything else:** nothing",
    ]
    assert set(buttons(shown.response)) == {"Export my data", "Details", "Delete everything"}


async def test_details_say_what_can_be_kept_why_and_how_long(stage: Stage) -> None:
    shown = await stage.ann.slash(stage.channel, "privacy")
    details = await stage.ann.click(shown.response, label="Details")
    said = text_of(details.response)
    for part in (
        "Your link",
        "so I can like, unlike, and save as you",
        "90 days",
        "six minutes",
        "I don't keep your messages",
    ):
        assert part in said
    back = await stage.ann.click(details.response, label="Back")
    assert text_of(back.response) == text_of(shown.response)


async def test_the_operators_policy_is_one_press_away(world: Any, tmp_path: Path) -> None:
    async with open_stage(world, tmp_path, privacy_url="https://example.org/privacy") as stage:
        shown = await stage.ann.slash(stage.channel, "privacy")
        assert buttons(shown.response)["Privacy policy"]["url"] == "https://example.org/privacy"


@pytest.mark.parametrize("patience", [60.0, 0.0])
async def test_the_export_is_a_file_for_that_person_alone_without_the_key(
    world: Any, tmp_path: Path, patience: float
) -> None:
    async with open_stage(world, tmp_path, patience=patience) as stage:
        token = await linked_with_a_like(stage)
        await stage.link(stage.ben, "kumiko")
        shown = await stage.ann.slash(stage.channel, "privacy")
        given = await stage.ann.click(shown.response, label="Export my data")
        assert given.ephemeral
        assert [part["type"] for part in parts(given.response)].count(13) == 1
        (file,) = given.response.attachments
        content = (await file.read()).decode()
        exported = json.loads(content)
        assert exported["discord_user"] == str(stage.ann.id)
        (link,) = exported["kept"]["links"]["entries"]
        assert (link["maker_name"], link["person"]) == ("mira", str(stage.ann.id))
        assert exported["kept"]["likes"]["entries"][0]["name"] == "Herringbone gear set"
        assert exported["kept"]["deeds"]["how_long"].startswith("for 90 days")
        sealed = (await stage.bot.store.link_of(stage.ann.id)).token
        for secret in (token, sealed.hex(), str(sealed), "kumiko", str(stage.ben.id)):
            assert secret not in content


async def test_delete_everything_asks_once_and_then_does_it_at_once(stage: Stage) -> None:
    await linked_with_a_like(stage)
    shown = await stage.ann.slash(stage.channel, "privacy")
    asked = await stage.ann.click(shown.response, label="Delete everything")
    assert "You can't undo this" in text_of(asked.response)
    assert await kept(stage, stage.ann) == 3
    back = await stage.ann.click(asked.response, label="Keep my data")
    assert "1 like" in text_of(back.response)
    asked = await stage.ann.click(back.response, label="Delete everything")
    done = await stage.ann.click(asked.response, label="Delete everything")
    assert "I deleted everything" in text_of(done.response)
    assert "apps" in buttons(done.response)["Connected apps"]["url"]
    assert await kept(stage, stage.ann) == 0
    assert "that's nothing" in text_of((await stage.ann.slash(stage.channel, "privacy")).response)
    assert stage.world.likes_of("mira") == {GEARS}, "the like is the account's"


async def test_deleting_twice_is_no_error(stage: Stage) -> None:
    await linked_with_a_like(stage)
    shown = await stage.ann.slash(stage.channel, "privacy")
    asked = await stage.ann.click(shown.response, label="Delete everything")
    await stage.unlink(stage.ann)
    done = await stage.ann.click(asked.response, label="Delete everything")
    assert "nothing to delete" in text_of(done.response)


async def test_it_works_after_the_bot_left_the_server_with_no_dm_sent_and_thingiverse_down(stage: Stage) -> None:
    await linked_with_a_like(stage)
    stage.world.faults.set("500")
    stage.env.backend.remove_guild(stage.guild.id)
    dm = stage.ann.user.dm_channel
    sent = [request for request in stage.env.http_requests if request.path.endswith(f"/channels/{dm.id}/messages")]
    shown = await stage.ann.user.slash("privacy")
    asked = await stage.ann.user.click(shown.response, label="Delete everything")
    await stage.ann.user.click(asked.response, label="Delete everything")
    assert await kept(stage, stage.ann) == 0
    after = [request for request in stage.env.http_requests if request.path.endswith(f"/channels/{dm.id}/messages")]
    assert after == sent, "an answer, not a message"


async def test_a_like_under_way_while_its_person_deletes_everything_leaves_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linked_with_a_like(stage)
    like = stage.bot.thingiverse.like

    async def meanwhile(thing: int, *, token: str) -> None:
        await like(thing, token=token)
        assert sum((await stage.bot.store.personal.erase(stage.ann.id)).values()) == 3

    monkeypatch.setattr(stage.bot.thingiverse, "like", meanwhile)
    await stage.ann.slash(stage.channel, "like", thing="1075")
    assert await kept(stage, stage.ann) == 0
