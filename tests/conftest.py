from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import structlog
from simcord import interactions
from simcord.backend import serializers

from demo.thingiverse import FakeThingiverse
from tests.stage import Stage, open_stage


@pytest.fixture(autouse=True)
def _logged_as_before() -> Generator[None]:
    """What a test sets up with `log.configure` ends with it: else all that follow log everything, and keep it."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture
async def world() -> AsyncGenerator[FakeThingiverse]:
    async with FakeThingiverse() as world:
        yield world


@pytest.fixture
async def stage(world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Stage]:
    async with open_stage(world, tmp_path) as stage:
        yield stage


@pytest.fixture
def age_restrict(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Make channels age-restricted, which the simulated Discord does not know of."""
    restricted: set[int] = set()
    plain = serializers.channel_payload

    def payload(backend: Any, channel: Any, *args: Any, **given: Any) -> dict[str, Any]:
        return {**plain(backend, channel, *args, **given), "nsfw": channel.id in restricted}

    monkeypatch.setattr(serializers, "channel_payload", payload)
    return lambda channel: restricted.add(channel.id)


@pytest.fixture
def asked_as(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What interactions say beside the simulated Discord's own: `locale`, `guild_locale`, who installed the bot."""
    said: dict[str, Any] = {}
    plain = interactions.base_payload

    def payload(*args: Any, **given: Any) -> tuple[Any, dict[str, Any]]:
        record, made = plain(*args, **given)
        return record, {**made, **{name: value for name, value in said.items() if name in made or name == "context"}}

    monkeypatch.setattr(interactions, "base_payload", payload)
    return said
