"""Fixtures: the actions with a real store, a fake Thingiverse, and a clock that tests set."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from actions.app import App
from actions.browser_check import BrowserCheck
from actions.linking import Linking
from fakes.thingiverse import FakeThingiverse
from storage.store import Store, open_store
from storage.vault import Vault, new_key
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.shelf import Shelf
from thingiverse.transport import Transport
from wiring.actions import build_actions

ANN, BEN = 101, 102


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Room:
    world: FakeThingiverse
    store: Store
    vault: Vault
    links: Linking
    browser_check: BrowserCheck
    clock: Clock

    async def address(self, person: int, maker: str, name: str = "ann") -> str:
        """The URL that `maker`'s browser lands on after Allow, when `person` asked for the link."""
        offer = await self.links.begin_link(person, asked_as=name)
        state = parse_qs(urlsplit(offer.url).query)["state"][0]
        return f"{self.world.app.redirect_uri}#access_token={self.world.token_for(maker)}&state={state}"

    async def code(self, browser: str) -> str:
        arrival = await self.browser_check.arrival(browser)
        assert arrival.code is not None
        return arrival.code


@asynccontextmanager
async def open_room(
    world: FakeThingiverse,
    *,
    proof: Literal["code", "discord"] | None = "code",
    state: Literal["auto", "always", "never"] = "auto",
    secret: bool = False,
    where: str = "sqlite://",
    key: str = "",
) -> AsyncGenerator[Room]:
    app = App(
        client_id=world.app.client_id,
        app_token=world.app.app_token,
        www_url=world.www_url,
        redirect_uri=world.app.redirect_uri,
        client_secret=world.app.client_secret if secret else None,
        state=state,
        proof=proof,
    )
    clock, vault = Clock(), Vault.from_text(key or new_key())
    async with aiohttp.ClientSession() as session, open_store(where) as store:
        transport = Transport(session, user_agent="Thingamabot", budget=Budget(300), timeout=30.0)
        thingiverse = Thingiverse(transport, api_url=world.api_url, www_url=world.www_url)
        shelf = Shelf()
        made = build_actions(store, vault, thingiverse, shelf, app, now=clock)
        yield Room(world, store, vault, made.links, made.browser_check, clock)
        await shelf.close()


@pytest.fixture
async def room(world: Any) -> AsyncGenerator[Room]:
    async with open_room(world) as room:
        yield room
