"""Use every command and button as each kind of person. A command or button that is never used fails the test."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from simcord.backend.errors import SetupError

from desk.refresh import Refresher
from fakes.thingiverse import FakeThingiverse
from records import HistoryEntry, Like
from tests.commands import COMMANDS, GEARS, MENUS
from tests.feeds.digests import post_digest
from tests.languages import LANGUAGES, locales_of, messages
from tests.limits import check_limits
from tests.stage import Stage, open_stage, parts, text_of
from tools import catalogs

# The order of the commands: those that end a link come last.
LAST = ("unlink",)
AFTER_A_WAIT = {"search_form"}  # see tests/bot/test_forms.py
ANSWERS = {"pasted": "isn't a Thingiverse link"}
FRAME, BUTTONS = 17, 1
MENTION = re.compile(r"</([^:>]+):([0-9]+)>")


@dataclass
class Tour:
    """Uses commands, presses the buttons of replies, and records what was used."""

    stage: Stage
    person: Any
    channel: Any  # None in a DM
    commands: set[str] = field(default_factory=set[str])
    verbs: set[str] = field(default_factory=set[str])
    heard: list[str] = field(default_factory=list[str])

    async def go(self) -> None:
        for name in self._in_order():
            try:
                called = await self._call(name)
            except SetupError:  # not available there
                continue
            self.commands.add(name)
            before = -1
            while before < len(self.verbs):  # a press may remove the other buttons, so the command is used again
                before = len(self.verbs)
                await self._look(called)
                if name not in LAST and before < len(self.verbs):
                    called = await self._call(name)
        for menu in MENUS if self.channel is not None else ():
            message = await self.stage.ben.send(self.channel, f"https://www.thingiverse.com/thing:{GEARS}")
            self.commands.add(menu)
            await self._look(await self.person.context_menu(self.channel, menu, message))

    def _in_order(self) -> list[str]:
        names = [command.name for command in self.stage.bot.tree.get_commands(type=discord.AppCommandType.chat_input)]
        return sorted(names, key=lambda name: name in LAST)

    async def _call(self, name: str) -> Any:
        assert name in COMMANDS, f"nothing drives /{name}: add it to COMMANDS"
        if self.channel is None:
            return await self.person.slash(name, **COMMANDS[name])
        return await self.person.slash(self.channel, name, **COMMANDS[name])

    async def _look(self, result: Any) -> None:
        """Read the reply, and press each kind of button that wasn't pressed yet."""
        message = result.response
        if message is None:
            return
        self._check(message)
        for part in parts(message):
            given = part.get("custom_id", "")
            verb = given.split(":")[1] if given.count(":") else ""
            if verb in self.verbs or part.get("disabled") or not verb:
                continue
            try:
                await self._press(message, part)
            except SetupError:  # an earlier press has changed the message
                self.verbs.discard(verb)

    async def _press(self, message: Any, part: dict[str, Any]) -> None:
        self.verbs.add(part["custom_id"].split(":")[1])
        if part["type"] == 2:
            pressed = await self.person.click(message, custom_id=part["custom_id"])
        else:
            pressed = await self._choose(message, part)
        if pressed.modal is not None:
            self.verbs.add(pressed.modal["custom_id"].split(":")[1])
            pressed = await self.person.submit_modal(pressed, self._filled(pressed.modal))
        await self._look(pressed)

    async def _choose(self, message: Any, part: dict[str, Any]) -> Any:
        chosen = [part["options"][-1]["value"]] if part["type"] == 3 else self._entities(part)
        return await self.person.select(message, chosen, custom_id=part["custom_id"])

    def _entities(self, part: dict[str, Any]) -> list[Any]:
        return [self.stage.channel] if part["type"] == 8 else [self.stage.guild.default_role]

    def _filled(self, modal: dict[str, Any]) -> dict[str, Any]:
        inputs = [row.get("component") or row["components"][0] for row in modal["components"]]
        return {each["custom_id"]: _answer_to(each) for each in inputs}

    def _check(self, message: Any) -> None:
        said = text_of(message)
        self.heard.append(said)
        check_limits(message.components)
        assert said, "an answer says something"
        assert "{/" not in said
        kinds = [component["type"] for component in message.components]
        assert kinds[0] == FRAME, "every card has a frame"
        assert set(kinds) <= {FRAME, BUTTONS}, "only page buttons stand outside of it"
        for name, number in MENTION.findall(said):
            assert self.stage.bot.desk.texts.commands.mention(name) == f"</{name}:{number}>", said
            assert name in COMMANDS, said
        for word in ("reference", "Traceback", "Error", "None", "{"):
            assert word not in said.split(), said


def _answer_to(field: dict[str, Any]) -> str | list[str]:
    if field["type"] == 3:
        return [field["options"][0]["value"]]
    return ANSWERS.get(field["custom_id"], "3")


@pytest.fixture
async def toured(world: FakeThingiverse, tmp_path: Any, monkeypatch: Any) -> AsyncGenerator[Stage]:
    monkeypatch.setattr(Refresher.__init__, "__defaults__", (0.01,))  # instead of five seconds
    async with open_stage(world, tmp_path, previews=True, thingiverse_budget=100_000) as stage:
        yield stage


async def test_nothing_is_left_undriven(toured: Stage) -> None:
    """As a moderator, as someone who isn't linked, while linking, and after it."""
    role = toured.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
    mona = toured.guild.add_member(toured.env.create_user("mona"), roles=[role])
    toured.world.collections[16001].things = list(toured.world.things)[10:22]
    tours = [Tour(toured, mona, toured.channel) for _ in range(4)]
    tours[0].verbs |= {"erase_now", "keep"}  # pressing one of "delete" and "keep it" removes the other
    await tours[0].go()
    tours[0].verbs -= {"erase_now", "keep"}
    await tours[0]._look(await mona.submit_modal(await mona.slash(toured.channel, "search"), {"words": "gear"}))
    tours[0].verbs.add("searched")
    await toured.link(mona, "bricole")
    _plenty(toured, mona.id)
    await _save(toured, mona, tours[1])
    await _own_designs(toured, mona, tours[1])
    await tours[1].go()
    everything = {command.name for command in toured.bot.tree.get_commands()} | set(MENUS)
    assert everything == tours[0].commands == tours[1].commands
    for tour, other in ((tours[2], "cancel"), (tours[3], "confirm")):
        tour.verbs.add(other)  # pressing one of the two buttons under "Is this you?" removes the other
        await mona.slash(toured.channel, "link")
        address = f"{toured.world.app.redirect_uri}#access_token={toured.world.token_for('mira')}"
        await tour._look(await toured.paste(mona, address))
        tour.verbs.discard(other)
    tours[3].verbs.add("unlink_now")
    await tours[3]._look(await mona.slash(toured.channel, "unlink"))
    tours[3].verbs.discard("unlink_now")
    tours[3].verbs.add("privacy")
    await tours[3]._look(await mona.slash(toured.channel, "privacy"))
    await _preview(toured, mona, tours[3])
    await _digest(toured, tours[3])
    undriven = set(toured.bot._presses._routes) - AFTER_A_WAIT - set[str]().union(*(tour.verbs for tour in tours))
    assert not undriven, f"nothing presses {undriven}"


async def _save(stage: Stage, person: Any, tour: Tour) -> None:
    """Each way on from Save's card, which the first one pressed replaces."""
    ways = ["save_in", "save_at", "save_new"]
    for way in ways:
        tour.verbs |= set(ways)
        tour.verbs.discard(way)
        card = await person.slash(stage.channel, "thing", thing=GEARS)
        await tour._look(await person.click(card.response, label="Save"))
        assert way in tour.verbs


async def _own_designs(stage: Stage, person: Any, tour: Tour) -> None:
    """The pages of /my-designs, and the buttons of its daily DM."""
    for number in range(9_500, 9_520):
        stage.world.add_thing(number).maker = "bricole"
    await tour._look(await person.slash(stage.channel, "my-designs"))
    cog = stage.bot.get_cog("my_designs")
    cog._counting._now = lambda: datetime.now(UTC) + timedelta(days=1, minutes=1)
    for thing in stage.world.listed():
        thing.like_count = 1_000_000
    stage.bot.get_cog("browse")._catalog._shelf.expire()
    await cog.send_due()
    sent = person.user.dm_channel.last_message
    for label in ("All my designs", "Stop these DMs"):
        (part,) = [part for part in parts(sent) if part.get("label") == label]
        tour.verbs.add(part["custom_id"].split(":")[1])
        await tour._look(await person.user.click(sent, label=label))


async def _preview(stage: Stage, person: Any, tour: Tour) -> None:
    """The preview of a posted link."""
    await stage.bot.get_cog("settings")._servers.change(stage.guild.id, previewed=(stage.channel.id,))
    await person.send(stage.channel, "https://www.thingiverse.com/thing:2000")
    await person.send(stage.channel, "https://www.thingiverse.com/thing:1075")
    (part,) = [part for part in parts(stage.channel.last_message) if part.get("label") == "Remove"]
    await tour._press(stage.channel.last_message, part)


async def _digest(stage: Stage, tour: Tour) -> None:
    """A digest that a feed posted."""
    await post_digest(stage)
    select = next(part for part in parts(stage.channel.last_message) if part.get("custom_id") == "t1:feed_card")
    await tour._press(stage.channel.last_message, select)


def _plenty(stage: Stage, person: int) -> None:
    """Add enough designs for a second page everywhere."""
    for thing in list(stage.world.things)[10:22]:
        stage.world.like("bricole", thing)
        now = datetime.now(UTC)
        stage.bot.store.note_like(Like(person, thing, "liked", stage.guild.id, now))
        stage.bot.store.note_history(HistoryEntry(person, now, thing, "liked", True, 200))
        stage.world.collect("bricole", f"No. {thing}")
        stage.world.collect("bricole", f"Another {thing}")
        stage.world.collect("bricole", f"A third {thing}")
    thing, maker = list(stage.world.things)[30], stage.world.people["bricole"].id
    last = stage.world.collect("bricole", "The last", [thing], by_app={thing})
    saved = HistoryEntry(person, datetime.now(UTC), thing, "saved", True, maker, last.id, last.name)
    stage.bot.store.note_history(saved)


@pytest.mark.parametrize("linked", [True, False], ids=["linked", "not linked"])
@pytest.mark.parametrize("where", ["server", "dm", "user install", "thread under an age-restricted channel"])
async def test_each_kind_of_person_gets_an_answer_to_everything(
    toured: Stage,
    asked_as: dict[str, Any],
    age_restrict: Callable[[Any], None],
    where: str,
    linked: bool,
) -> None:
    if linked:
        await toured.link(toured.ann, "bricole")
    person, channel = toured.ann, toured.channel
    if where == "dm":
        person, channel = toured.env.create_user("dora"), None
        if linked:
            await _link_in_dm(toured, person)
    elif where == "user install":
        asked_as.update(authorizing_integration_owners={"1": str(toured.ann.id)})
    elif where.startswith("thread"):
        age_restrict(channel)
        thread = toured.env.backend.create_thread(channel.id, "a thread", toured.ann.id)
        channel = type(channel)(toured.env, toured.guild, thread)
    tour = Tour(toured, person, channel)
    await tour.go()
    assert {"popular", "thing", "search", "like", "link", "help"} <= tour.commands
    assert ("top" in tour.commands) is (where != "dm")


async def _link_in_dm(stage: Stage, person: Any) -> None:
    card = await person.slash("link")
    form = await person.click(card.response, label="Paste link")
    token = stage.world.token_for("kumiko")
    address = f"{stage.world.app.redirect_uri}#access_token={token}"
    asked = await person.submit_modal(form, {"pasted": address})
    await person.click(asked.response, label="Confirm")


@pytest.mark.parametrize(
    "code", [pytest.param(code, marks=[pytest.mark.slow] if code != "de" else []) for code in LANGUAGES]
)
async def test_each_complete_language_is_spoken_throughout(toured: Stage, asked_as: dict[str, Any], code: str) -> None:
    locale = min(locales_of(code))
    await toured.link(toured.ann, "bricole")
    asked_as.update(locale=locale, guild_locale=locale)
    tour = Tour(toured, toured.ann, toured.channel)
    await tour.go()
    if catalogs.missing(catalogs.ROOT)[code]:  # then English is expected
        return
    language = toured.bot.desk.texts.language(code)
    sentences = [message.id for message in messages() if isinstance(message.id, str)]
    whole = {one for one in sentences if len(one) > 15 and "{" not in one and language.say(one) != one}
    heard = "\n".join(tour.heard)
    assert not [one for one in whole if one in heard], "English was heard"
    assert [one for one in whole if language.say(one) in heard], "and the language was"
