"""What `check` finds about linking: where people land, their states, and the exchange of codes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import config
from actions.states import MANY, REFUSED
from fakes.thingiverse import FakeThingiverse
from operations import check, checks, probes
from operations.database_checks import of_database
from operations.failures import reason
from storage.errors import StorageError, plain_errors
from storage.look import look_at
from storage.store import open_store
from storage.vault import Vault, new_key
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.transport import Transport

NEEDED = {
    "DISCORD_TOKEN": "discord-token",
    "THINGIVERSE_CLIENT_ID": "0123456789abcdef0123",
    "THINGIVERSE_APP_TOKEN": "app-token",
    "TOKEN_KEYS": "key",
}


@pytest.fixture
async def client(world: FakeThingiverse) -> AsyncGenerator[Thingiverse]:
    async with aiohttp.ClientSession() as session:
        transport = Transport(session, user_agent="test", budget=Budget(), timeout=30.0, first_pause=0.001)
        yield Thingiverse(transport, api_url=world.api_url, www_url=world.www_url)


@pytest.mark.parametrize(
    ("landing", "warned"),
    [
        ("https://bot.example/landed", True),
        ("https://bot.example/landed/", False),
        ("https://bot.example/landed.html", False),
        ("https://bot.example", False),
        (None, False),
    ],
)
def test_a_landing_page_without_a_slash_at_its_end_is_pointed_out(
    landing: str | None, warned: bool, tmp_path: Path
) -> None:
    given = NEEDED if landing is None else {**NEEDED, "THINGIVERSE_REDIRECT_URI": landing}
    found = checks.of_settings(config.load(given, tmp_path / ".env"))
    assert any("no slash at the end" in finding.what for finding in found) is warned


@pytest.mark.parametrize(("count", "how"), [(0, "well"), (MANY - 1, "well"), (MANY, "wrong")])
async def test_many_links_that_came_back_without_a_state_are_found(count: int, how: str, tmp_path: Path) -> None:
    url, vault = f"sqlite:///{tmp_path / 'bot.db'}", Vault.from_text(new_key())
    async with open_store(url) as store:
        await store.set_meta(REFUSED, str(count))
    async with look_at(url) as look:
        found = [each async for each in of_database(look, vault)]
    (states,) = (each for each in found if "came back from Thingiverse" in each.what or "Links come back" in each.what)
    assert states.how == how
    assert ("THINGIVERSE_STATE" in states.fix) is (how == "wrong")


async def test_an_exchange_that_refuses_a_made_up_code_is_well(world: FakeThingiverse, client: Thingiverse) -> None:
    assert (await check._exchange(world.app.client_id, client)).how == "well"


@pytest.mark.parametrize(
    ("fault", "said"), [("html", "bot check, so linking may not work"), ("500", "doesn't answer the code exchange")]
)
async def test_an_exchange_that_linking_cannot_use_is_found(
    world: FakeThingiverse, client: Thingiverse, fault: str, said: str
) -> None:
    world.faults.set(fault, match="POST *")
    found = await check._exchange(world.app.client_id, client)
    assert found.how == "wrong"
    assert said in found.what
    assert found.fix


async def test_a_discord_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def says_nothing(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(probes, "log_in", says_nothing)
    monkeypatch.setattr(probes, "LOGIN_WITHIN", 0.01)
    client: Any = None
    finding = await probes.refused_login(client, "token", "DISCORD_TOKEN")
    assert finding is not None
    assert finding.what == "Can't reach Discord (TimeoutError)"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (9, "Check the clock"),
        (10, "Check the clock"),
        (18, "SSL_CERT_FILE"),
        (62, "another host"),
        (64, "another host"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(code: int, said: str) -> None:
    """A small computer without a battery starts in 1970, when no certificate was valid."""
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code = code
    assert said in reason(error)
    key: Any = None
    assert said in reason(aiohttp.ClientConnectorCertificateError(key, error))
    with pytest.raises(StorageError, match=said), plain_errors():
        raise error
