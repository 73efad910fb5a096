"""/follow and the Follow buttons."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from desk.replies import Reply
from feed_records import PERSONAL_FEEDS, FeedSource, Subscription
from tests.limits import check_limits
from tests.stage import Stage, buttons, parts, text_of

GEARS = FeedSource(kind="tag", value="gear")


@pytest.fixture
def mona(stage: Stage) -> Any:
    role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("mona"), roles=[role])


async def here(stage: Stage) -> list[Subscription]:
    return await stage.bot.store.feeds.of_server(stage.guild.id)


async def test_the_answer_previews_the_newest_three_and_posts_nothing(stage: Stage, mona: Any) -> None:
    before = stage.channel.last_message
    shown = await mona.slash(stage.channel, "follow", tag="gear")
    assert shown.ephemeral
    said = text_of(shown.response)
    assert f"**Tag: gear** in <#{stage.channel.id}>" in said
    assert "These 3 are there already" in said
    assert len([label for label in buttons(shown.response) if label.startswith("Like")]) >= 1
    assert sum(part.get("label") == "Details" for part in parts(shown.response)) == 3
    check_limits(shown.response.components)
    assert stage.channel.last_message is before or stage.channel.last_message.id == shown.response.id
    (feed,) = await here(stage)
    assert (feed.source, feed.channel, feed.target, feed.guild) == (GEARS, stage.channel.id, "channel", stage.guild.id)


@pytest.mark.parametrize(
    ("given", "source", "name"),
    [
        ({"tag": "#gear"}, GEARS, "Tag: gear"),
        ({"maker": "mira"}, FeedSource(kind="maker", value="mira"), "Maker: mira"),
        ({"maker": "https://www.thingiverse.com/mira"}, FeedSource(kind="maker", value="mira"), "Maker: mira"),
        ({"words": "desk lamp"}, FeedSource(kind="words", value="desk lamp"), "Search: desk lamp"),
        (
            {"words": "vase", "license": "cc", "makes": True, "remixes": 0},
            FeedSource(kind="words", value="vase", license="cc", has_makes=True, remixes=False),
            "Search: vase (CC BY · With makes · No remixes)",
        ),
        ({"license": "pd0"}, FeedSource(kind="words", license="pd0"), "All designs (Public Domain (CC0))"),
        (
            {"category": "Household"},
            FeedSource(kind="category", value="62", name="Household"),
            "Category: Household",
        ),
        (
            {"words": "vase", "category": "62"},
            FeedSource(kind="words", value="vase", category=62, name="Household"),
            "Search: vase (Household)",
        ),
        (
            {"collection": "16001"},
            FeedSource(kind="collection", value="16001", name="Gears that teach"),
            "Collection: Gears that teach",
        ),
        ({"popular": True}, FeedSource(kind="popular"), "Popular this week"),
    ],
)
async def test_everything_can_be_followed(
    stage: Stage, mona: Any, given: dict[str, Any], source: FeedSource, name: str
) -> None:
    shown = await mona.slash(stage.channel, "follow", **given)
    assert f"**{name}**" in text_of(shown.response)
    assert [feed.source for feed in await here(stage)] == [source]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "What should I follow?"),
        ({"tag": "vase", "maker": "mira"}, "What should I follow?"),
        ({"tag": "vase", "makes": True}, "Only words and categories can have filters"),
        ({"maker": "nobody_at_all"}, "couldn't find nobody\\_at\\_all"),
        ({"collection": "999"}, "couldn't find that collection"),
        ({"category": "Nonsense"}, "no category called Nonsense"),
        ({"maker": "https://example.org/x"}, "isn't a Thingiverse link"),
    ],
)
async def test_what_cannot_be_followed_is_said(stage: Stage, mona: Any, given: dict[str, Any], said: str) -> None:
    shown = await mona.slash(stage.channel, "follow", **given)
    assert said in text_of(shown.response)
    assert await here(stage) == []


async def test_while_thingiverse_is_down_nothing_is_followed(stage: Stage, mona: Any) -> None:
    stage.world.faults.set("500")
    assert "isn't responding" in text_of((await mona.slash(stage.channel, "follow", tag="vase")).response)
    assert await here(stage) == []


async def test_the_same_is_not_followed_twice_in_a_channel(stage: Stage, mona: Any) -> None:
    await mona.slash(stage.channel, "follow", tag="gear")
    again = await mona.slash(stage.channel, "follow", tag="gear")
    assert "already follow that here" in text_of(again.response)
    assert len(await here(stage)) == 1
    other = stage.guild.create_text_channel("other")
    await mona.slash(stage.channel, "follow", tag="gear", channel=other)
    assert [feed.channel for feed in await here(stage)] == [stage.channel.id, other.id]


@pytest.mark.parametrize("kind", ["announcement", "forum", "thread"])
async def test_it_posts_into_every_kind_of_channel(stage: Stage, mona: Any, kind: str) -> None:
    if kind == "thread":
        made = stage.env.backend.create_thread(stage.channel.id, "a thread", stage.ann.id)
        channel = type(stage.channel)(stage.env, stage.guild, made)
    else:
        make = stage.guild.create_news_channel if kind == "announcement" else stage.guild.create_forum_channel
        channel = make(kind)
    await mona.slash(stage.channel, "follow", tag="gear", channel=channel)
    assert [(feed.channel, feed.target) for feed in await here(stage)] == [(channel.id, kind)]


async def test_a_missing_permission_is_named_before_anything_is_followed(stage: Stage, mona: Any) -> None:
    secret = stage.guild.create_text_channel(
        "secret", overwrites={stage.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
    )
    shown = await mona.slash(stage.channel, "follow", tag="gear", channel=secret)
    assert f"I'm missing **Send Messages** in <#{secret.id}>" in text_of(shown.response)
    assert await here(stage) == []


async def test_members_are_told_who_may(stage: Stage, mona: Any) -> None:
    shown = await stage.ann.slash(stage.channel, "follow", tag="gear")
    assert "Manage Server permission, or a role" in text_of(shown.response)
    assert await here(stage) == []


async def test_a_role_named_in_settings_may_follow(stage: Stage, mona: Any) -> None:
    role = stage.guild.create_role("feed makers")
    fay = stage.guild.add_member(stage.env.create_user("fay"), roles=[role])
    panel = (await mona.slash(stage.channel, "settings")).response
    told = await mona.select(panel, [role], custom_id="t1:choose:feeders")
    assert f"✓ <@&{role.id}> and moderators can change feeds." in text_of(told.response)
    await fay.slash(stage.channel, "follow", tag="gear")
    assert len(await here(stage)) == 1


async def test_such_a_role_posts_only_where_its_members_may(stage: Stage, mona: Any) -> None:
    role = stage.guild.create_role("feed makers")
    fay = stage.guild.add_member(stage.env.create_user("fay"), roles=[role])
    await stage.bot.get_cog("settings")._servers.change(stage.guild.id, feeders=(role.id,))
    staff = stage.guild.create_text_channel(
        "staff",
        overwrites={role: discord.PermissionOverwrite(send_messages=False)},
    )
    shown = await fay.slash(stage.channel, "follow", tag="gear", channel=staff)
    assert "You can't post in that channel" in text_of(shown.response)


async def test_follow_on_a_makers_card_and_on_a_search(stage: Stage, mona: Any) -> None:
    card = await stage.ann.slash(stage.channel, "maker", maker="mira")
    assert "can't" not in text_of((await mona.click(card.response, label="Follow")).response)
    found = await stage.ann.slash(stage.channel, "search", text="gear", makes=True, sort="newest", within=30)
    await mona.click(found.response, label="Follow")
    everything = await stage.ann.slash(stage.channel, "search", sort="newest")
    assert "Follow" not in buttons(everything.response)
    assert [feed.source for feed in await here(stage)] == [
        FeedSource(kind="maker", value="mira"),
        FeedSource(kind="words", value="gear", has_makes=True),
    ]
    refused = await stage.ann.click(found.response, label="Follow")
    assert "Manage Server permission" in text_of(refused.response)


async def test_everyone_follows_in_a_dm_up_to_ten(stage: Stage) -> None:
    dora = stage.env.create_user("dora")
    for number in range(PERSONAL_FEEDS):
        shown = await dora.slash("follow", tag=f"tag{number}")
        assert "in our DM" in text_of(shown.response)
    full = await dora.slash("follow", tag="one more")
    assert "You have 10 feeds" in text_of(full.response)
    feeds = await stage.bot.store.feeds.of_person(dora.id)
    assert {(feed.target, feed.guild, feed.channel) for feed in feeds} == {("dm", None, dora.dm_channel.id)}


async def test_a_personal_feed_begins_with_a_dm(stage: Stage, asked_as: dict[str, Any]) -> None:
    asked_as.update(authorizing_integration_owners={"1": str(stage.ann.id)}, locale="de")
    await stage.ann.slash(stage.channel, "follow", tag="gear")
    (feed,) = await stage.bot.store.feeds.of_person(stage.ann.id)
    assert feed.options.language == "de"
    assert "gear" in text_of(stage.ann.user.dm_channel.last_message)


async def test_without_dms_there_is_no_personal_feed(
    stage: Stage, asked_as: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closed(*_: Any) -> bool:
        return False

    monkeypatch.setattr(Reply, "dm", closed)
    asked_as.update(authorizing_integration_owners={"1": str(stage.ann.id)})
    shown = await stage.ann.slash(stage.channel, "follow", tag="gear")
    assert "couldn't send you a DM" in text_of(shown.response)
    assert await stage.bot.store.feeds.of_person(stage.ann.id) == []


async def test_adult_designs_are_not_previewed_outside_age_restricted_channels(stage: Stage, mona: Any) -> None:
    adult = stage.world.publish("For adults", tags=["gear"], flags={"nsfw"})
    shown = await mona.slash(stage.channel, "follow", tag="gear")
    assert "For adults" not in text_of(shown.response)
    assert adult.id in stage.world.things


async def test_a_tag_may_be_a_link_to_its_page(stage: Stage, mona: Any) -> None:
    refused = await mona.slash(stage.channel, "follow", tag="https://www.thingiverse.com/mira")
    assert "couldn't find a tag in that" in text_of(refused.response)
    await mona.slash(stage.channel, "follow", tag="https://www.thingiverse.com/tag:gear/newest")
    assert [feed.source for feed in await here(stage)] == [GEARS]
