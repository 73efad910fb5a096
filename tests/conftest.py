from __future__ import annotations

import atexit
import gc
import logging
import os
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

gc.disable()  # until all tests are collected, because nothing of them is garbage

# On a busy machine, generating examples is slow; that is no failure.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


# As a shell's background job, the tests ignore Ctrl+C, and so would each bot they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# These start processes or browsers: `make test` runs each test there with its first parameters, `make check` with all.
HEAVY = ("demo", "faults", "web", "wire")
HEAVY_UNTIL = 0.5  # of the run


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    seen: set[str] = set()
    for item in items:
        test, _, parameters = item.nodeid.partition("[")
        if _is_heavy(item) and parameters and test in seen:
            item.add_marker(pytest.mark.slow)
        seen.add(test)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Spread the heavy tests over most of the run: they wait while others compute, and the last one isn't waited for.

    Without xdist, the order stays as it is.
    """
    result = yield
    if hasattr(session.config, "workerinput"):
        heavy: list[pytest.Item] = []
        others: list[pytest.Item] = []
        for item in session.items:
            (heavy if _is_heavy(item) or item.get_closest_marker("xdist_group") else others).append(item)
        places = [(place / len(heavy) * HEAVY_UNTIL, item) for place, item in enumerate(heavy)]
        places += [(place / len(others), item) for place, item in enumerate(others)]
        session.items[:] = [item for _, item in sorted(places, key=lambda placed: placed[0])]
    return result


def _is_heavy(item: pytest.Item) -> bool:
    return item.nodeid.startswith(tuple(f"tests/{name}/" for name in HEAVY))


def pytest_configure(config: pytest.Config) -> None:
    """End xdist's workers at once, after all cleaning up. Freeing each object took Python five seconds."""
    if hasattr(config, "workerinput"):
        atexit.register(os._exit, 0)


def pytest_collection_finish() -> None:
    """Let the garbage collector look only at what tests make; it took a seventh of their time."""
    gc.collect()
    gc.freeze()
    gc.enable()
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
