"""/feeds: every feed with its line, and what can be done with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import msgspec
import pytest

from desk.feed_targets import usable
from errors import BotError
from feed_records import FeedOptions, FeedSource, Subscription
from tests.feeds.digests import post_digest
from tests.limits import check_limits
from tests.stage import Stage, buttons, parts, text_of
from wiring.bot import open_bot

NOW = datetime.now(UTC).replace(microsecond=0)  # the database rounds to milliseconds


@pytest.fixture
def mona(stage: Stage) -> Any:
    role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("mona"), roles=[role])


async def follow(stage: Stage, tag: str = "gear", **given: Any) -> Subscription:
    where = {"guild": stage.guild.id, "channel": stage.channel.id, **given}
    made = await stage.bot.store.feeds.create(
        Subscription(source=FeedSource(kind="tag", value=tag), started_at=NOW, **where)
    )
    assert made is not None
    return made


async def opened(stage: Stage, mona: Any, feed: Subscription) -> Any:
    """The feed's own panel."""
    panel = await mona.slash(stage.channel, "feeds")
    return (await mona.select(panel.response, [str(feed.feed)], custom_id="t1:feed_pick:0")).response


async def options(stage: Stage, feed: Subscription) -> FeedOptions:
    found = await stage.bot.store.feeds.get(feed.feed)
    assert found is not None
    return found.options


async def test_without_feeds_it_says_how_to_get_some(stage: Stage, mona: Any) -> None:
    shown = await mona.slash(stage.channel, "feeds")
    assert shown.ephemeral
    assert "There are none yet" in text_of(shown.response)


async def test_every_feed_has_an_honest_line(stage: Stage, mona: Any) -> None:
    await follow(stage)
    broken = await follow(stage, "vase")
    await stage.bot.store.feeds.suspend(broken.feed, "missing_send", NOW, NOW + timedelta(hours=1))
    said = text_of((await mona.slash(stage.channel, "feeds")).response)
    assert f"**Tag: gear** → <#{stage.channel.id}>\nOK · not checked yet · nothing posted yet" in said
    assert f"Paused <t:{int(NOW.timestamp())}:R>: I'm missing **Send Messages** in <#{stage.channel.id}>." in said


async def test_many_feeds_are_paged(stage: Stage, mona: Any) -> None:
    for number in range(21):
        await follow(stage, f"tag{number}")
    panel = (await mona.slash(stage.channel, "feeds")).response
    check_limits(panel.components)
    assert buttons(panel)["Back"]["disabled"]
    for _ in range(2):
        panel = (await mona.click(panel, label="Next")).response
    assert "tag20" in text_of(panel)
    assert "tag19" not in text_of(panel)
    assert buttons(panel)["Next"]["disabled"]


async def test_pause_and_resume(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    panel = await opened(stage, mona, feed)
    paused = (await mona.click(panel, label="Pause")).response
    assert "✓ Paused." in text_of(paused)
    assert "Pause" not in buttons(paused)
    assert "✓ Posting again." in text_of((await mona.click(paused, label="Resume")).response)
    found = await stage.bot.store.feeds.get(feed.feed)
    assert found is not None
    assert found.state == "ok"


async def test_a_feed_that_still_cannot_post_is_not_resumed(stage: Stage, mona: Any) -> None:
    secret = stage.guild.create_text_channel(
        "secret", overwrites={stage.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
    )
    feed = await follow(stage, channel=secret.id)
    await stage.bot.store.feeds.suspend(feed.feed, "missing_send", NOW, None)
    panel = await opened(stage, mona, feed)
    refused = await mona.click(panel, label="Resume")
    assert "I'm missing **Send Messages**" in text_of(refused.followups[-1])


async def test_a_test_is_a_post_as_it_would_be(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    panel = await opened(stage, mona, feed)
    told = await mona.click(panel, label="Post a test")
    assert f"✓ Posted a test in <#{stage.channel.id}>." in text_of(told.response)
    posted = stage.channel.history()[-1]
    assert "-# From the feed Tag: gear" in text_of(posted)
    assert {"Save", "Details", "Open"} < set(buttons(posted))
    opened_card = await stage.ann.click(posted, label="Details")
    assert "License" in text_of(opened_card.response) or text_of(opened_card.response)


async def test_a_test_is_never_an_adult_design(stage: Stage, mona: Any) -> None:
    for number in range(3):
        stage.world.publish(f"For adults {number}", tags=["grownups"], flags={"nsfw"})
    feed = await follow(stage, "grownups")
    refused = await mona.click(await opened(stage, mona, feed), label="Post a test")
    assert "I found no design to post" in text_of(refused.followups[-1])


async def test_a_test_that_fails_says_why(stage: Stage, mona: Any) -> None:
    gone = stage.guild.create_text_channel("gone")
    feed = await follow(stage, channel=gone.id)
    panel = await opened(stage, mona, feed)
    stage.env.backend.delete_channel(gone.id)
    told = await mona.click(panel, label="Post a test")
    assert "✗ No test arrived." in text_of(told.response)
    assert "was deleted" in text_of(told.response)


async def test_move_asks_where_and_checks_permissions_there(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    secret = stage.guild.create_text_channel(
        "secret", overwrites={stage.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
    )
    forum = stage.guild.create_forum_channel("designs")
    asked = (await mona.click(await opened(stage, mona, feed), label="Move")).response
    refused = await mona.select(asked, [secret], custom_id=f"t1:feed_moved:{feed.feed}")
    assert "I'm missing **Send Messages**" in text_of(refused.followups[-1])
    moved = await mona.select(asked, [forum], custom_id=f"t1:feed_moved:{feed.feed}")
    assert f"→ <#{forum.id}>\n✓ Moved." in text_of(moved.response)
    found = await stage.bot.store.feeds.get(feed.feed)
    assert found is not None
    assert (found.channel, found.target) == (forum.id, "forum")


async def test_remove_asks_first(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    asked = (await mona.click(await opened(stage, mona, feed), label="Remove")).response
    kept = (await mona.click(asked, label="Keep it")).response
    assert await stage.bot.store.feeds.get(feed.feed) is not None
    asked = (await mona.click(kept, label="Remove")).response
    assert "✓ Removed." in text_of((await mona.click(asked, label="Remove")).response)
    assert await stage.bot.store.feeds.get(feed.feed) is None


async def test_a_panel_of_a_removed_feed_says_so(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    panel = await opened(stage, mona, feed)
    await stage.bot.store.feeds.remove(feed.feed)
    assert "This feed is gone" in text_of((await mona.click(panel, label="Pause")).followups[-1])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tags": ["chess"]}, "It isn't what this feed follows."),
        ({"tags": ["gear"], "days_ago": 3}, "before this feed began"),
        ({"tags": ["gear"], "days_ago": 40}, "more than 30 days ago"),
        ({"tags": ["gear"], "flags": {"ai"}}, "made with AI"),
        ({"tags": ["gear", "toy"]}, "It has the tag toy"),
        ({"tags": ["gear"], "maker": "gyro"}, "It's by gyro"),
        ({"tags": ["gear"]}, "fewer than 5 likes"),
        ({"tags": ["gear"], "like_count": 9}, "Nothing stops it."),
    ],
)
async def test_why_not_says_where_a_design_stopped(stage: Stage, mona: Any, given: dict[str, Any], said: str) -> None:
    feed = await follow(stage)
    chosen = FeedOptions(no_ai=True, without_tags=("toy",), without_makers=("gyro",), likes=5)
    await stage.bot.store.feeds.edit(feed.feed, NOW, options=chosen)
    thing = stage.world.publish("Missed", **given)
    form = await mona.click(await opened(stage, mona, feed), label="Why not?")
    told = await mona.submit_modal(form, {"design": f"https://www.thingiverse.com/thing:{thing.id}"})
    assert "**Missed**:" in text_of(told.response)
    assert said in text_of(told.response)


async def test_why_not_knows_designs_that_are_gone(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    for given, said in (("999999999", "isn't on Thingiverse anymore"), ("nonsense", "couldn't find a design in that")):
        form = await mona.click(await opened(stage, mona, feed), label="Why not?")
        assert said in text_of((await mona.submit_modal(form, {"design": given})).followups[-1])


async def test_edit_changes_how_it_posts(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    panel = (await mona.click(await opened(stage, mona, feed), label="Edit")).response
    number = feed.feed
    panel = (await mona.select(panel, ["4"], custom_id=f"t1:feed_set:{number}:every")).response
    assert "A digest every Friday at 9:00 (UTC)" in text_of(panel)
    panel = (await mona.select(panel, ["18"], custom_id=f"t1:feed_set:{number}:hour")).response
    panel = (await mona.select(panel, ["no_ai", "silent"], custom_id=f"t1:feed_set:{number}:flags")).response
    role = stage.guild.create_role("printers")
    panel = (await mona.select(panel, [role], custom_id=f"t1:feed_role:{number}")).response
    form = await mona.click(panel, label="Filters and hours")
    filled = {
        "zone": "berlin",
        "quiet": "２２:00 〜 7",
        "few_likes": "１０",
        "makers": "@gyro、bricole",
        "tags": "#toy，",
    }
    panel = (await mona.submit_modal(form, filled)).response
    check_limits(panel.components)
    assert await options(stage, feed) == FeedOptions(
        every="week",
        weekday=4,
        hour=18,
        zone="Europe/Berlin",
        quiet_from=22,
        quiet_until=7,
        role=role.id,
        likes=10,
        no_ai=True,
        silent=True,
        without_makers=("gyro", "bricole"),
        without_tags=("toy",),
    )
    for said in ("Quiet from 22:00 to 7:00 (Europe/Berlin)", f"Pings <@&{role.id}>", "At least 10 likes", "No AI"):
        assert said in text_of(panel)
    panel = (await mona.select(panel, ["design"], custom_id=f"t1:feed_set:{number}:every")).response
    assert "Each design right away" in text_of((await mona.click(panel, label="Done")).response)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("zone", "Mordor", "don't know the time zone Mordor"),
        ("quiet", "night", "two whole hours, such as 22-7"),
        ("quiet", "7-7", "two whole hours"),
        ("quiet", "25-7", "two whole hours"),
        ("few_likes", "many", "from 0 to 10,000"),
    ],
)
async def test_what_cannot_be_an_option_changes_nothing(
    stage: Stage, mona: Any, field: str, value: str, said: str
) -> None:
    feed = await follow(stage)
    panel = (await mona.click(await opened(stage, mona, feed), label="Edit")).response
    form = await mona.click(panel, label="Filters and hours")
    assert said in text_of((await mona.submit_modal(form, {field: value})).followups[-1])
    assert await options(stage, feed) == FeedOptions()


async def test_nobody_pings_everyone(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    panel = (await mona.click(await opened(stage, mona, feed), label="Edit")).response
    refused = await mona.select(panel, [stage.guild.default_role], custom_id=f"t1:feed_role:{feed.feed}")
    assert "I don't ping everyone" in text_of(refused.followups[-1])


async def test_such_a_role_pings_only_whom_its_members_may(stage: Stage, mona: Any) -> None:
    role, other = stage.guild.create_role("feed makers"), stage.guild.create_role("printers")
    fay = stage.guild.add_member(stage.env.create_user("fay"), roles=[role])
    await stage.bot.get_cog("settings")._servers.change(stage.guild.id, feeders=(role.id,))
    everyone = stage.env.backend.get_guild(stage.guild.id).roles[stage.guild.id]
    everyone.permissions &= ~discord.Permissions(mention_everyone=True).value
    feed = await follow(stage)
    panel = (await fay.click(await opened(stage, fay, feed), label="Edit")).response
    refused = await fay.select(panel, [other], custom_id=f"t1:feed_role:{feed.feed}")
    assert "You can't mention that role" in text_of(refused.followups[-1])
    panel = (await mona.click(await opened(stage, mona, feed), label="Edit")).response
    await mona.select(panel, [other], custom_id=f"t1:feed_role:{feed.feed}")
    assert (await options(stage, feed)).role == other.id


async def source_of(stage: Stage, feed: Subscription) -> FeedSource:
    found = await stage.bot.store.feeds.get(feed.feed)
    assert found is not None
    return found.source


async def follow_instead(stage: Stage, mona: Any, feed: Subscription, kind: str, what: str) -> Any:
    panel = (await mona.click(await opened(stage, mona, feed), label="Edit")).response
    form = await mona.click(panel, label="Follow something else")
    return await mona.submit_modal(form, {"kind": [kind], "what": what})


@pytest.mark.parametrize(
    ("kind", "what", "source"),
    [
        ("tag", "#vase", FeedSource(kind="tag", value="vase")),
        ("maker", "@mira", FeedSource(kind="maker", value="mira")),
        ("words", "spiral  vase", FeedSource(kind="words", value="spiral vase")),
        ("category", "household", FeedSource(kind="category", value="62", name="Household")),
        ("collection", "16001", FeedSource(kind="collection", value="16001", name="Gears that teach")),
        ("popular", "", FeedSource(kind="popular")),
    ],
)
async def test_a_feed_can_follow_something_else(stage: Stage, mona: Any, kind: str, what: str, source: Any) -> None:
    feed = await follow(stage, options=FeedOptions(likes=5))
    done = await follow_instead(stage, mona, feed, kind, what)
    assert "Only what's published from now on is posted." in text_of(done.response)
    assert "At least 5 likes" in text_of(done.response), "its options stay"
    assert await source_of(stage, feed) == source


async def test_other_words_keep_the_filters_of_a_search(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    searched = FeedSource(kind="words", value="vase", license="cc", has_makes=True, remixes=False)
    await stage.bot.store.feeds.edit(feed.feed, NOW, source=searched)
    await follow_instead(stage, mona, feed, "words", "gear")
    assert await source_of(stage, feed) == msgspec.structs.replace(searched, value="gear")


@pytest.mark.parametrize(
    ("kind", "what", "said"),
    [
        ("tag", "#", "What should I follow?"),
        ("words", "\u200b", "What should I follow?"),
        ("maker", "nobody-by-that-name", "I couldn't find nobody-by-that-name"),
        ("category", "no such", "has no category called no such"),
        ("collection", "999999", "I couldn't find that collection"),
        ("tag", "vase", "You already follow that here."),
        ("tag", "gear", "You already follow that here."),
    ],
)
async def test_a_feed_stays_as_it_is_if_the_other_cannot_be(
    stage: Stage, mona: Any, kind: str, what: str, said: str
) -> None:
    feed = await follow(stage)
    await follow(stage, "vase")
    refused = await follow_instead(stage, mona, feed, kind, what)
    assert said in text_of(refused.followups[-1])
    assert await source_of(stage, feed) == feed.source


async def test_a_feed_whose_collection_is_gone_goes_on_with_something_else(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    await stage.bot.store.feeds.suspend(feed.feed, "source_gone", NOW, None)
    await follow_instead(stage, mona, feed, "tag", "vase")
    found = await stage.bot.store.feeds.get(feed.feed)
    assert found is not None
    assert (found.state, found.reason) == ("ok", None)
    await stage.bot.store.feeds.suspend(feed.feed, "missing_send", NOW, None)
    await follow_instead(stage, mona, feed, "tag", "box")
    found = await stage.bot.store.feeds.get(feed.feed)
    assert found is not None
    assert found.reason == "missing_send", "that isn't mended by it"


async def test_a_channel_of_another_server_is_no_place_for_a_feed(stage: Stage) -> None:
    elsewhere = stage.env.create_guild().create_text_channel("elsewhere")
    with pytest.raises(BotError):
        await usable(stage.bot, stage.guild.id, elsewhere.id, stage.bot.desk.texts.english)


async def test_panels_work_after_a_restart(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    panel = await opened(stage, mona, feed)
    async with open_bot(stage.settings, patience=60.0) as restarted:
        await stage.env.restart_bot(restarted)
        assert "✓ Paused." in text_of((await mona.click(panel, label="Pause")).response)


async def test_who_is_no_moderator_anymore_changes_nothing(stage: Stage, mona: Any) -> None:
    feed = await follow(stage)
    panel = await opened(stage, mona, feed)
    member = stage.env.backend.get_guild(stage.guild.id).members[mona.id]
    member.role_ids = [] if isinstance(member.role_ids, list) else set()
    refused = await mona.click(panel, label="Pause")
    assert "Manage Server permission" in text_of(refused.followups[-1])


async def test_a_personal_feed_belongs_to_one_person(stage: Stage) -> None:
    dora = stage.env.create_user("dora")
    await dora.slash("follow", tag="gear")
    panel = (await dora.slash("feeds")).response
    assert "Your feeds" in text_of(panel)
    (feed,) = await stage.bot.store.feeds.of_person(dora.id)
    shown = (await dora.select(panel, [str(feed.feed)], custom_id="t1:feed_pick:0")).response
    assert "Move" not in buttons(shown)
    assert "✓ Posted a test in our DM." in text_of((await dora.click(shown, label="Post a test")).response)
    others = replace(feed, feed=0, person=dora.id + 1)
    made = await stage.bot.store.feeds.create(others)
    assert made is not None
    stored = stage.env.backend.get_message(panel.channel_id, panel.id)
    button = next(part for part in _walk(stored.components) if str(part.get("custom_id", "")).startswith("t1:feed_"))
    button["custom_id"] = f"t1:feed_pause:{made.feed}"
    refused = await dora.click(panel, custom_id=button["custom_id"])
    assert "someone else's" in text_of(refused.followups[-1])


def _walk(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for c in components for part in [c, *_walk(c.get("components", []))]]


async def test_privacy_counts_and_deletes_personal_feeds(stage: Stage) -> None:
    dora = stage.env.create_user("dora")
    await dora.slash("follow", tag="gear")
    panel = (await dora.slash("privacy")).response
    assert "1 feed" in text_of(panel)
    asked = (await dora.click(panel, label="Delete everything")).response
    await dora.click(asked, label="Delete everything")
    assert await stage.bot.store.feeds.of_person(dora.id) == []


@pytest.mark.parametrize("command", ["settings", "doctor"])
async def test_the_next_moderator_is_told_of_a_problem(stage: Stage, mona: Any, command: str) -> None:
    feed = await follow(stage)
    assert "because of a problem" not in text_of((await mona.slash(stage.channel, command)).response)
    await stage.bot.store.feeds.suspend(feed.feed, "channel_gone", NOW, None)
    assert "1 feed is paused because of a problem" in text_of((await mona.slash(stage.channel, command)).response)


async def test_moderators_choose_where_notices_go(stage: Stage, mona: Any) -> None:
    await follow(stage)
    panel = (await mona.slash(stage.channel, "feeds")).response
    check_limits(panel.components)
    log = stage.guild.create_text_channel("log")
    told = await mona.select(panel, [log], custom_id="t1:feed_notices")
    assert f"✓ Notices about feeds go to <#{log.id}>." in text_of(told.response)
    (select,) = [part for part in parts(told.response) if part.get("custom_id") == "t1:feed_notices"]
    assert select["default_values"] == [{"id": str(log.id), "type": "channel"}]
    assert f"**<#{log.id}>**: notices about feeds" in text_of((await mona.slash(stage.channel, "doctor")).response)
    cleared = await mona.select(told.response, [], custom_id="t1:feed_notices")
    assert "have no channel anymore" in text_of(cleared.response)


async def test_notices_go_only_where_i_can_write(stage: Stage, mona: Any) -> None:
    await follow(stage)
    panel = (await mona.slash(stage.channel, "feeds")).response
    secret = stage.guild.create_text_channel(
        "secret", overwrites={stage.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
    )
    refused = await mona.select(panel, [secret], custom_id="t1:feed_notices")
    assert "I'm missing **Send Messages**" in text_of(refused.followups[-1])
    assert (await stage.bot.get_cog("settings")._servers.settings(stage.guild.id)).notices == 0


async def test_who_may_only_change_feeds_does_not_choose_where_notices_go(stage: Stage) -> None:
    role = stage.guild.create_role("feed makers")
    fay = stage.guild.add_member(stage.env.create_user("fay"), roles=[role])
    await stage.bot.get_cog("settings")._servers.change(stage.guild.id, feeders=(role.id,))
    await follow(stage)
    panel = (await fay.slash(stage.channel, "feeds")).response
    assert "Notices" not in text_of(panel)


async def test_doctor_covers_every_feeds_channel(stage: Stage, mona: Any) -> None:
    secret = stage.guild.create_text_channel(
        "secret", overwrites={stage.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
    )
    await follow(stage, channel=secret.id)
    await follow(stage)
    said = text_of((await mona.slash(stage.channel, "doctor")).response)
    assert f"**<#{secret.id}>**: feeds" in said
    assert f"**<#{stage.channel.id}>**: feeds" in said
    assert "✗ **Send Messages**" in said


async def test_a_digest_opens_its_designs(stage: Stage) -> None:
    await post_digest(stage)
    digest = stage.channel.last_message
    check_limits([component.to_dict() for component in digest.components])
    assert "28 new designs" in text_of(digest)
    assert "-# and 18 more" in text_of(digest)
    (select,) = [part for part in parts(digest) if part.get("custom_id") == "t1:feed_card"]
    assert len(select["options"]) == 25
    shown = await stage.ann.select(digest, ["1112"], custom_id="t1:feed_card")
    assert shown.ephemeral
    assert "License" in text_of(shown.response)
