from __future__ import annotations

import gc
import logging
import signal
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from simcord import interactions
from simcord.backend import serializers

from fakes.thingiverse import FakeThingiverse
from tests.stage import Stage, open_stage

# On a busy machine, generating examples is slow; that is no failure.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


# As a shell's background job, the tests ignore Ctrl+C, and so would each bot they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# These start processes or browsers: `make test` runs each test there with its first parameters, `make check` with all.
HEAVY = ("demo", "faults", "web", "wire")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    seen: set[str] = set()
    for item in items:
        test, _, parameters = item.nodeid.partition("[")
        if test.startswith(tuple(f"tests/{name}/" for name in HEAVY)) and parameters and test in seen:
            item.add_marker(pytest.mark.slow)
        seen.add(test)


def pytest_collection_finish() -> None:
    """Let the garbage collector look only at what tests make; it took a seventh of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def _logged_as_before() -> Generator[None]:
    """Undo `log.configure` after each test, because all later tests would log everything."""
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
    """Make channels age-restricted, which simcord doesn't support."""
    restricted: set[int] = set()
    plain = serializers.channel_payload

    def payload(backend: Any, channel: Any, *args: Any, **given: Any) -> dict[str, Any]:
        return {**plain(backend, channel, *args, **given), "nsfw": channel.id in restricted}

    monkeypatch.setattr(serializers, "channel_payload", payload)
    return lambda channel: restricted.add(channel.id)


@pytest.fixture
def asked_as(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Add fields to interactions that simcord leaves out: `locale`, `guild_locale`, who installed the bot."""
    said: dict[str, Any] = {}
    plain = interactions.base_payload

    def payload(*args: Any, **given: Any) -> tuple[Any, dict[str, Any]]:
        record, made = plain(*args, **given)
        return record, {**made, **{name: value for name, value in said.items() if name in made or name == "context"}}

    monkeypatch.setattr(interactions, "base_payload", payload)
    return said
