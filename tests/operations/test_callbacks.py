"""The first answer to an interaction, whatever Discord says to it."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import discord
import pytest
from aiohttp import web
from discord.http import Route
from discord.webhook.async_ import interaction_response_params

from operations import callbacks
from operations.callbacks import Callbacks
from operations.client import counting_refusals

TOKEN = "interaction-token"
Says = tuple[int, dict[str, Any] | str, dict[str, str]]
OVER = {"Via": "1.1 google"}  # Discord itself, not Cloudflare


class Discord:
    """Says what it's told to, one answer a request, and 204 after that."""

    def __init__(self) -> None:
        self.says: deque[Says] = deque()
        self.got: list[dict[str, Any]] = []
        self.queries: list[str] = []

    def say(self, status: int, body: dict[str, Any] | str = "", *, times: int = 1, **headers: str) -> None:
        self.says.extend([(status, body, headers or OVER)] * times)

    async def answer(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.queries.append(request.query_string)
        status, body, headers = self.says.popleft() if self.says else (204, "", OVER)
        if isinstance(body, str):
            return web.Response(status=status, text=body or None, headers=headers)
        made = web.json_response(body, status=status, headers=headers)
        made.headers["Content-Type"] = "application/json"  # discord.py looks for exactly this
        return made


@pytest.fixture
async def there(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Discord]:
    there = Discord()
    app = web.Application()
    app.router.add_post("/interactions/{id}/{token}/callback", there.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setattr(Route, "BASE", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setattr(callbacks, "PAUSES", (0.0, 0.0, 0.0, 0.0))
    yield there
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def answer(session: aiohttp.ClientSession, adapter: Callbacks | None = None, kind: int = 4) -> Any:
    params = interaction_response_params(kind, {"content": "hi"})
    return await (adapter or Callbacks()).create_interaction_response(1, TOKEN, session=session, params=params)


async def test_an_answer_is_sent_once_and_its_message_is_not_asked_for(
    there: Discord, session: aiohttp.ClientSession
) -> None:
    assert await answer(session) == {"interaction": {"id": 1}}
    assert there.got == [{"type": 4, "data": {"content": "hi"}}]
    assert there.queries == [""]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_answer_is_sent_again_while_discord_fails(
    there: Discord, session: aiohttp.ClientSession, status: int
) -> None:
    there.say(status, "<html>", times=3)
    await answer(session)
    assert len(there.got) == 4


async def test_a_discord_that_goes_on_failing_is_told_as_its_failure(
    there: Discord, session: aiohttp.ClientSession
) -> None:
    there.say(503, times=99)
    with pytest.raises(discord.DiscordServerError):
        await answer(session)
    assert 1 < len(there.got) < 9


async def test_a_rate_limit_is_waited_for(there: Discord, session: aiohttp.ClientSession) -> None:
    there.say(429, {"message": "slow down", "retry_after": 0.01, "global": False})
    await answer(session)
    assert len(there.got) == 2


async def test_a_rate_limit_that_outlasts_the_interaction_is_not_waited_for(
    there: Discord, session: aiohttp.ClientSession
) -> None:
    there.say(429, {"message": "slow down", "retry_after": 60, "global": False})
    with pytest.raises(discord.HTTPException) as refused:
        await answer(session)
    assert refused.value.status == 429
    assert len(there.got) == 1


async def test_a_global_limit_stops_all_answers_before_they_are_sent(
    there: Discord, session: aiohttp.ClientSession
) -> None:
    adapter = Callbacks()
    there.say(429, {"message": "slow down", "retry_after": 60, "global": True})
    for _ in range(3):
        with pytest.raises(discord.HTTPException):
            await answer(session, adapter)
    assert len(there.got) == 1


async def test_after_a_short_global_limit_all_answers_go_out(there: Discord, session: aiohttp.ClientSession) -> None:
    adapter = Callbacks()
    there.say(429, {"message": "slow down", "retry_after": 0.05, "global": True})
    await answer(session, adapter)
    await asyncio.gather(*(answer(session, adapter) for _ in range(5)))
    assert len(there.got) == 7


async def test_a_ban_by_cloudflare_is_not_knocked_at_again(there: Discord, session: aiohttp.ClientSession) -> None:
    there.say(429, {"retry_after": 0.0}, Server="cloudflare")
    with pytest.raises(discord.HTTPException):
        await answer(session)
    assert len(there.got) == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 10062, discord.NotFound),
        (404, 10015, discord.NotFound),
        (400, 40060, discord.HTTPException),
        (400, 50035, discord.HTTPException),
        (403, 50013, discord.Forbidden),
    ],
)
async def test_a_refusal_is_raised_with_its_code(
    there: Discord, session: aiohttp.ClientSession, status: int, code: int, kind: type[discord.HTTPException]
) -> None:
    there.say(status, {"message": "no", "code": code})
    with pytest.raises(kind) as refused:
        await answer(session)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert TOKEN not in str(refused.value)
    assert len(there.got) == 1


async def test_each_refusal_counts_as_one_of_discord(there: Discord) -> None:
    refusals: Counter[tuple[str, ...]] = Counter()
    there.say(403, {"code": 50013}, times=1)
    async with aiohttp.ClientSession(trace_configs=[counting_refusals(refusals)]) as session:
        with pytest.raises(discord.Forbidden):
            await answer(session)
    assert refusals == {("403",): 1}
