"""/my-designs: what changed about one's own designs, and the daily DM."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.limits import check_limits
from tests.stage import Stage, buttons, text_of

DAY = timedelta(days=1)


class Days:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def days(stage: Stage) -> Days:
    clock = Days()
    stage.bot.get_cog("my_designs")._counting._now = clock
    await stage.link(stage.ann, "mira")
    return clock


async def opened(stage: Stage) -> Any:
    await read_again(stage)
    return (await stage.ann.slash(stage.channel, "my-designs")).response


async def read_again(stage: Stage) -> None:
    stage.bot.get_cog("browse")._catalog._shelf.expire()


def mine(stage: Stage) -> list[Any]:
    return [thing for thing in stage.world.listed() if thing.maker == "mira"]


async def test_the_first_look_shows_the_counts_and_begins_counting(stage: Stage, days: Days) -> None:
    shown = await opened(stage)
    said = text_of(shown)
    assert f"{len(mine(stage))} designs by @mira" in said
    likes = sum(thing.like_count for thing in mine(stage))
    assert f"{likes:,} likes" in said
    assert "I count from today" in said
    assert "Since" not in said


async def test_later_it_shows_what_changed_since_yesterday_and_last_week(stage: Stage, days: Days) -> None:
    first, second = mine(stage)[-2:]
    await opened(stage)
    for _ in range(6):
        days.now += DAY
        first.like_count += 1
        await opened(stage)
    days.now += DAY
    first.like_count += 2
    first.comment_count += 1
    second.make_count -= 1
    shown = await opened(stage)
    said = text_of(shown)
    (yesterday, week) = [line for line in said.splitlines() if line.startswith("Since")]
    assert "**+2 likes · −1 make · +1 comment**" in yesterday
    assert "**+8 likes · −1 make · +1 comment**" in week
    assert f"<t:{int((days.now - DAY).replace(hour=0).timestamp())}:D>" in yesterday
    lines = said.splitlines()
    assert first.name in next(line for line in lines if line.startswith("**[")), "what changed comes first"
    assert "-# +2 likes · +1 comment" in lines


async def test_a_new_design_is_all_news_and_a_deleted_one_costs_nothing(stage: Stage, days: Days) -> None:
    await opened(stage)
    days.now += DAY
    gone = mine(stage)[0]
    del stage.world.things[gone.id]
    new = stage.world.add_thing(9_001, like_count=3, make_count=0, comment_count=0, collect_count=0)
    new.maker, new.days_old = "mira", 0
    assert "**+3 likes**" in text_of(await opened(stage))


async def test_counts_that_thingiverse_leaves_out_are_left_out(stage: Stage, days: Days) -> None:
    for thing in mine(stage):
        thing.collect_count = None
    await opened(stage)
    days.now += DAY
    said = text_of(await opened(stage))
    assert "save" not in said
    assert "**nothing new**" in said


async def test_it_has_pages(stage: Stage, days: Days) -> None:
    for number in range(60):
        stage.world.add_thing(9_100 + number).maker = "mira"
    shown = await opened(stage)
    pages = 1
    while not buttons(shown)["Next"].get("disabled"):
        check_limits(shown.components)
        shown = (await stage.ann.click(shown, label="Next")).response
        pages += 1
    assert pages == -(-len(mine(stage)) // 8)


async def test_someone_without_a_link_or_designs_is_told(stage: Stage) -> None:
    shown = await stage.ben.slash(stage.channel, "my-designs")
    assert "haven't linked" in text_of(shown.response)
    await stage.link(stage.ben, "owner")
    shown = await stage.ben.slash(stage.channel, "my-designs")
    assert "hasn't published any designs" in text_of(shown.response)


async def test_only_what_everyone_sees_is_counted_with_the_apps_own_token(stage: Stage, days: Days) -> None:
    stage.world.clear_requests()
    await opened(stage)
    assert {seen.owner for seen in stage.world.requests} == {stage.world.app.owner}


async def test_an_adult_designs_name_is_not_shown_everywhere(stage: Stage, days: Days) -> None:
    thing = mine(stage)[0]
    thing.flags.add("nsfw")
    said = text_of(await opened(stage))
    assert thing.name not in said
    assert f"**#{thing.id}**" in said


def dms(stage: Stage, member: Any) -> list[Any]:
    return list(member.user.dm_channel.history())


async def due(stage: Stage) -> None:
    await read_again(stage)
    await stage.bot.get_cog("my_designs").send_due()


async def test_the_daily_dm_comes_once_a_day_when_there_is_news(stage: Stage, days: Days) -> None:
    shown = await opened(stage)
    on = await stage.ann.click(shown, label="Send me this daily")
    assert "Stop daily DMs" in buttons(on.response)
    before = len(dms(stage, stage.ann))
    thing = mine(stage)[0]
    await due(stage)
    assert len(dms(stage, stage.ann)) == before, "not due yet"
    days.now += DAY + timedelta(minutes=1)
    await due(stage)
    assert len(dms(stage, stage.ann)) == before, "nothing new"
    days.now += DAY
    thing.like_count += 5
    await due(stage)
    await due(stage)
    assert len(dms(stage, stage.ann)) == before + 1
    said = text_of(dms(stage, stage.ann)[-1])
    assert "**+5 likes**" in said
    assert thing.name in said
    check_limits([part.to_dict() for part in dms(stage, stage.ann)[-1].components])


async def test_a_button_in_the_dm_turns_it_off(stage: Stage, days: Days) -> None:
    await stage.ann.click(await opened(stage), label="Send me this daily")
    days.now += DAY
    mine(stage)[0].like_count += 5
    await due(stage)
    before = len(dms(stage, stage.ann))
    off = await stage.ann.user.click(dms(stage, stage.ann)[-1], label="Stop these DMs")
    assert "won't get these DMs" in text_of(off.response)
    days.now += 2 * DAY
    mine(stage)[0].like_count += 5
    await due(stage)
    assert len([each for each in dms(stage, stage.ann) if "Since" in text_of(each)]) == 1
    assert "Send me this daily" in buttons(await opened(stage))
    assert before


@pytest.mark.parametrize(("status", "code"), [(403, 50007), (500, 0)])
async def test_closed_dms_turn_it_off_and_a_failing_discord_does_not(
    stage: Stage, days: Days, status: int, code: int
) -> None:
    await stage.ann.click(await opened(stage), label="Send me this daily")
    days.now += DAY
    mine(stage)[0].like_count += 5
    stage.env.inject_error("POST", f"/channels/{stage.ann.user.dm_channel.id}/messages", status=status, code=code)
    await due(stage)
    report = await stage.bot.store.design_reports.of(stage.ann.id)
    assert report.daily is (status == 500)
    assert ("I turned off your daily DM" in text_of(await opened(stage))) is (status == 403)


async def test_it_is_not_turned_on_while_dms_are_closed(stage: Stage, days: Days) -> None:
    shown = await opened(stage)
    stage.env.inject_error("POST", f"/channels/{stage.ann.user.dm_channel.id}/messages", status=403, code=50007)
    refused = await stage.ann.click(shown, label="Send me this daily")
    assert "I can't send you DMs" in text_of(refused.followups[-1])
    assert (await stage.bot.store.design_reports.of(stage.ann.id)).daily is False


async def test_an_outage_puts_it_off_for_an_hour(stage: Stage, days: Days) -> None:
    await opened(stage)
    days.now += DAY
    stage.world.faults.set("500")
    stage.bot.get_cog("browse")._catalog._shelf._cache.store.clear()
    await due(stage)
    report = await stage.bot.store.design_reports.of(stage.ann.id)
    assert report.due_at == days.now + timedelta(hours=1)
    assert len(await stage.bot.store.design_reports.days_of(stage.ann.id, 200)) == 1
    stage.world.faults.clear()
    days.now += timedelta(hours=1)
    stage.bot.thingiverse._transport._breakers.clear()
    await due(stage)
    assert len(await stage.bot.store.design_reports.days_of(stage.ann.id, 200)) == 2


async def test_an_old_copy_is_shown_with_its_age_and_not_counted(stage: Stage, days: Days) -> None:
    await opened(stage)
    days.now += DAY
    stage.world.faults.set("500")
    await due(stage)
    assert (await stage.bot.store.design_reports.of(stage.ann.id)).due_at == days.now + timedelta(hours=1)
    assert "This is a saved copy" in text_of(await opened(stage))
    assert len(await stage.bot.store.design_reports.days_of(stage.ann.id, 200)) == 1


async def test_a_design_that_was_missing_from_a_list_is_no_news(stage: Stage, days: Days) -> None:
    thing = mine(stage)[0]
    thing.extra["created_at"] = "2020-01-01T00:00:00+00:00"
    thing.flags.add("private")
    await opened(stage)
    days.now += DAY
    thing.flags.discard("private")
    assert "**nothing new**" in text_of(await opened(stage))


async def test_unlinking_and_deleting_end_it(stage: Stage, days: Days) -> None:
    await stage.ann.click(await opened(stage), label="Send me this daily")
    privacy = await stage.ann.slash(stage.channel, "privacy")
    assert "counts of your designs" in text_of(privacy.response)
    await stage.unlink(stage.ann)
    assert await stage.bot.store.design_reports.of(stage.ann.id) is None
    assert await stage.bot.store.design_reports.days_of(stage.ann.id, 200) == []


async def test_another_account_begins_anew(stage: Stage, days: Days) -> None:
    await opened(stage)
    days.now += DAY
    await stage.link(stage.ann, "kumiko")
    said = text_of(await opened(stage))
    assert "@kumiko" in said
    assert "I count from today" in said
