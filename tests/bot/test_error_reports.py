"""An error with the token in its text, its attributes, its cause, and every frame."""

from __future__ import annotations

import asyncio
import io
import logging
from typing import Any

import pytest

import log
from tests.stage import Stage, text_of

GEARS = 1038


class Talkative(Exception):
    """An error that contains everything, like a careless library's."""

    def __init__(self, token: str) -> None:
        super().__init__(f"POST failed, headers={{'Authorization': 'Bearer {token}'}} url=https://x.example/?t={token}")
        self.token = token
        self.add_note(f"with {token}")


async def fails(*_: object, token: str, **__: object) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        headers[token]
    except KeyError as error:
        raise Talkative(token) from error


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize("call", ["like", "likes", "me"])
async def test_no_error_report_holds_the_token_and_its_reference_is_in_chat_and_log(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], style: str, call: str
) -> None:
    token = await stage.link(stage.ann, "mira")
    sink = io.StringIO()
    log.configure("DEBUG", style, [], sink)
    monkeypatch.setattr(stage.bot.thingiverse, call, fails)
    if call == "like":
        result = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    else:
        result = await stage.ann.slash(stage.channel, "likes" if call == "likes" else "account")
    said = text_of(result.response)
    reference = said.rpartition("reference ")[2].rstrip(".")
    assert len(reference) == 6
    assert reference in sink.getvalue()
    assert "Talkative" in sink.getvalue(), "the operator sees what it was, and where"
    assert log.STRUCK in sink.getvalue()
    chat = "".join(str(request.json) for request in stage.env.http_requests[-3:])
    for place in (sink.getvalue(), chat, *capsys.readouterr()):
        assert token not in place
    assert (await stage.bot.store.link_of(stage.ann.id)).dead_at is None, "an error of ours unlinks nobody"


async def test_a_task_that_nobody_waits_for_reports_no_token(stage: Stage) -> None:
    """asyncio itself logs the exception, the task, and its coroutine."""
    token = await stage.link(stage.ann, "mira")
    sink = io.StringIO()
    log.configure("DEBUG", "text", [], sink)
    loop = asyncio.get_running_loop()
    task = loop.create_task(fails(token=token))
    await asyncio.wait([task])
    loop.call_exception_handler({"message": f"for {token}", "exception": task.exception(), "task": task})
    logging.getLogger("aiohttp.client").error("request", exc_info=task.exception())
    assert "Talkative" in sink.getvalue()
    assert token not in sink.getvalue()
