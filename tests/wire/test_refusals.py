"""What the fake Discord rejects: bad tokens, bad bodies, limits, and faults on demand."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import discord
import orjson
import pytest

from fakes.discord.payloads import COMPONENTS_V2
from fakes.discord.schemas import DESCRIPTION
from fakes.discord.server import FakeDiscord
from fakes.discord.validation import message_problems
from tests.wire.plain_bot import Bot, running

TEXT = {"type": 10, "content": "x"}
BUTTON = {"type": 2, "style": 1, "label": "x", "custom_id": "x"}


def row(**changed: Any) -> dict[str, Any]:
    return {"type": 1, "components": [BUTTON | changed]}


@pytest.fixture
async def session(fake: FakeDiscord) -> AsyncGenerator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bot {fake.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield session


async def post(session: aiohttp.ClientSession, fake: FakeDiscord, body: Any) -> tuple[int, Any]:
    channel = fake.state.dm(fake.person("ann")).id
    async with session.post(f"{fake.api_base}/channels/{channel}/messages", json=body) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("components", "where"),
    [
        ([TEXT] * 41, "components"),
        ([{"type": 10, "content": "x" * 4001}], "components.0.content"),
        ([{"type": 10, "content": "x" * 2001}] * 2, "components"),
        ([{"type": 10, "content": ""}], "components.0.content"),
        ([row(label="x" * 81)], "components.0.components.0.label"),
        ([row(custom_id="x" * 101)], "components.0.components.0.custom_id"),
        ([row(custom_id="")], "components.0.components.0.custom_id"),
        ([row(style=5)], "components.0.components.0.url"),
        ([row(style=5, custom_id=None, url="ftp://x")], "components.0.components.0.url"),
        ([row(), row()], "components.0.components.0.custom_id"),
        ([{"type": 1, "components": []}], "components.0.components"),
        ([{"type": 9, "components": [TEXT] * 4, "accessory": BUTTON}], "components.0.components"),
        ([{"type": 9, "components": [TEXT]}], "components.0.accessory"),
        ([{"type": 12, "items": []}], "components.0.items"),
        ([{"type": 12, "items": [{"media": {"url": "data:x"}}]}], "components.0.items.0.media.url"),
        (
            [{"type": 12, "items": [{"media": {"url": "https://x"}, "description": "x" * 1025}]}],
            "components.0.items.0.description",
        ),
        ([{"type": 17, "components": [{"type": 17, "components": [TEXT]}]}], "components.0.components.0.type"),
        ([{"type": 99}], "components.0.type"),
    ],
)
def test_components_beyond_a_limit_are_found(components: list[Any], where: str) -> None:
    problems = message_problems({"components": components}, flags=COMPONENTS_V2)
    assert where in {".".join(map(str, problem.path)) for problem in problems}


def test_components_at_their_limit_pass() -> None:
    items = [{"media": {"url": "https://x"}, "description": "x" * 1024}] * 10
    body = {
        "components": [{"type": 17, "components": [{"type": 12, "items": items}, *[TEXT] * 36, row(label="x" * 80)]}]
    }
    assert message_problems(body, flags=COMPONENTS_V2) == []


async def test_a_bad_body_is_answered_as_discord_does(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    status, body = await post(session, fake, {"content": "x", "components": [TEXT], "flags": COMPONENTS_V2})
    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]["content"]["_errors"][0]["code"].startswith("MESSAGE_CANNOT_USE_LEGACY_FIELDS")
    assert fake.violations
    assert (await post(session, fake, {"content": ""}))[1]["code"] == 50006


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="Discord's description is not here")
async def test_bodies_are_held_against_discords_own_description(fake: FakeDiscord, session) -> None:
    assert (await post(session, fake, {"content": "x", "nonce": "1"}))[0] == 200
    assert fake.violations == []
    await post(session, fake, {"content": "x", "tts": "yes"})
    await post(session, fake, {"flags": COMPONENTS_V2, "components": [row(emoji={"name": 7})]})
    assert [line.split(":")[1].strip() for line in fake.violations] == ["tts", "components.0.components.0.emoji.name"]


async def test_a_wrong_token_opens_nothing(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{fake.api_base}/users/@me", headers={"Authorization": "Bot other"}) as answer:
        assert (answer.status, await answer.json()) == (401, {"message": "401: Unauthorized", "code": 0})
    assert await gateway_close(fake, session, token="other") == 4004


async def test_privileged_intents_want_approval(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    assert await gateway_close(fake, session, token=fake.token, intents=1 << 15) == 4014
    assert await gateway_close(fake, session, token=fake.token, intents=1 << 30) == 4013


async def gateway_close(fake: FakeDiscord, session: aiohttp.ClientSession, **identity: Any) -> int | None:
    async with session.ws_connect(f"{fake.gateway_url}?v=10&encoding=json") as socket:
        assert (await socket.receive_json())["d"] == {"heartbeat_interval": 41250, "_trace": ["[]"]}
        await socket.send_json({"op": 2, "d": {"intents": 0, "properties": {}} | identity})
        await socket.receive()
        return socket.close_code


async def test_the_gateway_packs_when_asked(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    async with session.ws_connect(f"{fake.gateway_url}?v=10&encoding=json&compress=zlib-stream") as socket:
        stream = zlib.decompressobj()
        assert orjson.loads(stream.decompress(await socket.receive_bytes()))["op"] == 10
        await socket.send_json({"op": 1, "d": None})
        assert orjson.loads(stream.decompress(await socket.receive_bytes()))["op"] == 11


async def test_guilds_are_told_to_those_who_asked(fake: FakeDiscord) -> None:
    async with running(fake, Bot(discord.Intents(guilds=True))) as bot:
        await fake.slash(fake.person("ann"), "card", number=1)
        assert [(guild.name, len(guild.text_channels)) for guild in bot.guilds] == [("Printers", 2)]


async def test_a_limit_slows_discord_py_down_but_loses_nothing(fake: FakeDiscord) -> None:
    async with running(fake, Bot()):
        fake.fail("POST /channels/*/messages", 429, retry_after=0.05)
        fake.fail("POST /webhooks/*", 429, retry_after=0.05)
        assert (await fake.dm(fake.person("ann"), "one")).answers
        assert (await fake.slash(fake.person("ann"), "card", number=1)).message["components"]
        assert sum(request.path.startswith("/webhooks/") for request in fake.requests) == 2


async def test_a_limit_that_was_set_holds(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    fake.limit("POST /channels/*", 2, 60.0)
    answers = [await post(session, fake, {"content": "x"}) for _ in range(3)]
    assert [status for status, _ in answers] == [200, 200, 429]
    assert 59 < answers[2][1]["retry_after"] <= 60


async def test_failures_come_as_ordered(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    fake.fail("POST /channels/*/messages", 500)
    fake.fail("POST /channels/*/messages", None, lose=True)
    assert (await post(session, fake, {"content": "x"}))[0] == 500
    with pytest.raises(aiohttp.ClientError):
        await post(session, fake, {"content": "it was posted all the same"})
    assert (await post(session, fake, {"content": "x"}))[0] == 200
    assert len(fake.dms(fake.person("ann"))) == 2


async def test_a_nonce_that_is_enforced_posts_once(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    sent = {"content": "x", "nonce": "1", "enforce_nonce": True}
    answers = [await post(session, fake, body) for body in (sent, sent, {**sent, "nonce": "2"})]
    first, again, other = (body["id"] for _, body in answers)
    assert first == again != other
    assert len(fake.dms(fake.person("ann"))) == 2
    long_after = fake.state.clock() + 600
    fake.state.clock = lambda: long_after
    assert (await post(session, fake, sent))[1]["id"] != first, "it is remembered for some minutes"


async def test_a_request_that_is_cut_was_never_carried_out(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    fake.fail("POST /channels/*/messages", None, cut=True)
    with pytest.raises(aiohttp.ClientError):
        await post(session, fake, {"content": "x"})
    assert fake.dms(fake.person("ann")) == []


async def test_what_it_was_not_told_of_is_refused(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{fake.api_base}/guilds/1") as answer:
        assert answer.status == 404
    assert fake.violations == ["no such endpoint here: GET /api/v10/guilds/1"]


async def test_commands_are_checked(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    url = f"{fake.api_base}/applications/{fake.state.application_id}/commands"
    good = {"name": "good", "description": "x", "type": 1}
    for bad in ({**good, "name": "Not Good"}, {**good, "description": ""}, {**good, "description": "x" * 101}):
        async with session.put(url, json=[bad]) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, 50035)
    async with session.put(url, json=[good]) as answer:
        first = await answer.json()
    async with session.put(url, json=[good]) as answer:
        assert (await answer.json())[0]["id"] == first[0]["id"]
