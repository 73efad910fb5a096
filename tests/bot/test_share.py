"""Sharing a design in a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
import pytest
from msgspec.structs import asdict

from actions.servers import DEFAULTS, Servers
from tests.stage import Stage, buttons, text_of

GEARS, VASE, ADULT = 1038, 1001, 5002
Restrict = Callable[[Any], None]


async def decide(stage: Stage, **settings: Any) -> None:
    """Change the server's settings. A running bot would see it within half a minute."""
    await Servers(stage.bot.store.community).change(stage.guild.id, **{**asdict(DEFAULTS), **settings})
    stage.bot.get_cog("settings")._servers._known.clear()


async def test_a_shared_card_says_by_whom_and_pings_nobody(stage: Stage) -> None:
    result = await stage.ann.slash(stage.channel, "share", thing=str(GEARS), note="hey @everyone **look**")
    assert result.ephemeral
    assert "Everyone here can see it now" in text_of(result.response)
    posted = stage.channel.last_message
    said = text_of(posted)
    assert f"Shared by <@{stage.ann.id}>" in said
    assert r"> hey \@everyone \*\*look\*\*" in said
    assert "Herringbone gear set" in said
    assert {"Like · 4,741", "Save", "Details", "Open"} == set(buttons(posted))
    sent = [r.json for r in stage.env.http_requests if r.method == "POST" and "webhooks" in r.path]
    assert sent[-1]["allowed_mentions"]["parse"] == []
    assert buttons(result.response)["Jump to message"]["url"].endswith(f"/{posted.id}")


async def test_the_shared_card_is_liked_by_whoever_presses(stage: Stage) -> None:
    await stage.link(stage.ben, "mira")
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    await stage.ben.click(stage.channel.last_message, label="Like · 4,741")
    assert stage.world.likes_of("mira") == {GEARS}


async def test_a_design_is_shared_once_in_a_while(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    posted = stage.channel.last_message
    again = await stage.ben.slash(stage.channel, "share", thing=str(GEARS))
    assert "already shared here" in text_of(again.response)
    assert buttons(again.response)["Jump to message"]["url"].endswith(f"/{posted.id}")
    assert stage.channel.last_message.id == posted.id
    await decide(stage, share_again_days=0)
    await stage.ben.slash(stage.channel, "share", thing=str(GEARS))
    assert stage.channel.last_message.id != posted.id


async def test_another_server_may_share_it_meanwhile(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    other = stage.env.create_guild(name="Other")
    channel = other.create_text_channel("prints")
    cleo = other.add_member(stage.env.create_user("cleo"))
    result = await cleo.slash(channel, "share", thing=str(GEARS))
    assert "can see it now" in text_of(result.response)


async def test_from_a_private_card_by_its_button(stage: Stage) -> None:
    shown = await stage.ann.slash(stage.channel, "popular")
    details = await stage.ben.click(shown.response, custom_id=f"t1:thing:{GEARS}")
    assert "Share here" in buttons(details.response)
    await stage.ben.click(details.response, label="Share here")
    assert f"Shared by <@{stage.ben.id}>" in text_of(stage.channel.last_message)
    public = await stage.ann.slash(stage.channel, "thing", thing=str(VASE))
    assert "Share here" not in buttons(public.response), "everybody sees it already"


async def test_from_the_answer_to_a_like(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    liked = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    await stage.ann.click(liked.response, label="Share here")
    assert f"Shared by <@{stage.ann.id}>" in text_of(stage.channel.last_message)


async def test_into_the_showcase_channel(stage: Stage) -> None:
    showcase = stage.guild.create_text_channel("showcase")
    await decide(stage, showcase=showcase.id)
    before = stage.channel.last_message
    result = await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    assert "can see it now" in text_of(result.response)
    assert "Herringbone" in text_of(showcase.last_message)
    assert stage.channel.last_message == before or stage.channel.last_message.flags.ephemeral


async def test_into_a_forum_one_post_a_design_with_its_tags(stage: Stage) -> None:
    forum = stage.guild.create_forum_channel("designs")
    channel = stage.env.backend.get_channel(forum.id)
    fetched = await stage.bot.fetch_channel(forum.id)
    assert isinstance(fetched, discord.ForumChannel)
    await fetched.edit(available_tags=[discord.ForumTag(name="Gear"), discord.ForumTag(name="Vase")])
    await decide(stage, showcase=forum.id)
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    created = next(
        r for r in stage.env.http_requests if r.method == "POST" and r.path == f"/channels/{forum.id}/threads"
    )
    assert created.json["name"] == "Herringbone gear set"
    wanted = [str(tag["id"] if isinstance(tag, dict) else tag.id) for tag in channel.available_tags][:1]
    assert [str(tag) for tag in created.json["applied_tags"]] == wanted


@pytest.mark.parametrize("gone", ["deleted", "forbidden"])
async def test_a_showcase_that_cannot_be_posted_in_is_told(stage: Stage, gone: str) -> None:
    showcase = stage.guild.create_text_channel("showcase")
    await decide(stage, showcase=showcase.id if gone == "forbidden" else 123)
    stage.env.inject_error("POST", f"/channels/{showcase.id}/messages", status=403, code=50013)
    result = await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    assert "/doctor" in text_of(result.response)
    assert await stage.bot.store.community.share_of(stage.guild.id, GEARS) is None, "and it may be tried again"


async def test_only_those_who_may(stage: Stage) -> None:
    role = stage.guild.create_role("curator")
    curator = stage.guild.add_member(stage.env.create_user("cleo"), roles=[role])
    await decide(stage, sharers=(role.id,))
    refused = await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    assert "Only certain roles can share" in text_of(refused.response)
    allowed = await curator.slash(stage.channel, "share", thing=str(GEARS))
    assert "can see it now" in text_of(allowed.response)


async def test_not_where_answers_are_private(stage: Stage) -> None:
    await decide(stage, quiet=(stage.channel.id,))
    refused = await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    assert "turned off my public posts" in text_of(refused.response)


async def test_an_adult_design_only_where_it_may_be_shown(stage: Stage, age_restrict: Restrict) -> None:
    refused = await stage.ann.slash(stage.channel, "share", thing=str(ADULT))
    assert "only show it in age-restricted channels" in text_of(refused.response)
    restricted = stage.guild.create_text_channel("adults")
    age_restrict(restricted)
    allowed = await stage.ann.slash(restricted, "share", thing=str(ADULT))
    assert "can see it now" in text_of(allowed.response)
    showcase = stage.guild.create_text_channel("showcase")
    await decide(stage, showcase=showcase.id, share_again_days=0)
    elsewhere = await stage.ann.slash(restricted, "share", thing=str(ADULT))
    assert "only show it in age-restricted channels" in text_of(elsewhere.response), "the showcase is not"


async def test_not_where_the_bot_is_only_a_guest(stage: Stage, asked_as: dict[str, Any]) -> None:
    asked_as["authorizing_integration_owners"] = {"1": str(stage.ann.id)}
    refused = await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    assert "servers that have added me" in text_of(refused.response)


async def test_what_does_not_exist_is_not_shared(stage: Stage) -> None:
    result = await stage.ann.slash(stage.channel, "share", thing="999999")
    assert "couldn't find that design" in text_of(result.response)


async def test_unlinking_forgets_who_shared(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    assert await stage.bot.store.community.share_of(stage.guild.id, GEARS) is not None
    await stage.unlink(stage.ann)
    assert await stage.bot.store.community.share_of(stage.guild.id, GEARS) is None
