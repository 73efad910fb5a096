"""The fake Discord, tested with a plain discord.py bot that does what real bots do."""

from __future__ import annotations

import io
import time

import discord
import pytest

from fakes.discord import components, schemas
from fakes.discord.payloads import MANAGE_MESSAGES
from fakes.discord.server import DM, PRIVATE, USER_INSTALL, FakeDiscord
from fakes.discord.state import NotAnswered
from tests.waiting import until
from tests.wire.plain_bot import INTENTS, Bot, running


async def test_the_bot_identifies_and_registers_its_commands(fake: FakeDiscord, bot: Bot) -> None:
    assert fake.intents == INTENTS.value
    assert {each["name"]: each["contexts"] for each in fake.commands}["card"] == [0, 1, 2]
    assert all(int(each["id"]) and each["application_id"] == str(bot.application_id) for each in fake.commands)


async def test_a_first_follow_up_takes_the_place_of_the_deferral(fake: FakeDiscord, bot: Bot) -> None:
    result = await fake.slash(fake.person("ann"), "card", number=3)
    assert (result.ack_type, result.ephemeral, len(result.edits), result.followups) == (5, True, 1, [])
    assert result.ack_after < 3
    assert components.texts(result.message) == "counted 3\nNow 3"
    ids = [each["id"] for _, each in components.walk(result.message["components"])]
    assert ids == [1, 2, 3, 4]


async def test_a_press_reaches_a_dynamic_item_and_edits(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    shown = await fake.slash(ann, "card", number=3)
    result = await fake.click(ann, shown.message, "count:3")
    assert result.ack_type == 7
    assert components.texts(result.message) == "counted 4\nNow 4"
    assert components.button(shown.message, "Now")["custom_id"] == "count:4", "the first result shows the newest state"


async def test_nobody_presses_what_they_do_not_see(fake: FakeDiscord, bot: Bot) -> None:
    shown = await fake.slash(fake.person("ann"), "card", number=3)
    with pytest.raises(LookupError):
        await fake.click(fake.person("ben"), shown.message, "count:3")
    with pytest.raises(LookupError):
        await fake.click(fake.person("ann"), shown.message, "count:99")


async def test_a_form_comes_and_goes(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    opened = await fake.slash(ann, "form")
    assert (opened.ack_type, opened.modal["title"]) == (9, "Who are you?")
    result = await fake.submit(ann, opened, {"name": "Ann"})
    assert (result.message["content"], result.ephemeral) == ("Hello Ann", True)
    with pytest.raises(AssertionError, match="too short"):
        await fake.submit(ann, opened, {"name": "A"})


async def test_suggestions_come_while_somebody_types(fake: FakeDiscord, bot: Bot) -> None:
    choices = await fake.autocomplete(fake.person("ann"), "card", "number", "seven")
    assert choices[2] == {"name": "seven and 2", "value": 2}


@pytest.mark.parametrize(("where", "context", "owner"), [(DM, 1, "0"), (USER_INSTALL, 0, "1"), (PRIVATE, 2, "1")])
async def test_commands_work_wherever_they_are_allowed(fake: FakeDiscord, bot: Bot, where, context, owner) -> None:
    result = await fake.slash(fake.person("ann"), "card", where=where, number=1)
    assert result.interaction["context"] == context
    assert list(result.interaction["authorizing_integration_owners"]) == [owner]
    with pytest.raises(LookupError, match="not offered"):
        await fake.slash(fake.person("ann"), "form", where=USER_INSTALL)


async def test_a_thread_says_nothing_of_its_age_restriction(fake: FakeDiscord, bot: Bot) -> None:
    result = await fake.slash(fake.person("ann"), "restricted", thread=True, channel_nsfw=True)
    assert result.message["content"] == "thread unknown, parent True"


async def test_follow_ups_are_few_where_only_the_person_brought_the_app(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    result = await fake.slash(ann, "many")
    await result.until(lambda it: len(it.followups) == 8)
    result = await fake.slash(ann, "many", where=USER_INSTALL)
    await result.until(lambda it: bool(it.edits))
    assert (len(result.followups), result.message["content"]) == (5, "error 40094")


async def test_an_interaction_is_answered_once_and_in_time(fake: FakeDiscord, bot: Bot) -> None:
    result = await fake.slash(fake.person("ann"), "twice")
    assert (await result.until(lambda it: bool(it.edits))).message["content"] == "error 40060"
    fake.state.first_sign = 0.1
    with pytest.raises(NotAnswered):
        await fake.slash(fake.person("ann"), "silent")


async def test_a_dm_is_read_and_answered(fake: FakeDiscord, bot: Bot) -> None:
    said = await fake.dm(fake.person("ann"), "hello")
    assert said.answers[0]["content"] == "You said hello"
    assert bot.heard[0].guild is None
    with pytest.raises(discord.Forbidden) as caught:
        await bot.heard[0].delete()
    assert caught.value.code == 50003


async def test_only_a_mention_is_read_in_a_server(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    await fake.say(ann, "something private")
    refused = await fake.say(ann, "<@bot> a key", answers=1)
    fake.state.permissions |= MANAGE_MESSAGES
    done = await fake.say(ann, "<@bot> a key", thread=True)
    await until(lambda: bool(fake.dms(ann)))  # the DM is no change of `done`
    assert [bool(message.content) for message in bot.heard] == [False, True, True]
    assert (refused.deleted, refused.answers[0]["content"]) == (False, "error 50013")
    assert (done.deleted, fake.dms(ann)[0]["content"]) == (True, "I deleted it")


async def test_closed_dms_refuse(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    fake.close_dms(ann)
    fake.state.permissions |= MANAGE_MESSAGES
    said = await fake.say(ann, "<@bot> a key", answers=1)
    assert (said.deleted, said.answers[0]["content"]) == (True, "error 50007")
    assert fake.dms(ann) == []


async def test_a_lost_connection_resumes_and_misses_nothing(fake: FakeDiscord, bot: Bot) -> None:
    for code in (4000, 1001, None):
        await fake.drop_gateway(code)
        assert (await fake.dm(fake.person("ann"), f"after {code}")).answers
    assert (fake.gateway.resumes, len(fake.gateway.identifies)) == (3, 1)


async def test_a_lost_session_identifies_anew(fake: FakeDiscord, bot: Bot) -> None:
    await fake.drop_gateway(4000, resumable=False)
    await fake.ready()
    await fake.invalid_session()
    await fake.ready()
    assert (fake.gateway.resumes, len(fake.gateway.identifies)) == (0, 3)
    assert (await fake.slash(fake.person("ann"), "card", number=1)).message


@pytest.mark.skipif(not schemas.DESCRIPTION.exists(), reason="Discord's description is not here")
async def test_where_discord_py_differs_from_the_description(fake: FakeDiscord, bot: Bot, monkeypatch) -> None:
    ann = fake.person("ann")
    await fake.dm(ann, "hello")
    await do_what_is_described_otherwise(bot)
    assert fake.violations == [], "known, so not reported"
    monkeypatch.setattr(schemas, "DEVIATIONS", ())
    bot._connection._private_channels_by_user.clear()
    await do_what_is_described_otherwise(bot)
    places = {line.split(": ")[1] for line in fake.violations}
    known = {"recipient_id", "message_reference.message_id", "message_reference.channel_id"}
    assert places == known | {"attachments.0.id", "allowed_mentions.users.0"}
    fake.violations.clear()


async def do_what_is_described_otherwise(bot: Bot) -> None:
    message = bot.heard[0]
    await message.author.create_dm()
    await message.reply("a reply")
    file, mentions = discord.File(io.BytesIO(b"x"), "x.txt"), discord.AllowedMentions(users=[message.author])
    sent = await message.channel.send("a file", file=file, allowed_mentions=mentions)
    assert sent.attachments[0].filename == "x.txt"


async def test_an_edit_keeps_the_files_it_lists_and_adds_the_new_ones(fake: FakeDiscord, bot: Bot) -> None:
    await fake.dm(fake.person("ann"), "hello")
    channel = bot.heard[0].channel
    sent = await channel.send("a file", file=discord.File(io.BytesIO(b"x"), "x.txt"))
    both = await sent.edit(attachments=[*sent.attachments, discord.File(io.BytesIO(b"y"), "y.txt")])
    assert [each.filename for each in both.attachments] == ["x.txt", "y.txt"]
    only = await both.edit(attachments=[discord.File(io.BytesIO(b"z"), "z.txt")])
    assert [each.filename for each in only.attachments] == ["z.txt"]


async def test_an_interactions_token_lives_for_a_quarter_of_an_hour(fake: FakeDiscord, bot: Bot) -> None:
    result = await fake.slash(fake.person("ann"), "card", number=1)
    token = result.interaction["token"]
    hook = discord.Webhook.partial(bot.application_id, token, client=bot)
    assert await hook.fetch_message("@original")
    fake.state.clock = lambda: time.monotonic() + 15 * 60 + 1
    with pytest.raises(discord.HTTPException) as caught:
        await hook.send("too late", wait=True)
    assert (caught.value.status, caught.value.code) == (401, 50027)


async def test_shards_hear_their_own_servers() -> None:
    async with FakeDiscord(shards=2) as fake, running(fake, Bot()) as bot:
        ann = fake.person("ann")
        assert [identity["shard"] for identity in fake.gateway.identifies] == [[0, 2], [1, 2]]
        assert (await fake.slash(ann, "card", number=1)).message
        assert (await fake.dm(ann, "hello")).answers
        assert len(bot.heard) == 1
