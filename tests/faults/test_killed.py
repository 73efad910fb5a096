"""The process killed between any two steps of linking, liking and unlinking: nothing is lost.

Who was not answered does the same again, with a fresh process.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pytest

from demo.thingiverse import FakeThingiverse
from errors import BotError, LinkRefused
from storage.store import open_store
from storage.vault import LINK_TOKEN, Vault, new_key
from tests.faults.dying import ACTS, PERSON, THING, Order, rooms_for
from tests.wire.discord import FakeDiscord
from tests.wire.process import ROOT, running_bot
from tests.wire.test_bot import link_by_dm, text_of

OLD, NEW = "kumiko", "mira"


@dataclass
class Scene:
    """A database as it was before the act, of which each death gets a copy."""

    world: FakeThingiverse
    folder: Path
    order: Order
    driver: asyncio.subprocess.Process
    deaths: list[str] = field(default_factory=list)
    liked: dict[str, dict[int, float]] = field(default_factory=dict)

    async def act(self, name: str, *, step: int | None = None) -> str:
        """Let another process do it; the step it died at, or "" where it lived."""
        order = replace(self.order, act=name, step=step)
        assert self.driver.stdin is not None
        assert self.driver.stdout is not None
        self.driver.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        said = (await self.driver.stdout.readline()).decode().strip()
        if said == "ended 0":
            return ""
        assert (await self.driver.stdout.readline()).decode().strip() == "killed", said
        return said

    async def deaths_of(self, name: str) -> AsyncGenerator[str]:
        """Let a process die at each step of the act in turn, each time from the same beginning."""
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
        """From here every death begins, here and at Thingiverse."""
        self.liked = {name: dict(liked) for name, liked in self.world.likes.items()}
        shutil.copy(self._database, self._kept)

    async def press_again(self, name: str) -> str:
        """What the person does who got no answer, in a fresh process; what they are told, "" where it is done."""
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
        """A database of its own for each: what is left of the one before is not looked at again."""
        path = self.folder / f"death-{step}.db"
        shutil.copy(self._kept, path)
        self.order = replace(self.order, database=f"sqlite:///{path}")
        self.world.likes = {name: dict(liked) for name, liked in self.liked.items()}


@pytest.fixture(params=["token", "code"])
def flow(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def scene(world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Scene]:
    """Somebody who is linked as OLD."""
    app = world.app
    order = Order(
        act="",
        step=None,
        database=f"sqlite:///{tmp_path / 'bot.db'}",
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
    driver = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.dying",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    scene = Scene(world, tmp_path, order, driver)
    for name in ("begin", "finish", "confirm"):
        assert await scene.act(name) == ""
    assert await scene.linked_as() == OLD
    scene.keep()
    try:
        yield scene
    finally:
        assert driver.stdin is not None
        driver.stdin.close()
        await driver.wait()


def switching(scene: Scene, flow: str) -> None:
    """From now on the person pastes what belongs to NEW."""
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
            assert "used already" in said, "Thingiverse takes a code once; the answer offers a fresh link"
            await link_anew(scene, flow)
        else:
            assert await scene.press_again("confirm") == ""
        assert await scene.linked_as() == NEW
        switching(scene, flow)
    assert {"before me", "after token_info", "before park", "after park"} <= set(scene.deaths)
    assert (flow == "code") == ("after exchange_code" in scene.deaths)


async def arrived(scene: Scene) -> None:
    """A fresh link, whose answer has arrived in the person's browser, which shows them the code."""
    switching(scene, "token")
    async with rooms_for(scene.order) as rooms:
        state = (await rooms.links.begin_link(PERSON)).url.partition("state=")[2].partition("&")[0]
        scene.order = replace(scene.order, pasted=f"{scene.order.pasted}&state={state}")
        code = (await rooms.proofs.arrival(await rooms.proofs.arrive(scene.order.pasted))).code
    assert code is not None
    scene.order = replace(scene.order, typed=code)


async def prove_and_confirm(scene: Scene) -> None:
    for name in ("enter", "confirm"):
        assert await scene.press_again(name) == ""
    assert await scene.linked_as() == NEW


async def test_killed_while_an_answer_arrives_in_the_browser(scene: Scene) -> None:
    switching(scene, "token")
    async with rooms_for(scene.order) as rooms:
        state = (await rooms.links.begin_link(PERSON)).url.partition("state=")[2].partition("&")[0]
    scene.order = replace(scene.order, pasted=f"{scene.order.pasted}&state={state}")
    scene.keep()
    async for died_at in scene.deaths_of("arrive"):
        assert await scene.linked_as() == OLD
        said = await scene.press_again("arrive")
        if said:
            assert "used already" in said
            assert died_at in {"after park", "before it is written", "before link_of", "after link_of"}, died_at
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
        kept = died_at in {"after confirm", "before it is written"}
        assert await scene.linked_as() == (NEW if kept else OLD), died_at
        said = await scene.press_again("confirm")
        assert ("done already" in said) if kept else (said == "")
        assert await scene.linked_as() == NEW
    assert {"before confirm", "after confirm"} <= set(scene.deaths)


@pytest.mark.parametrize("again", ["ok", "400", "409"])
@pytest.mark.parametrize("act", ["like", "unlike"])
async def test_killed_while_liking_or_taking_it_back(scene: Scene, act: str, again: str) -> None:
    """Also where Thingiverse is cross about a like it has already."""
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


async def test_killed_while_unlinking(scene: Scene) -> None:
    await scene.act("like")
    scene.keep()
    async for died_at in scene.deaths_of("unlink"):
        done = not died_at.startswith("before unlink")
        assert (await scene.linked_as(), await scene.recorded()) == ((None, 0) if done else (OLD, 1)), died_at
        await scene.press_again("unlink")
        assert (await scene.linked_as(), await scene.recorded()) == (None, 0)


async def test_an_attempt_that_was_refused_is_counted_though_the_process_dies(scene: Scene) -> None:
    """Dying is no way around the five tries."""
    await scene.act("begin")
    scene.order = replace(scene.order, pasted=f"{scene.order.redirect_uri}#access_token={'0' * 32}")
    for _ in range(5):
        async with rooms_for(scene.order) as rooms:
            with pytest.raises(LinkRefused, match="does not accept that key"):
                await ACTS["finish"](rooms)
    assert "No link of yours is open" in await scene.press_again("finish")


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_the_whole_bot_killed_around_a_like(world: FakeThingiverse, tmp_path: Path, moment: str) -> None:
    """Discord says that the bot did not respond; the same button, pressed again, does."""
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
