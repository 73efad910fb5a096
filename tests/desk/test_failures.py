"""What people and operators are told when Discord rejects something."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from cards.components import walk
from desk.discord_errors import REFUSALS, may_have_happened, refusal_of, tried, twice
from desk.failures import explain
from texts import Texts
from thingiverse.errors import Delayed

ENGLISH = Texts().english


def refused(status: int, code: int) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="")
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    return kind(response, {"code": code, "message": "private words"})


def said(error: Exception) -> str:
    return "\n".join(str(part.get("content", "")) for part in walk(explain(ENGLISH, error)))


@pytest.mark.parametrize("code", [code for code, refusal in REFUSALS.items() if refusal.sentence is not None])
def test_a_refusal_is_told_without_a_reference_or_discords_own_words(code: int) -> None:
    told = said(refused(400, code))
    assert told
    assert "reference" not in told
    assert "private words" not in told


@pytest.mark.parametrize("code", [50035, 50006, 0])
def test_a_body_that_discord_does_not_accept_is_a_matter_for_the_log(code: int) -> None:
    assert refusal_of(refused(400, code)) is None
    assert "reference" in said(refused(400, code))


@pytest.mark.parametrize("error", [aiohttp.ServerDisconnectedError(), ConnectionResetError(), TimeoutError()])
def test_a_lost_connection_is_told_as_one(error: Exception) -> None:
    assert "lost the connection to Discord" in said(error)
    assert may_have_happened(error)


def test_a_plain_refusal_has_changed_nothing() -> None:
    assert not may_have_happened(refused(403, 50013))


def test_a_command_that_has_changed_says_how_to_see_the_new_one() -> None:
    for error in (app_commands.CommandNotFound("old", []), _mismatch()):
        assert "Reload Discord (Ctrl+R)" in said(error)


def _mismatch() -> app_commands.CommandSignatureMismatch:
    async def callback(_: discord.Interaction) -> None: ...

    command: Any = app_commands.Command(name="old", description="old", callback=callback)
    return app_commands.CommandSignatureMismatch(command)


async def test_a_lost_call_is_made_once_more_and_a_refused_one_is_not() -> None:
    calls: list[Exception] = [aiohttp.ServerDisconnectedError(), refused(403, 50013), refused(403, 50013)]

    async def call() -> None:
        raise calls.pop(0)

    with pytest.raises(discord.Forbidden):
        await twice(call)
    assert len(calls) == 1


@pytest.mark.parametrize("error", [refused(403, 50007), aiohttp.ServerDisconnectedError(), OSError()])
async def test_best_effort_never_raises(error: Exception) -> None:
    async def call() -> None:
        raise error

    assert not await tried(call(), "not sent")


def test_our_own_delay_is_not_blamed_on_thingiverse() -> None:
    assert said(Delayed("busy")).strip() == "I'm busy right now. Try again in a few seconds."
