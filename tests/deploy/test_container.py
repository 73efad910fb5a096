"""The container runs as nobody and writes only to /data. It's simulated: not every CI has containers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.waiting import PATIENCE
from tests.wire.process import ROOT, environment, start
from tests.wire.story import link_by_dm

NOBODY = 65534
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
IGNORED = (ROOT / "deploy/Dockerfile.dockerignore").read_text().split()
# In its own mount namespace, everything is read-only except the data and a new /tmp. Then it runs as nobody.
ENTER = """
set -e
mount --make-rprivate /
mount --bind "$DATA" "$DATA"
mount -o remount,ro,bind /
mount -o remount,rw,bind "$DATA"
exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
"""
NOT_HERE = "no mount namespace may be made here"
ENTERED = ("unshare", "--mount", "sh", "-c", ENTER, "enter")


def copied() -> list[str]:
    """The files that the image gets from the project."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.partition("\nFROM ")[2], flags=re.MULTILINE)
    return [name for line in lines for name in line.split()]


@pytest.fixture(scope="module")
def can_be_played() -> None:
    """Skip the test if no mount namespace may be made here."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        pytest.skip(NOT_HERE)
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(
            [*ENTERED, sys.executable, "-c", "import aiohttp"],
            env={**os.environ, "DATA": folder},
            capture_output=True,
            check=False,
        )
    if tried.returncode != 0:
        pytest.skip(NOT_HERE)


@pytest.fixture
def folder() -> Generator[Path]:
    """A folder that the user nobody can access, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="image-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_the_image_runs_as_nobody() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, flags=re.MULTILINE) == [f"{NOBODY}:{NOBODY}"]
    assert "PYTHONDONTWRITEBYTECODE=1" in DOCKERFILE


def test_nothing_but_what_is_copied_leaves_the_folder() -> None:
    let_through = {name.removeprefix("!") for name in IGNORED if name.startswith("!")}
    assert "*" in IGNORED
    assert let_through == {*copied(), "requirements.txt"}


def test_compose_gives_it_nothing_it_does_not_need() -> None:
    compose: Any = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    (service,) = compose["services"].values()
    assert service["user"] == f"{NOBODY}:{NOBODY}"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["data:/data"]
    assert service["ulimits"] == {"core": 0}
    assert service["init"] is True
    assert service["healthcheck"]["test"] == ["CMD", "python", "bot.py", "health"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices", "ports"} & set(service)


def test_compose_leaves_the_database_to_the_operators_dotenv() -> None:
    """An `environment` in the file would override .env."""
    compose: Any = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    assert "DATABASE_URL" not in str(compose)
    assert "ln -s /data data" in DOCKERFILE


@pytest.mark.usefixtures("can_be_played")
def test_played_so_nothing_but_the_data_can_be_written(folder: Path) -> None:
    os.chown(folder, NOBODY, NOBODY)
    for target, may in ((folder / "x", True), (Path("/tmp/container-x"), False), (ROOT / "container-x", False)):
        tried = subprocess.run(
            [*ENTERED, "touch", str(target)], env={**os.environ, "DATA": str(folder)}, capture_output=True, check=False
        )
        assert (tried.returncode == 0) is may, target


@pytest.mark.usefixtures("can_be_played")
async def test_as_nobody_on_a_read_only_file_system_the_bot_links_and_likes(
    world: FakeThingiverse, folder: Path
) -> None:
    """Run the bot with only the files of the image."""
    image, data = folder / "image", folder / "data"
    image.mkdir()
    data.mkdir()
    for name in copied():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, image / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, image / name)
    async with FakeDiscord() as discord:
        own = f"sqlite:///{data / 'own.db'}"  # doesn't exist yet
        settings = environment(discord, world, data, PYTHONDONTWRITEBYTECODE="1", DATA=str(data), DATABASE_URL=own)
        for path in (data, data / "key"):
            os.chown(path, NOBODY, NOBODY)
        process = await start("run", settings, data, root=image, through=ENTERED)
        try:
            await discord.ready(PATIENCE)
            status = Path(f"/proc/{process.running.pid}/status").read_text()
            assert re.search(rf"^Uid:\t{NOBODY}\t{NOBODY}\t", status, flags=re.MULTILINE)
            assert re.search(r"^CapEff:\t0+$", status, flags=re.MULTILINE)
            await link_by_dm(discord, world, discord.person("ann"))
            liked = await discord.slash(discord.person("ann"), "like", thing="1038")
            assert liked.message is not None
            assert world.likes_of("mira") == {1038}
            process.stop()
            assert await process.ended() == 0
        finally:
            if process.running.returncode is None:
                process.running.kill()
                await process.running.wait()
    assert (data / "own.db").stat().st_uid == NOBODY
    assert not list(image.rglob("*.pyc"))
