"""Forms open right away, or with a button if it's too late for that."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from actions.servers import Servers
from desk.replies import Reply
from tests.stage import Stage, buttons, text_of


@pytest.fixture
def deferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the deferral before the form, as after a wait."""
    ask = Reply.ask

    async def late(reply: Reply, form: Any, opener: str) -> None:
        await reply._acknowledge()
        await ask(reply, form, opener)

    monkeypatch.setattr(Reply, "ask", late)


async def test_the_form_for_days_waits_for_no_database(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
    mona = stage.guild.add_member(stage.env.create_user("mona"), roles=[role])
    panel = (await mona.slash(stage.channel, "settings")).response

    async def hangs(*_: Any) -> None:
        raise AssertionError("the settings are read")

    monkeypatch.setattr(Servers, "settings", hangs)
    form = await mona.click(panel, label="Change wait time")
    assert form.modal["custom_id"] == "t1:again_in"


async def test_a_form_that_comes_too_late_is_offered_as_a_button(
    stage: Stage, deferred: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = await stage.ann.slash(stage.channel, "search")
    assert "Open form" in buttons(offered.response)
    monkeypatch.undo()
    form = await stage.ann.click(offered.response, label="Open form")
    found = await stage.ann.submit_modal(form, {"words": "gear"})
    assert "Search: gear" in text_of(found.response)


async def test_search_without_anything_asks_for_words_and_answers_everyone(stage: Stage) -> None:
    form = await stage.ann.slash(stage.channel, "search")
    found = await stage.ann.submit_modal(form, {"words": "gear"})
    assert "Search: gear" in text_of(found.response)
    assert not found.ephemeral


async def test_an_empty_search_form_shows_all_designs(stage: Stage) -> None:
    form = await stage.ann.slash(stage.channel, "search")
    found = await stage.ann.submit_modal(form, {"words": ""})
    assert "All designs" in text_of(found.response)


async def test_a_search_with_only_a_filter_shows_designs(stage: Stage) -> None:
    found = await stage.ann.slash(stage.channel, "search", makes=True)
    assert "All designs" in text_of(found.response)


async def test_likes_without_a_link_starts_linking(stage: Stage) -> None:
    begun = await stage.ann.slash(stage.channel, "likes")
    assert {"Authorize", "Paste link"} <= set(buttons(begun.response))
