"""/settings: one panel for moderators, which confirms each change and applies it."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.errors import BackendError, SetupError

from tests.limits import check_limits
from tests.stage import Stage, buttons, open_stage, parts, text_of
from wiring.bot import open_bot


@pytest.fixture
def moderator(stage: Stage) -> Any:
    role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("mona"), roles=[role])


async def choose(stage: Stage, who: Any, panel: Any, name: str, *values: Any) -> Any:
    return await who.select(panel, list(values), custom_id=f"t1:choose:{name}")


def now(panel: Any, name: str) -> str:
    """What a setting's select shows before it is opened."""
    select = next(part for part in parts(panel) if part.get("custom_id") == f"t1:choose:{name}")
    chosen = [option["label"] for option in select.get("options", []) if option.get("default")]
    chosen += [f"<{each['type']} {each['id']}>" for each in select.get("default_values") or []]
    return ", ".join(chosen) or select["placeholder"]


async def test_each_setting_has_a_bold_name_and_shows_what_is_so(stage: Stage, moderator: Any) -> None:
    shown = await moderator.slash(stage.channel, "settings")
    assert shown.ephemeral
    said = text_of(shown.response)
    names = [line for line in said.splitlines() if line.startswith("**")]
    selects = [part for part in parts(shown.response) if part["type"] in {3, 5, 6, 7, 8}]
    assert len(names) == len(selects) + 2, "the wait and what is left out have buttons"
    assert {
        select["custom_id"].removeprefix("t1:choose:"): now(shown.response, select["custom_id"][10:])
        for select in selects
    } == {
        "previewed": "No channels: links don't get previews",
        "quiet": "No channels: my replies are public",
        "showcase": "The channel they're shared in",
        "sharers": "Everyone",
        "feeders": "Only moderators",
        "adult": "Show adult designs in age-restricted channels",
        "language": "This server's language",
    }
    assert "after 7 days" in said
    assert "haven't turned this on" in said, "this bot may not read messages"
    check_limits(shown.response.components)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("quiet", "✓ In <#{channel}>, only the person who asked sees my replies."),
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
    assert "✓ Adult designs are never shown" in text_of(panel)
    panel = (await choose(stage, moderator, panel, "language", "es")).response
    assert "✓ My public messages are in Español." in text_of(panel)
    panel = (await choose(stage, moderator, panel, "sharers", stage.guild.default_role)).response
    assert "and moderators can share" in text_of(panel)
    again = (await moderator.slash(stage.channel, "settings")).response
    assert now(again, "adult") == "Never show adult designs"
    assert now(again, "language") == "Español"
    assert now(again, "sharers") == f"<role {stage.guild.default_role.id}>"
    spanish = stage.bot.desk.texts.language("es")
    public = await stage.ann.slash(stage.channel, "popular")
    assert spanish.say("Popular on Thingiverse") in text_of(public.response)
    panel = (await choose(stage, moderator, panel, "language", "own")).response
    assert "this server's language" in text_of(panel)


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
    form = await moderator.click(panel, label="Change wait time")
    changed = await moderator.submit_modal(form, {"days": given})
    assert said in text_of(changed.response)


@pytest.mark.parametrize("given", ["abc", "-1", "999", "1.5", "٣"])
async def test_what_is_no_number_of_days_loses_nothing(stage: Stage, moderator: Any, given: str) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    form = await moderator.click(panel, label="Change wait time")
    refused = await moderator.submit_modal(form, {"days": given})
    assert "from 0 to 365" in text_of(refused.followups[-1])
    assert "after 7 days" in text_of((await moderator.slash(stage.channel, "settings")).response)


async def test_two_moderators_at_once_lose_nothing(stage: Stage, moderator: Any) -> None:
    first = (await moderator.slash(stage.channel, "settings")).response
    second = (await moderator.slash(stage.channel, "settings")).response
    await choose(stage, moderator, first, "adult", "never")
    after = await choose(stage, moderator, second, "showcase", stage.channel)
    assert now(after.response, "adult") == "Never show adult designs"
    assert now(after.response, "showcase") == f"<channel {stage.channel.id}>"


async def test_the_panel_works_after_a_restart(stage: Stage, moderator: Any) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    async with open_bot(stage.settings, patience=60.0) as restarted:
        await stage.env.restart_bot(restarted)
        changed = await choose(stage, moderator, panel, "adult", "never")
        assert "✓ Adult designs are never shown" in text_of(changed.response)


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
    assert "Manage Server permission" in text_of(refused.followups[-1])
    assert (await stage.bot.store.community.settings_of(stage.guild.id)) is None


async def test_a_changed_client_does_no_harm(stage: Stage, moderator: Any) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    stored = stage.env.backend.get_message(panel.channel_id, panel.id)
    select = next(p for p in _walk(stored.components) if p.get("custom_id") == "t1:choose:adult")
    select["custom_id"] = "t1:choose:nonsense"
    refused = await moderator.select(panel, ["never"], custom_id="t1:choose:nonsense")
    assert "no longer works" in text_of(refused.followups[-1])


def _walk(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for c in components for part in [c, *_walk(c.get("components", []))]]


async def test_previews_can_be_chosen_where_the_bot_may_read(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, previews=True) as stage:
        role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
        mona = stage.guild.add_member(stage.env.create_user("mona"), roles=[role])
        panel = (await mona.slash(stage.channel, "settings")).response
        assert "haven't turned this on" not in text_of(panel)
        changed = await choose(stage, mona, panel, "previewed", stage.channel)
        assert f"✓ Links to designs get a preview in <#{stage.channel.id}>." in text_of(changed.response)
        await stage.ann.send(stage.channel, "https://www.thingiverse.com/thing:1038")
        assert "Remove" in buttons(stage.channel.last_message)
