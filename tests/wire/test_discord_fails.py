"""What people and operators see when Discord rejects, loses, or delays the bot's messages."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from actions.servers import Servers
from cards.components import walk
from fakes.discord.guilds import GUILD_ID
from fakes.discord.payloads import FORUM
from fakes.discord.server import GUILD, FakeDiscord
from fakes.discord.state import NotAnswered, Result, Said
from fakes.thingiverse import FakeThingiverse
from storage.store import open_store
from tests.waiting import until
from tests.wire.process import Process, running_bot
from tests.wire.story import start_linking

GEARS, VASE = 1038, 1001
CALLBACK = "POST /interactions/*/callback"
MESSAGE_CONTENT = 1 << 15


def text_of(message: Any) -> str:
    return "\n".join(part["content"] for part in walk(message["components"]) if part["type"] == 10)


def said_by(result: Result) -> str:
    """Everything the person saw of a reply."""
    seen = [result.message, *result.edits, *result.followups]
    return "\n".join(text_of(message) for message in seen if message is not None)


def urls(message: Any) -> list[str]:
    return [part["url"] for part in walk(message["components"]) if "url" in part]


def address(thing: int) -> str:
    return f"https://www.thingiverse.com/thing:{thing}"


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord(approved_intents=MESSAGE_CONTENT, strict_bodies=False) as discord:
        yield discord


@pytest.fixture
async def bot(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Process]:
    """A bot with previews on in the channel."""
    channel = int(discord.places.place(discord.person("ann"), GUILD).id)
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        await Servers(store.community).change(int(GUILD_ID), previewed=(channel,))
    async with running_bot(discord, world, tmp_path, PREVIEWS="true") as process:
        yield process


async def link(discord: FakeDiscord, world: FakeThingiverse, person: Any) -> None:
    await start_linking(discord, person)
    said = await discord.dm(person, f"{world.app.redirect_uri}#access_token={world.token_for('mira')}")
    confirm = next(part for part in walk(said.answers[0]["components"]) if "confirm" in part.get("custom_id", ""))
    await discord.click(person, said.answers[0], confirm["custom_id"])


def previews(discord: FakeDiscord, said: Said) -> list[Any]:
    """The previews of a message."""
    kept = [each for each in discord.state.messages.values() if not each.deleted]
    under = [each.payload for each in kept if (each.payload.get("message_reference") or {}).get("message_id")]
    return [each for each in under if each["message_reference"]["message_id"] == said.kept.id]


def posted(discord: FakeDiscord) -> list[Any]:
    kept = discord.state.messages.values()
    return [each.payload for each in kept if "Shared by" in text_of(each.payload)]


# -- replies whose confirmation is lost


async def test_a_deferral_whose_answer_is_lost_still_ends_in_the_answer(
    discord: FakeDiscord, world: FakeThingiverse, bot: Process
) -> None:
    ann = discord.person("ann")
    await link(discord, world, ann)
    world.faults.latency = 1.2
    discord.fail(CALLBACK, 502, lose=True)
    liked = await discord.slash(ann, "like", thing=str(GEARS))
    assert "You liked" in said_by(liked)
    assert world.likes_of("mira") == {GEARS}
    assert "acknowledged before" in bot.said
    assert "Traceback" not in bot.said


@pytest.mark.parametrize("status", [None, 502])
async def test_an_answer_that_arrived_unheard_is_not_reported_as_failed(
    discord: FakeDiscord, bot: Process, status: int | None
) -> None:
    discord.fail(CALLBACK, status, lose=True)
    helped = await discord.slash(discord.person("ann"), "help")
    await until(lambda: bool(helped.edits))
    assert "went wrong" not in said_by(helped)
    assert "Traceback" not in bot.said


async def test_discord_hearing_too_late_is_one_warning(discord: FakeDiscord, bot: Process) -> None:
    discord.fail(CALLBACK, 404, code=10062, times=9)
    discord.state.first_sign = 1.0
    with pytest.raises(NotAnswered):
        await discord.slash(discord.person("ann"), "help")
    await until(lambda: "Discord heard from this bot too late" in bot.said)
    assert bot.said.count("Discord heard from this bot too late") == 1
    assert "error" not in bot.said.lower().replace("errors", "")
    assert "Traceback" not in bot.said


async def test_a_lost_connection_of_the_dm_costs_only_the_dm(discord: FakeDiscord, bot: Process) -> None:
    discord.fail("POST /users/@me/channels", None, lose=True, times=9)
    begun = await discord.slash(discord.person("ann"), "link")
    await until(lambda: "couldn't send you a DM" in said_by(begun))
    assert "went wrong" not in said_by(begun)


async def test_a_guild_interaction_without_its_member_is_answered(discord: FakeDiscord, bot: Process) -> None:
    who, interactions = discord._interactions._who, discord._interactions

    def without_member(*given: Any) -> Any:
        return {key: value for key, value in who(*given).items() if key != "member"}

    interactions._who = without_member
    asked = await discord.slash(discord.person("ann"), "help")
    assert "Discord didn't tell me who you are" in said_by(asked)


# -- suggestions


async def test_suggestions_come_in_time_while_thingiverse_hangs(
    discord: FakeDiscord, world: FakeThingiverse, bot: Process
) -> None:
    discord.state.first_sign = 3.0
    world.faults.latency = 5.0
    assert await discord.autocomplete(discord.person("ann"), "search", "category", "a") == []


async def test_suggestions_that_come_too_late_are_no_error(discord: FakeDiscord, bot: Process) -> None:
    discord.fail(CALLBACK, 404, code=10062, times=9)
    discord.state.first_sign = 1.0
    with pytest.raises(NotAnswered):
        await discord.autocomplete(discord.person("ann"), "search", "category", "a")
    await until(lambda: "suggestions not sent" in bot.said)
    assert "Traceback" not in bot.said


# -- refusals


async def test_what_automod_blocks_leaves_nothing_public_and_is_told_in_private(
    discord: FakeDiscord, world: FakeThingiverse, bot: Process
) -> None:
    world.faults.latency = 1.0
    discord.fail("PATCH /webhooks/*", 400, code=200000)
    shown = await discord.slash(discord.person("ann"), "popular")
    await until(lambda: bool(shown.followups))
    assert shown.original is not None
    assert shown.original.deleted
    (told,) = shown.followups
    assert "AutoMod blocked my message" in text_of(told)
    assert told["flags"] & 64
    assert "Traceback" not in bot.said


@pytest.mark.parametrize("when", ["at once", "after a wait"])
async def test_the_page_of_a_deleted_gallery_comes_in_private(
    discord: FakeDiscord, world: FakeThingiverse, bot: Process, when: str
) -> None:
    ann = discord.person("ann")
    shown = await discord.slash(ann, "popular")
    assert shown.message is not None
    following = next(part for part in walk(shown.message["components"]) if part.get("label") == "Next")
    following["custom_id"] = f"t1:popular:2:0:{ann.id:x}:"  # a page that wasn't loaded yet
    if when == "after a wait":
        world.faults.latency = 1.3
        discord.fail("PATCH /webhooks/*", 404, code=10008, times=9)
    else:
        discord.fail(CALLBACK, 404, code=10008)
    pressed = await discord.click(ann, shown.message, following["custom_id"])
    await until(lambda: pressed.ephemeral or bool(pressed.followups))
    assert "Popular on Thingiverse" in said_by(pressed)
    assert "went wrong" not in said_by(pressed)
    assert "Traceback" not in bot.said


async def test_an_unlike_in_a_dismissed_list_is_told_in_private(
    discord: FakeDiscord, world: FakeThingiverse, bot: Process
) -> None:
    ann = discord.person("ann")
    await link(discord, world, ann)
    await discord.slash(ann, "like", thing=str(GEARS))
    listed = await discord.slash(ann, "likes")
    assert listed.message is not None
    unlike = next(p for p in walk(listed.message["components"]) if p.get("custom_id", "").startswith("t1:flip"))
    discord.fail("PATCH /webhooks/*", 404, code=10008, times=9)
    world.faults.latency = 0.9
    pressed = await discord.click(ann, listed.message, unlike["custom_id"])
    await until(lambda: bool(pressed.followups))
    assert "unliked" in text_of(pressed.followups[0]).lower()
    assert world.likes_of("mira") == set()
    assert "Traceback" not in bot.said


# -- shares


async def test_jump_to_message_leads_into_the_server(discord: FakeDiscord, bot: Process) -> None:
    shared = await discord.slash(discord.person("ann"), "share", thing=str(GEARS))
    await until(lambda: "Shared." in said_by(shared))
    (card,) = posted(discord)
    assert f"https://discord.com/channels/{GUILD_ID}/{card['channel_id']}/{card['id']}" in urls(shared.message)


async def test_a_share_that_discord_did_not_confirm_is_not_posted_twice(discord: FakeDiscord, bot: Process) -> None:
    ann = discord.person("ann")
    discord.fail("POST /webhooks/*", None, lose=True)
    asked = await discord.slash(ann, "share", thing=str(GEARS))
    await until(lambda: "didn't confirm" in said_by(asked))
    again = await discord.slash(ann, "share", thing=str(GEARS))
    assert "didn't confirm" in said_by(again)
    assert len(posted(discord)) == 1


@pytest.mark.parametrize("status", [None, 502])
async def test_a_share_in_a_forum_is_posted_once_though_discord_fails(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, status: int | None
) -> None:
    forum = discord.channels.create("showcase", FORUM)
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        await Servers(store.community).change(int(GUILD_ID), showcase=int(forum.id))
    async with running_bot(discord, world, tmp_path):
        discord.fail("POST /channels/*/threads", status, lose=True)
        asked = await discord.slash(discord.person("ann"), "share", thing=str(GEARS))
        await until(lambda: "didn't confirm" in said_by(asked))
        assert len(discord.channels.threads(forum)) == 1


# -- previews, and changes of their messages


async def under(discord: FakeDiscord, said: Said, count: int) -> None:
    await until(lambda: len(previews(discord, said)) == count)


async def asked_for(world: FakeThingiverse, thing: int) -> None:
    await until(lambda: world.count("GET", f"/api/things/{thing}") > 0)


Change = Callable[[FakeDiscord, Said], Awaitable[None]]


async def edit_away(discord: FakeDiscord, said: Said) -> None:
    await discord.edit(said, "never mind")


async def delete(discord: FakeDiscord, said: Said) -> None:
    await discord.delete(said)


@pytest.mark.parametrize("change", [edit_away, delete])
async def test_no_card_for_a_link_that_went_while_thingiverse_was_asked(
    discord: FakeDiscord, world: FakeThingiverse, bot: Process, change: Change
) -> None:
    world.faults.latency = 1.0
    said = await discord.say(discord.person("ann"), address(GEARS))
    await asked_for(world, GEARS)
    await change(discord, said)
    world.faults.latency = 0.0
    await _a_later_link_has_its_card(discord)
    assert previews(discord, said) == []


@pytest.mark.parametrize("change", [edit_away, delete])
async def test_a_card_goes_whose_message_changed_before_discord_confirmed_it(
    discord: FakeDiscord, bot: Process, change: Change
) -> None:
    discord.fail("POST /channels/*/messages", None, late=1.0)
    said = await discord.say(discord.person("ann"), address(GEARS))
    await under(discord, said, 1)
    await change(discord, said)
    await under(discord, said, 0)


async def test_a_card_whose_confirmation_is_lost_goes_with_its_message(discord: FakeDiscord, bot: Process) -> None:
    discord.fail("POST /channels/*/messages", None, lose=True)
    said = await discord.say(discord.person("ann"), address(GEARS))
    await until(lambda: sum(request.path.endswith("/messages") for request in discord.requests) == 2)
    await discord.settle(0.3)
    assert len(previews(discord, said)) == 1
    await discord.delete(said)
    await under(discord, said, 0)


async def test_an_edit_that_adds_a_link_brings_a_card(discord: FakeDiscord, bot: Process) -> None:
    said = await discord.say(discord.person("ann"), "look at this")
    await discord.edit(said, f"look at {address(GEARS)}")
    await under(discord, said, 1)


async def test_an_edit_to_another_link_brings_its_card(discord: FakeDiscord, bot: Process) -> None:
    said = await discord.say(discord.person("ann"), address(GEARS))
    await under(discord, said, 1)
    await discord.edit(said, address(VASE))
    await until(lambda: ["Twisted" in text_of(card) for card in previews(discord, said)] == [True])


async def test_a_link_posted_again_after_its_message_was_deleted_gets_a_card(
    discord: FakeDiscord, bot: Process
) -> None:
    first = await discord.say(discord.person("ann"), address(GEARS))
    await under(discord, first, 1)
    await discord.delete(first)
    await under(discord, first, 0)
    second = await discord.say(discord.person("ann"), address(GEARS))
    await under(discord, second, 1)


async def test_a_link_posted_again_while_the_first_preview_is_being_deleted_gets_a_card(
    discord: FakeDiscord, bot: Process
) -> None:
    discord.fail("POST /channels/*/messages", None, late=1.0)
    discord.fail("DELETE /channels/*", None, late=3.0)
    first = await discord.say(discord.person("ann"), address(GEARS))
    await under(discord, first, 1)
    await discord.delete(first)
    await under(discord, first, 0)
    second = await discord.say(discord.person("ann"), address(GEARS))
    await under(discord, second, 1)


async def test_a_person_who_posts_through_a_webhook_gets_a_card(discord: FakeDiscord, bot: Process) -> None:
    webhook = "1300000000000000001"
    author = {"id": webhook, "username": "ann (PluralKit)", "discriminator": "0000", "avatar": None, "bot": True}
    said = await discord.say(
        discord.person("ann"), address(GEARS), webhook_id=webhook, application_id="466378653216014359", author=author
    )
    await under(discord, said, 1)


@pytest.mark.parametrize("kind", [7, 18, 20])
async def test_messages_that_nobody_wrote_get_no_card(
    discord: FakeDiscord, world: FakeThingiverse, bot: Process, kind: int
) -> None:
    said = await discord.say(discord.person("ann"), address(GEARS), type=kind)
    await _a_later_link_has_its_card(discord)
    assert previews(discord, said) == []
    assert world.count("GET", f"/api/things/{GEARS}") == 0


async def _a_later_link_has_its_card(discord: FakeDiscord) -> None:
    """Wait until a later link has its preview, so everything before it was handled."""
    later = await discord.say(discord.person("ben"), address(VASE))
    await under(discord, later, 1)
    await discord.settle(0.3)
