"""What someone gets whom the bot can't serve in time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from desk.admission import MOST_ACTING, MOST_LOOKING
from desk.channels import Channels
from desk.desk import Desk
from desk.requests import Lookups
from operations import door
from operations.callbacks import Callbacks
from operations.door import Door
from operations.interactions import Interactions
from records import ServerSettings
from tests.waiting import until
from texts import Texts

COMMAND, PRESS, TYPING, FORM = 2, 3, 4, 5


class Told(Callbacks):
    """What would be sent to Discord."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[Any] = []
        self.failure: Exception | None = None
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.under_way = self.most_under_way = 0

    async def answer(self, interaction_id: int, token: str, body: bytes, **_: Any) -> None:
        if self.failure is not None:
            raise self.failure
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await self.go_on.wait()
        self.under_way -= 1
        self.bodies.append(json.loads(body))


async def defaults(_: int | None) -> ServerSettings:
    return ServerSettings()


class Scene:
    def __init__(self) -> None:
        self.desk = Desk(Lookups(Texts(), Channels(), defaults))
        self.told = Told()
        self.told.answered = self.desk.admission.answered
        self.parsed: list[Any] = []
        client: Any = SimpleNamespace(http=SimpleNamespace(_HTTPClient__session=None))
        door = Door(self.desk, self.told, client, Interactions(lambda _: True))
        self.receive: Callable[[Any], None] = door.before(self.parsed.append)

    def in_hand(self, count: int) -> None:
        self.desk._in_hand = count


@pytest.fixture
def scene() -> Scene:
    return Scene()


def sent(kind: int, locale: str = "en-US", **data: Any) -> dict[str, Any]:
    return {"id": "1", "token": "t", "type": kind, "data": data, "locale": locale}


async def test_while_there_is_room_everything_is_handed_on_untouched(scene: Scene) -> None:
    asked = sent(COMMAND, name="popular")
    scene.receive(asked)
    assert scene.parsed == [asked]


async def test_who_cannot_be_served_is_told_so_in_private_and_nothing_is_begun(scene: Scene) -> None:
    scene.in_hand(MOST_LOOKING.in_hand)
    scene.receive(sent(COMMAND, name="popular"))
    await until(lambda: bool(scene.told.bodies))
    assert scene.parsed == []
    (body,) = scene.told.bodies
    assert body["type"] == 4
    assert body["data"]["flags"] == 64 | 1 << 15
    assert "I'm busy right now. Try again in a few seconds." in json.dumps(body)


async def test_typing_gets_no_suggestions_rather_than_a_message(scene: Scene) -> None:
    scene.in_hand(MOST_LOOKING.in_hand)
    scene.receive(sent(TYPING, name="like"))
    await until(lambda: bool(scene.told.bodies))
    assert scene.told.bodies == [{"type": 8, "data": {"choices": []}}]


@pytest.mark.parametrize(
    "asked",
    [
        sent(COMMAND, name="like"),
        sent(COMMAND, name="link"),
        sent(COMMAND, name="Like thing"),
        sent(PRESS, custom_id="t1:like:5"),
        sent(PRESS, custom_id="t1:confirm"),
        sent(FORM, custom_id="t1:pasted"),
    ],
)
async def test_likes_and_links_are_served_after_looking_around_no_longer_is(scene: Scene, asked: Any) -> None:
    scene.in_hand(MOST_LOOKING.in_hand)
    scene.receive(asked)
    assert scene.parsed == [asked]
    scene.in_hand(MOST_ACTING.in_hand)
    scene.receive(asked)
    assert scene.parsed == [asked]


@pytest.mark.parametrize(
    "asked", [sent(PRESS, custom_id="t1:popular:1:5:a:"), sent(PRESS, custom_id="?"), sent(COMMAND, name="top")]
)
async def test_looking_around_waits(scene: Scene, asked: Any) -> None:
    scene.in_hand(MOST_LOOKING.in_hand)
    scene.receive(asked)
    assert scene.parsed == []


async def test_no_more_are_told_at_a_time_than_there_is_room_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MOST_TOLD", 3)
    scene.in_hand(MOST_LOOKING.in_hand)
    scene.told.go_on.clear()
    for _ in range(10):
        scene.receive(sent(COMMAND, name="popular"))
    await until(lambda: scene.told.under_way == 3)
    scene.told.go_on.set()
    await until(lambda: len(scene.told.bodies) == 10)
    assert scene.told.most_under_way == 3


async def test_who_discord_no_longer_waits_for_is_not_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SIGN_WITHIN", -1.0)
    scene.in_hand(MOST_LOOKING.in_hand)
    scene.receive(sent(COMMAND, name="popular"))
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    assert scene.told.bodies == []


# -- what is ready


async def test_what_is_ready_is_sent_and_nothing_else_is_begun(scene: Scene) -> None:
    scene.desk.ready.to_command("popular", lambda asked: b'{"for":%d}' % asked.person)
    scene.receive(command("popular"))
    assert scene.desk.in_hand == 0, "its task hasn't begun"
    await until(lambda: bool(scene.told.bodies))
    assert scene.told.bodies == [{"for": 5}]
    assert scene.parsed == []
    await scene.desk.idle()
    assert not scene.desk.admission._waiting


async def test_what_is_not_known_is_served_the_ordinary_way(scene: Scene) -> None:
    scene.desk.ready.to_command("popular", lambda _: None)
    asked = [command("popular"), command("newest"), sent(PRESS, custom_id="t1:popular")]
    for each in asked:
        scene.receive(each)
    assert scene.parsed == asked


async def test_a_command_with_options_is_served_the_ordinary_way(scene: Scene) -> None:
    scene.desk.ready.to_command("popular", lambda _: b"{}")
    asked = command("popular", options=[{"name": "old", "type": 3, "value": "1"}])
    scene.receive(asked)
    assert scene.parsed == [asked]


@pytest.mark.parametrize("lacks", ["member", "locale", "channel"])
async def test_a_payload_that_lacks_something_is_served_the_ordinary_way(scene: Scene, lacks: str) -> None:
    scene.desk.ready.to_command("popular", lambda asked: asked.language.code.encode() + repr(asked.place()).encode())
    asked = command("popular")
    del asked[lacks]
    scene.receive(asked)
    assert scene.parsed == [asked]


async def test_an_answer_that_discord_refuses_is_served_the_ordinary_way(scene: Scene) -> None:
    """It reports failures, to people and in the log."""
    scene.desk.ready.to_command("popular", lambda _: b"{}")
    scene.told.failure = OSError()
    scene.receive(command("popular"))
    await until(lambda: bool(scene.parsed))
    assert [each["data"]["name"] for each in scene.parsed] == ["popular"]


async def test_what_is_ready_is_sent_only_to_those_who_are_admitted(scene: Scene) -> None:
    scene.desk.ready.to_command("popular", lambda _: b'{"ready":1}')
    scene.in_hand(MOST_LOOKING.in_hand)
    scene.receive(command("popular"))
    await until(lambda: bool(scene.told.bodies))
    assert "busy" in json.dumps(scene.told.bodies)


def command(name: str, **data: Any) -> dict[str, Any]:
    asked = sent(COMMAND, name=name, **data)
    return asked | {"member": {"user": {"id": "5"}}, "guild_id": "8", "channel": {"id": "9", "type": 0}}
