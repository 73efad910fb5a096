"""The process is killed between any two steps of linking, liking, saving, and unlinking: nothing is lost.

People who got no reply do the same again with a new process.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncGenerator
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from errors import BotError, LinkRefused
from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from fakes.thingiverse.world import FakeCollection
from storage.store import open_store
from storage.vault import LINK_TOKEN, Vault, new_key
from tests.databases import up_to_date
from tests.faults.dying import ACTS, COLLECTION, PERSON, THING, Order, rooms_for
from tests.wire.process import running_bot
from tests.wire.story import link_by_dm, text_of

pytestmark = pytest.mark.slow  # repeated kills

OLD, NEW = "kumiko", "mira"
AFTERWARDS = {"before others_linked", "after others_linked", "before it is written"}  # everything is stored by then


@dataclass
class Scene:
    """A database before the action. Each killed process gets a copy."""

    world: FakeThingiverse
    folder: Path
    order: Order
    driver: subprocess.Popen[str]
    deaths: list[str] = field(default_factory=list)
    liked: dict[str, dict[int, float]] = field(default_factory=dict)
    collected: dict[int, FakeCollection] = field(default_factory=dict)

    async def act(self, name: str, *, step: int | None = None) -> str:
        """Do the action in another process. Returns the step it died at, or "" if it survived."""
        order = replace(self.order, act=name, step=step)
        assert self.driver.stdin is not None
        self.driver.stdin.write(json.dumps(asdict(order)) + "\n")
        self.driver.stdin.flush()
        said = await self._line()
        if said == "ended 0":
            return ""
        assert await self._line() == "killed", said
        return said

    async def _line(self) -> str:
        """Read a line in a thread, because the fake Thingiverse runs in the loop."""
        assert self.driver.stdout is not None
        return (await asyncio.to_thread(self.driver.stdout.readline)).strip()

    async def deaths_of(self, name: str) -> AsyncGenerator[str]:
        """Kill a process at each step of the action in turn, always from the same start."""
        for step in range(100):
            self._begin_again(step)
            died_at = await self.act(name, step=step)
            if not died_at:
                assert step > 2, "something was counted"
                return
            self.deaths.append(died_at)
            yield died_at
        raise AssertionError("it takes no hundred steps")

    def keep(self) -> None:
        """Save the state of the database and of Thingiverse, where every run starts."""
        self.liked = {name: dict(liked) for name, liked in self.world.likes.items()}
        self.collected = deepcopy(self.world.collections)
        shutil.copy(self._database, self._kept)

    async def press_again(self, name: str) -> str:
        """Repeat the action in a new process. Returns what the person is told, "" if it's done."""
        async with rooms_for(replace(self.order, act=name)) as rooms:
            try:
                await ACTS[name](rooms)
            except BotError as said:
                return said.sentence
        return ""

    async def linked_as(self) -> str | None:
        async with open_store(self.order.database) as store:
            link = await store.link_of(PERSON)
        if link is None:
            return None
        token = Vault.from_text(self.order.key).open(link.token, person=PERSON, column=LINK_TOKEN)
        assert self.world.tokens[token].maker == link.maker_name, "name and token are of one account"
        return link.maker_name

    async def history(self) -> list[tuple[int, bool]]:
        """What Activity shows: each collection, and whether the design was saved to it."""
        async with open_store(self.order.database) as store:
            return [(each.collection or 0, each.liked) for each in await store.history_of(PERSON)]

    async def recorded(self) -> int:
        async with open_store(self.order.database) as store:
            return await store.count_likes(PERSON)

    @property
    def _database(self) -> Path:
        return self.folder / "bot.db"

    @property
    def _kept(self) -> Path:
        return self.folder / "kept.db"

    def _begin_again(self, step: int) -> None:
        """Start with a new copy of the database."""
        path = self.folder / f"death-{step}.db"
        shutil.copy(self._kept, path)
        self.order = replace(self.order, database=f"sqlite:///{path}")
        self.world.likes = {name: dict(liked) for name, liked in self.liked.items()}
        self.world.collections = deepcopy(self.collected)


@pytest.fixture(params=["token", "code"])
def flow(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def scene(world: FakeThingiverse, tmp_path: Path, driver: subprocess.Popen[str]) -> Scene:
    """A person who is linked as OLD."""
    app = world.app
    order = Order(
        act="",
        step=None,
        database=up_to_date(tmp_path / "bot.db"),
        key=new_key(),
        www_url=world.www_url,
        api_url=world.api_url,
        client_id=app.client_id,
        client_secret=None,
        app_token=app.app_token,
        redirect_uri=app.redirect_uri,
        pasted=f"{app.redirect_uri}#access_token={world.token_for(OLD)}",
        maker_id=world.people[OLD].id,
    )
    scene = Scene(world, tmp_path, order, driver)
    for name in ("begin", "finish", "confirm"):
        assert await scene.act(name) == ""
    assert await scene.linked_as() == OLD
    scene.keep()
    return scene


def switching(scene: Scene, flow: str) -> None:
    """From now on, the person pastes a key of NEW."""
    home = scene.world.app.redirect_uri
    token, code = scene.world.token_for(NEW), scene.world.code_for(NEW)
    scene.order = replace(
        scene.order,
        client_secret=scene.world.app.client_secret if flow == "code" else None,
        pasted=f"{home}?code={code}" if flow == "code" else f"{home}#access_token={token}",
        maker_id=scene.world.people[NEW].id,
    )


async def link_anew(scene: Scene, flow: str) -> None:
    switching(scene, flow)
    for name in ("begin", "finish", "confirm"):
        assert await scene.press_again(name) == ""


async def test_killed_while_a_link_is_begun(scene: Scene, flow: str) -> None:
    switching(scene, flow)
    async for _ in scene.deaths_of("begin"):
        assert await scene.linked_as() == OLD
        await link_anew(scene, flow)
        assert await scene.linked_as() == NEW
    assert {"before begin_attempt", "after begin_attempt"} <= set(scene.deaths)


async def test_killed_while_the_account_is_looked_up(scene: Scene, flow: str) -> None:
    switching(scene, flow)
    await scene.act("begin")
    scene.keep()
    async for _ in scene.deaths_of("finish"):
        assert await scene.linked_as() == OLD, "nothing changes before Confirm"
        said = await scene.press_again("finish")
        if said:
            assert flow == "code", said
            assert "already used" in said, "Thingiverse takes a code once; the answer offers a fresh link"
            await link_anew(scene, flow)
        else:
            assert await scene.press_again("confirm") == ""
        assert await scene.linked_as() == NEW
        switching(scene, flow)
    assert {"before me", "after token_info", "before park", "after park"} <= set(scene.deaths)
    assert (flow == "code") == ("after exchange_code" in scene.deaths)


async def arrived(scene: Scene) -> None:
    """A new link whose reply arrived in the person's browser, which shows the code."""
    switching(scene, "token")
    scene.order = replace(scene.order, proof="code")
    async with rooms_for(scene.order) as rooms:
        state = (await rooms.links.begin_link(PERSON)).url.partition("state=")[2].partition("&")[0]
        scene.order = replace(scene.order, pasted=f"{scene.order.pasted}&state={state}")
        code = (await rooms.browser_check.arrival(await rooms.browser_check.arrive(scene.order.pasted))).code
    assert code is not None
    scene.order = replace(scene.order, typed=code)


async def prove_and_confirm(scene: Scene) -> None:
    for name in ("enter", "confirm"):
        assert await scene.press_again(name) == ""
    assert await scene.linked_as() == NEW


async def test_killed_while_an_answer_arrives_in_the_browser(scene: Scene) -> None:
    switching(scene, "token")
    scene.order = replace(scene.order, proof="code")
    async with rooms_for(scene.order) as rooms:
        state = (await rooms.links.begin_link(PERSON)).url.partition("state=")[2].partition("&")[0]
    scene.order = replace(scene.order, pasted=f"{scene.order.pasted}&state={state}")
    scene.keep()
    async for died_at in scene.deaths_of("arrive"):
        assert await scene.linked_as() == OLD
        said = await scene.press_again("arrive")
        if said:
            assert "already used" in said
            assert died_at in {"after park", "before link_of", "after link_of", *AFTERWARDS}, died_at
        kept = scene.order
        await arrived(scene)
        await prove_and_confirm(scene)
        scene.order = replace(kept)
    assert {"before park", "after park"} <= set(scene.deaths)


async def test_killed_while_a_code_is_entered(scene: Scene) -> None:
    await arrived(scene)
    scene.keep()
    async for _ in scene.deaths_of("enter"):
        assert await scene.linked_as() == OLD, "a code alone keeps nothing"
        await prove_and_confirm(scene)
    assert {"before prove", "after prove", "before count_try"} <= set(scene.deaths)


async def test_killed_while_it_is_confirmed(scene: Scene) -> None:
    switching(scene, "token")
    await scene.act("begin")
    await scene.act("finish")
    scene.keep()
    async for died_at in scene.deaths_of("confirm"):
        kept = died_at in {"after confirm", *AFTERWARDS}
        assert await scene.linked_as() == (NEW if kept else OLD), died_at
        said = await scene.press_again("confirm")
        assert ("already done" in said) if kept else (said == "")
        assert await scene.linked_as() == NEW
    assert {"before confirm", "after confirm"} <= set(scene.deaths)


@pytest.mark.parametrize("again", ["ok", "400", pytest.param("409", marks=pytest.mark.slow)])
@pytest.mark.parametrize("act", ["like", "unlike"])
async def test_killed_while_liking_or_taking_it_back(scene: Scene, act: str, again: str) -> None:
    """Also if Thingiverse rejects a second like."""
    scene.world.settings.double_like = again
    scene.world.settings.unlike_unliked = {"409": "404"}.get(again, again)
    if act == "unlike":
        assert await scene.act("like") == ""
        scene.keep()
    async for died_at in scene.deaths_of(act):
        assert await scene.press_again(act) == "", died_at
        assert scene.world.likes_of(OLD) == ({THING} if act == "like" else set()), died_at
        assert await scene.recorded() == (1 if act == "like" else 0), "the record follows"
        assert await scene.linked_as() == OLD
    assert {f"before {act}", f"after {act}", f"after note_{act}"} <= set(scene.deaths)


@pytest.mark.parametrize("double", ["ok", "twice", "400"])
@pytest.mark.parametrize("says_collected", [True, False])
async def test_killed_while_saving(scene: Scene, double: Any, says_collected: bool) -> None:
    """Pressing again saves it once, Activity has it once, and Undo works."""
    scene.world.settings.double_save, scene.world.settings.says_collected = double, says_collected
    scene.world.collections[COLLECTION].things = []
    scene.keep()
    async for died_at in scene.deaths_of("save"):
        assert await scene.press_again("save") == "", died_at
        assert scene.world.collections[COLLECTION].things == [THING], died_at
        assert await scene.history() == [(COLLECTION, True)], died_at
        assert await scene.press_again("remove") == "", died_at
        assert scene.world.collections[COLLECTION].things == []
        assert await scene.history() == [(COLLECTION, False), (COLLECTION, True)]
    assert {"before add", "after add", "after begin_history", "after note_history"} <= set(scene.deaths)


async def test_killed_while_saving_to_a_new_collection(scene: Scene) -> None:
    before = set(scene.world.collections)
    async for died_at in scene.deaths_of("save_in_new"):
        assert await scene.press_again("save_in_new") == "", died_at
        (made,) = set(scene.world.collections) - before
        assert scene.world.collections[made].things == [THING], died_at
        assert await scene.history() == [(made, True)], died_at
    assert {"after create", "after add"} <= set(scene.deaths)


async def test_killed_while_a_save_is_undone(scene: Scene) -> None:
    scene.world.collections[COLLECTION].things = []
    assert await scene.act("save") == ""
    scene.keep()
    async for died_at in scene.deaths_of("remove"):
        assert await scene.press_again("remove") == "", died_at
        assert scene.world.collections[COLLECTION].things == [], died_at
        assert await scene.history() == [(COLLECTION, False), (COLLECTION, True)], died_at
    assert {"before remove", "after remove", "after note_history"} <= set(scene.deaths)


async def test_killed_while_unlinking(scene: Scene) -> None:
    await scene.act("like")
    scene.keep()
    async for died_at in scene.deaths_of("unlink"):
        done = not died_at.startswith("before unlink")
        assert (await scene.linked_as(), await scene.recorded()) == ((None, 0) if done else (OLD, 1)), died_at
        await scene.press_again("unlink")
        assert (await scene.linked_as(), await scene.recorded()) == (None, 0)


async def test_an_attempt_that_was_refused_is_counted_though_the_process_dies(scene: Scene) -> None:
    """Otherwise, a crash would give more than five tries."""
    await scene.act("begin")
    scene.order = replace(scene.order, pasted=f"{scene.order.redirect_uri}#access_token={'0' * 32}")
    for _ in range(5):
        async with rooms_for(scene.order) as rooms:
            with pytest.raises(LinkRefused, match="doesn't accept that key"):
                await ACTS["finish"](rooms)
    assert "You aren't linking an account" in await scene.press_again("finish")


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_the_whole_bot_killed_around_a_like(world: FakeThingiverse, tmp_path: Path, moment: str) -> None:
    """Discord says that the bot didn't respond. Pressing the same button again works."""
    async with FakeDiscord() as discord:
        ann = discord.person("ann")
        async with running_bot(discord, world, tmp_path) as process:
            await link_by_dm(discord, world, ann)
            shown = await discord.slash(ann, "popular")
            like = world.like

            def dying(name: str, thing: int) -> None:
                if moment == "after":
                    like(name, thing)
                process.running.kill()

            world.like = dying  # type: ignore[method-assign]
            pressed = asyncio.create_task(discord.click(ann, shown.message, f"t1:like:{THING}"))
            await process.ended()
            pressed.cancel()
            world.like = like  # type: ignore[method-assign]
        async with running_bot(discord, world, tmp_path):
            again = await discord.click(ann, shown.message, f"t1:like:{THING}")
            assert "You like" in text_of(again.message) or "already like" in text_of(again.message)
            assert world.likes_of(NEW) == {THING}
