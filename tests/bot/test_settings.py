"""/settings: one panel, for moderators, whose changes are told in a sentence and hold."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.errors import BackendError, SetupError

from bot import open_bot
from tests.stage import Stage, buttons, open_stage, text_of
from tests.ui.test_cards import check_limits


@pytest.fixture
def moderator(stage: Stage) -> Any:
    role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("mona"), roles=[role])


async def choose(stage: Stage, who: Any, panel: Any, name: str, *values: Any) -> Any:
    return await who.select(panel, list(values), custom_id=f"t1:choose:{name}")


async def test_the_panel_says_how_things_are(stage: Stage, moderator: Any) -> None:
    shown = await moderator.slash(stage.channel, "settings")
    assert shown.ephemeral
    said = text_of(shown.response)
    for sentence in ("in no channel", "read by everybody", "where somebody shares them", "Everybody may share"):
        assert sentence in said
    assert "after 7 days" in said
    assert "has not switched that on" in said, "this bot may not read messages"
    check_limits(shown.response.components)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("quiet", "✓ My answers are for the asker alone in <#{channel}>."),
        ("showcase", "✓ Shared designs go to <#{channel}>."),
    ],
)
async def test_a_channel_is_chosen_and_told(stage: Stage, moderator: Any, name: str, sentence: str) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    changed = await choose(stage, moderator, panel, name, stage.channel)
    assert changed.response.id == panel.id
    assert sentence.format(channel=stage.channel.id) in text_of(changed.response)
    emptied = await choose(stage, moderator, changed.response, name)
    assert f"<#{stage.channel.id}>" not in text_of(emptied.response)


async def test_choices_are_told_and_hold(stage: Stage, moderator: Any) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    panel = (await choose(stage, moderator, panel, "adult", "never")).response
    assert "✓ Adult designs are shown nowhere" in text_of(panel)
    panel = (await choose(stage, moderator, panel, "language", "es")).response
    assert "✓ What everybody reads is in Español." in text_of(panel)
    panel = (await choose(stage, moderator, panel, "sharers", stage.guild.default_role)).response
    assert "and by moderators." in text_of(panel)
    again = text_of((await moderator.slash(stage.channel, "settings")).response)
    assert "nowhere in this server" in again
    assert "Español" in again
    spanish = stage.bot.desk.texts.language("es")
    public = await stage.ann.slash(stage.channel, "popular")
    assert spanish.say("Popular on Thingiverse") in text_of(public.response)
    panel = (await choose(stage, moderator, panel, "language", "own")).response
    assert "own language" in text_of(panel)


async def test_a_quiet_channel_makes_answers_private(stage: Stage, moderator: Any) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    await choose(stage, moderator, panel, "quiet", stage.channel)
    assert (await stage.ann.slash(stage.channel, "popular")).ephemeral
    other = stage.guild.create_text_channel("other")
    assert not (await stage.ann.slash(other, "popular")).ephemeral
    thread = stage.env.backend.create_thread(stage.channel.id, "a thread", stage.ann.id)
    handle = type(stage.channel)(stage.env, stage.guild, thread)
    assert (await stage.ann.slash(handle, "popular")).ephemeral


@pytest.mark.parametrize(("given", "said"), [("0", "at any time"), ("1", "after 1 day."), ("365", "after 365 days")])
async def test_days_are_asked_for_in_a_form(stage: Stage, moderator: Any, given: str, said: str) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    form = await moderator.click(panel, label="Change the days")
    changed = await moderator.submit_modal(form, {"days": given})
    assert said in text_of(changed.response)


@pytest.mark.parametrize("given", ["abc", "-1", "999", "1.5", "٣"])
async def test_what_is_no_number_of_days_loses_nothing(stage: Stage, moderator: Any, given: str) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    form = await moderator.click(panel, label="Change the days")
    refused = await moderator.submit_modal(form, {"days": given})
    assert "from 0 to 365" in text_of(refused.followups[-1])
    assert "after 7 days" in text_of((await moderator.slash(stage.channel, "settings")).response)


async def test_two_moderators_at_once_lose_nothing(stage: Stage, moderator: Any) -> None:
    first = (await moderator.slash(stage.channel, "settings")).response
    second = (await moderator.slash(stage.channel, "settings")).response
    await choose(stage, moderator, first, "adult", "never")
    after = await choose(stage, moderator, second, "showcase", stage.channel)
    assert "nowhere in this server" in text_of(after.response)


async def test_the_panel_works_after_a_restart(stage: Stage, moderator: Any) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    async with open_bot(stage.settings, patience=60.0) as restarted:
        await stage.env.restart_bot(restarted)
        changed = await choose(stage, moderator, panel, "adult", "never")
        assert "✓ Adult designs are shown nowhere" in text_of(changed.response)


async def test_it_is_for_moderators(stage: Stage, moderator: Any) -> None:
    with pytest.raises((SetupError, BackendError)):
        await stage.ann.slash(stage.channel, "settings")
    with pytest.raises((SetupError, BackendError)):
        await stage.env.create_user("dora").slash("settings")


async def test_who_is_no_moderator_any_more_changes_nothing(
    stage: Stage, moderator: Any, asked_as: dict[str, Any]
) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    member = stage.env.backend.get_guild(stage.guild.id).members[moderator.id]
    member.role_ids = [] if isinstance(member.role_ids, list) else set()
    refused = await choose(stage, moderator, panel, "adult", "never")
    assert "for moderators" in text_of(refused.followups[-1])
    assert (await stage.bot.store.community.settings_of(stage.guild.id)) is None


async def test_a_changed_client_does_no_harm(stage: Stage, moderator: Any) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    stored = stage.env.backend.get_message(panel.channel_id, panel.id)
    select = next(p for p in _walk(stored.components) if p.get("custom_id") == "t1:choose:adult")
    select["custom_id"] = "t1:choose:nonsense"
    refused = await moderator.select(panel, ["never"], custom_id="t1:choose:nonsense")
    assert "damaged" in text_of(refused.followups[-1])


def _walk(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for c in components for part in [c, *_walk(c.get("components", []))]]


async def test_previews_can_be_chosen_where_the_bot_may_read(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, previews=True) as stage:
        role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
        mona = stage.guild.add_member(stage.env.create_user("mona"), roles=[role])
        panel = (await mona.slash(stage.channel, "settings")).response
        assert "has not switched that on" not in text_of(panel)
        changed = await choose(stage, mona, panel, "previewed", stage.channel)
        assert f"✓ Posted addresses get a card in <#{stage.channel.id}>." in text_of(changed.response)
        await stage.ann.send(stage.channel, "https://www.thingiverse.com/thing:1038")
        assert "Remove" in buttons(stage.channel.last_message)
