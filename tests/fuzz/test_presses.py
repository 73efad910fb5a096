"""Fuzz custom_ids, forms, and options, as from a hostile client, over the wire."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Generator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from discord import AppCommandOptionType
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from actions.browser_check import BrowserCheck
from desk.feed_forms import DESIGN, KIND, KINDS, LIKES, QUIET, TAGS, WHAT, ZONE
from desk.forms import CODE, COLLECTION, DAYS, MAKERS, PASTED, WORDS
from desk.interactions import is_ephemeral
from fakes.discord.guilds import GUILD_ID
from fakes.discord.payloads import COMPONENT, MODAL_SUBMIT
from fakes.discord.redirect import pointed_at
from fakes.discord.server import DM, GUILD, PRIVATE, USER_INSTALL, FakeDiscord
from fakes.discord.state import Person, Result
from fakes.thingiverse import FakeThingiverse
from feed_records import FeedSource, Subscription
from operations.client import Thingamabot
from tests.fuzz.examples import cases
from tests.stage import settings_for
from tests.waiting import PATIENCE
from wiring.bot import open_bot

VASES = FeedSource(kind="tag", value="vase")
CANARY = "c0ffee1234567890c0ffee1234567890"
BUTTON = 2


@dataclass(repr=False)
class Siege:
    """The bot between two fakes, in one event loop for all examples."""

    runner: asyncio.Runner
    discord: FakeDiscord
    world: FakeThingiverse
    bot: Thingamabot
    message: dict[str, Any]  # one of the bot's cards

    @property
    def verbs(self) -> list[str]:
        return sorted(self.bot._presses._routes)

    def press(self, custom_id: str, where: Any, values: list[str] | None = None) -> Result:
        data = {"custom_id": custom_id, "component_type": BUTTON, "id": 1}
        if values is not None:
            data |= {"component_type": 3, "values": values}
        return self._send(COMPONENT, data, where)

    def submit(self, custom_id: str, fields: list[dict[str, Any]], where: Any) -> Result:
        return self._send(MODAL_SUBMIT, {"custom_id": custom_id, "components": fields}, where)

    def call(self, command: str, where: Any, **options: str) -> Result:
        ann = self.discord.person("ann")
        return self.runner.run(self.discord.slash(ann, command, where=where, **options))

    def _send(self, kind: int, data: dict[str, Any], where: Any) -> Result:
        return self.runner.run(self._sent(kind, data, where))

    async def _sent(self, kind: int, data: dict[str, Any], where: Any) -> Result:
        ann = self.discord.person("ann")
        if await self.bot.store.link_of(ann.id) is None:  # an earlier press unlinked
            await _link(self, ann)
        if await self.bot.store.feeds.get(1) is None:  # an earlier press removed it
            await self.bot.store.feeds.create(
                Subscription(person=ann.id, channel=0, target="dm", source=VASES, started_at=datetime.now(UTC))
            )
        place = self.discord.places.place(ann, where)
        button = {"type": BUTTON, "style": 1, "label": "x", "custom_id": data["custom_id"], "id": 1}
        message = {**self.message, "components": [{"type": 1, "id": 2, "components": [button]}]}
        begun = self.discord._interactions.begin(kind, ann, place, data, locale="en-US", message=message)
        return await (await begun).until(lambda it: it.answered or it.modal is not None, PATIENCE)


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Generator[Siege]:
    with asyncio.Runner() as runner:
        stack = runner.run(_entered(AsyncExitStack()))
        try:
            yield runner.run(_open(stack, runner, tmp_path_factory.mktemp("siege")))
        finally:
            runner.run(stack.aclose())


async def _entered(stack: AsyncExitStack) -> AsyncExitStack:
    return await stack.__aenter__()


async def _open(stack: AsyncExitStack, runner: asyncio.Runner, folder: Path) -> Siege:
    world = await stack.enter_async_context(FakeThingiverse())
    discord = await stack.enter_async_context(FakeDiscord(strict_bodies=False, quiet=0))
    stack.enter_context(pointed_at(discord))
    page = "https://bot.example"  # so that there's a form for the code
    world.app.redirect_uri = f"{page}/link/callback"
    settings = settings_for(
        world,
        folder,
        thingiverse_budget=10**9,
        public_url=page,
        web_listen="127.0.0.1:1",
        thingiverse_redirect_uri=None,
    )
    bot = await stack.enter_async_context(open_bot(settings))
    task = asyncio.create_task(bot.start(discord.token))
    stack.push_async_callback(asyncio.gather, task, return_exceptions=True)
    stack.push_async_callback(bot.close)
    await discord.ready()
    shown = await discord.slash(discord.person("ann"), "popular")
    assert shown.message is not None
    siege = Siege(runner, discord, world, bot, shown.message)
    await _link(siege, discord.person("ann"))
    return siege


async def _link(siege: Siege, person: Person) -> None:
    """Link the person: Allow, the page's code, and Confirm."""
    browser_check: BrowserCheck = siege.bot.get_cog("proofs")._browser_check
    links = browser_check._links
    state = parse_qs(urlsplit((await links.begin_link(person.id)).url).query)["state"][0]
    token = siege.world.token_for("mira")
    browser = await browser_check.arrive(f"{siege.world.app.redirect_uri}#access_token={token}&state={state}")
    code = (await browser_check.arrival(browser)).code
    assert code is not None
    await browser_check.enter_code(person.id, code)
    await links.confirm_link(person.id, siege.world.people["mira"].id)


async def _awaiting_a_code(siege: Siege) -> None:
    """Link up to the open linking page in a browser."""
    person, browser_check = siege.discord.person("ann").id, siege.bot.get_cog("proofs")._browser_check
    links = browser_check._links
    if links.waiting_in(await siege.bot.store.attempt_of(person)) is None:
        links._pause.forgive(person)  # wrong codes close a link, and the next one would have to wait
        state = parse_qs(urlsplit((await links.begin_link(person)).url).query)["state"][0]
        token = siege.world.token_for("mira")
        await browser_check.arrive(f"{siege.world.app.redirect_uri}#access_token={token}&state={state}")


def judged(siege: Siege, result: Result, logged: Any) -> None:
    """Check that the person got a sentence, Discord accepted it, and there was no unexpected error."""
    failed = [line for line in logged if line["event"] in {"interaction failed", "reply not delivered"}]
    assert failed == []
    assert siege.discord.violations == []
    assert CANARY not in str([result.message, result.followups, result.edits, result.modal])


numbers = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(
        [
            "1038",
            "0",
            "-1",
            "--5",
            "-",
            "+1",
            "1e9",
            "٣",
            "²",
            "9" * 18,
            "9" * 19,
            str(2**63),
            "1_0",
            " 1",
            "1\n",
            "",
            "nan",
        ]
    ),
)
words = st.text(max_size=12) | st.sampled_from([CANARY, "../..", "%2e%2e", "1/likes", "1?x=1", "1#"])
arguments = st.lists(numbers | words, max_size=4)
channels = st.sampled_from([GUILD, DM, USER_INSTALL, PRIVATE])


@cases(600)
@given(st.data(), arguments, channels)
def test_no_custom_id_does_harm(siege: Siege, data: st.DataObject, arguments: list[str], where: Any) -> None:
    verb = data.draw(st.sampled_from(siege.verbs))
    route = siege.bot._presses._routes[verb]
    if data.draw(st.booleans()):  # the right number of parts, or it's always rejected early
        arguments = [data.draw(numbers) for _ in route.parameters]
    with capture_logs() as logged:
        result = siege.press(":".join(["t1", verb, *arguments])[:100], where)
    judged(siege, result, logged)


@cases(300)
@given(st.text(min_size=1, max_size=100), channels, st.none() | st.lists(st.text(max_size=100), max_size=3))
def test_no_foreign_custom_id_does_harm(siege: Siege, pressed: str, where: Any, values: list[str] | None) -> None:
    with capture_logs() as logged:
        result = siege.press(pressed, where, values)
    judged(siege, result, logged)


typed = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        ["{home}#access_token={canary}", "{home}?code={canary}", "{canary}", "{home}#error=x", "x" * 4_000]
    ),
    st.tuples(st.text(max_size=10), st.just("{home}#access_token={canary}&state="), st.text(max_size=10)).map("".join),
)
inputs = st.builds(
    lambda name, value: {"type": 4, "custom_id": name, "value": value, "id": 3},
    st.sampled_from(["{own}", "{own}", "{own}", PASTED, CODE, DAYS, WORDS, ""])
    | st.sampled_from([ZONE, QUIET, LIKES, MAKERS, TAGS, WHAT])
    | st.text(max_size=20),
    typed | numbers | st.sampled_from(["0000-0000", "7", "9" * 4_000, "٣" * 8]),
)
selects = st.builds(
    lambda name, values: {"type": 3, "custom_id": name, "values": values, "id": 3},
    st.sampled_from([KIND, WHAT, ""]),
    st.lists(st.sampled_from([*KINDS, "x", ""]), max_size=2),
)
labels = (inputs | selects).map(lambda field: {"type": 18, "id": 2, "component": field})
rows = st.lists(inputs, min_size=1, max_size=2).map(lambda fields: {"type": 1, "id": 2, "components": fields})
texts = st.just({"type": 10, "id": 4})
FORMS = {  # each with its field
    "t1:pasted": PASTED,
    "t1:code": CODE,
    "t1:again_in": DAYS,
    "t1:searched": WORDS,
    "t1:hidden_in": MAKERS,
    "t1:save_named:1038": COLLECTION,
    "t1:feed_because:1": DESIGN,
    "t1:feed_options:1": QUIET,
    "t1:feed_follows:1": WHAT,
}


@cases(300)
@given(
    st.lists(labels | rows | texts, max_size=5), st.sampled_from([*FORMS, "t1:pasted:1", "t1:code:1", "x"]), channels
)
def test_no_form_does_harm(siege: Siege, fields: list[dict[str, Any]], form: str, where: Any) -> None:
    """The bot expects a code each time, so that the input is compared with it."""
    home = siege.world.app.redirect_uri
    siege.runner.run(_awaiting_a_code(siege))
    for field in fields:
        for each in [field.get("component"), *field.get("components", [])]:
            if each is not None:
                each["custom_id"] = each["custom_id"].replace("{own}", FORMS.get(form, "other"))
                if "value" in each:
                    each["value"] = each["value"].replace("{home}", home).replace("{canary}", CANARY)
    with capture_logs() as logged:
        result = siege.submit(form, fields, where)
    judged(siege, result, logged)


@cases(300)
@given(st.sampled_from(["like", "unlike"]), numbers | words | st.text(max_size=600), channels)
def test_no_option_does_harm(siege: Siege, command: str, given_: str, where: Any) -> None:
    with capture_logs() as logged:
        result = siege.call(command, where, thing=given_)
    judged(siege, result, logged)


@pytest.mark.parametrize("given_", [CANARY, f"mine {CANARY} x", "{home}#access_token={canary}", "{home}?code={canary}"])
def test_a_key_in_an_option_is_not_used(siege: Siege, given_: str) -> None:
    """It would be shown to everyone as the words that were searched for, and sent in an address."""
    given_ = given_.replace("{home}", str(siege.world.app.redirect_uri)).replace("{canary}", CANARY)
    siege.world.clear_requests()
    tried = 0
    for command in siege.bot.tree.walk_commands():
        taken = [each for each in command.parameters if each.type is AppCommandOptionType.string and not each.choices]
        for option in taken:
            if option.max_value is not None and len(given_) > option.max_value:
                continue  # Discord doesn't let people type it
            others = {each.name: "1038" for each in taken if each.required}
            with capture_logs() as logged:
                result = siege.call(command.name, GUILD, **others | {option.name: given_})
            judged(siege, result, logged)
            assert result.message is not None and is_ephemeral(result.message), command.name
            assert "has a key to your Thingiverse account" in str(result.message), (command.name, option.name)
            tried += 1
    assert tried > 5
    assert CANARY not in str(siege.world.requests)


@pytest.mark.parametrize("button", [f"t1:maker:0:0:0:{CANARY}", f"t1:search:0:0:{CANARY}", f"t1:follow_maker:{CANARY}"])
def test_a_key_in_a_custom_id_is_not_used(siege: Siege, button: str) -> None:
    siege.world.clear_requests()
    with capture_logs() as logged:
        result = siege.press(button, GUILD)
    judged(siege, result, logged)
    assert CANARY not in str(siege.world.requests)


def test_the_fake_knows_the_servers_that_the_bot_looks_for_once_a_day(siege: Siege) -> None:
    assert siege.runner.run(siege.bot.servers_present()) == {int(GUILD_ID)}
    assert siege.discord.violations == []


@pytest.mark.parametrize("form", sorted(FORMS.keys() - {"t1:pasted", "t1:code"}))
def test_a_key_in_a_form_is_not_used(siege: Siege, form: str) -> None:
    siege.world.clear_requests()
    field = {"type": 4, "custom_id": FORMS[form], "value": f"x {CANARY}", "id": 3}
    with capture_logs() as logged:
        result = siege.submit(form, [{"type": 18, "id": 2, "component": field}], GUILD)
    judged(siege, result, logged)
    assert "has a key to your Thingiverse account" in str([result.message, result.followups])
    assert CANARY not in str(siege.world.requests)


@pytest.mark.slow
def test_a_thousand_presses_leave_nothing_behind(siege: Siege) -> None:
    def press(count: int) -> None:
        for number in range(count):
            siege.press(f"t1:like:{number % 50 + 10**9}", GUILD)
            siege.press(f"t1:odd{number}:x", GUILD)

    press(100)
    before = _kept(siege)
    press(500)
    grown = _kept(siege) - before
    assert sum(grown.values()) < 500, grown.most_common(5)
    assert len([task for task in asyncio.all_tasks(siege.runner.get_loop()) if not task.done()]) < 30


def test_a_pressed_message_does_not_wait_for_the_garbage_collector(siege: Siege) -> None:
    """It's most of what a press takes, and discord.py's interactions refer to themselves."""
    content = "a message that only this test presses"
    siege.message = {**siege.message, "content": content}
    gc.disable()
    try:
        for number in range(20):
            siege.press(f"t1:like:{number + 10**9}", GUILD)
        _make_the_fakes_forget(siege)
        kept = [each for each in gc.get_objects() if type(each) is dict and each.get("content") == content]
    finally:
        gc.enable()
    assert len(kept) < 5, "those of the fake and the last press"


def _make_the_fakes_forget(siege: Siege) -> None:
    state = siege.discord.state
    for remembered in (state.interactions, state.requests, state.messages, siege.discord.middleware._buckets):
        remembered.clear()
    for session in siege.discord.gateway.sessions.values():
        session.events.clear()
    siege.world.clear_requests()


def _kept(siege: Siege) -> Counter[str]:
    """How many objects of each type are alive, except those of the two fakes."""
    _make_the_fakes_forget(siege)
    siege.runner.run(asyncio.sleep(1.2))  # for connections and timers to end
    gc.collect()
    kinds = Counter(type(each).__qualname__ for each in gc.get_objects())
    del kinds["RateItem"]  # the budget keeps one per request for five minutes
    return kinds
