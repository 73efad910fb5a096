"""A real Redis for tests, in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from tests.ports import free_port
from tests.waiting import until

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")
MISSING = "redis-server isn't installed (Debian has it: apt-get install redis-server)"


class RedisServer:
    """Keeps nothing on disk, so that it's empty after a restart, as a cache is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._running: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        assert PROGRAM is not None
        options = {"port": self._port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self._folder}
        given = [each for name, value in options.items() for each in (f"--{name}", str(value))]
        self._running = subprocess.Popen([PROGRAM, *given], stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self._running = None

    async def answers(self) -> None:
        """Wait until it does."""
        await until(self._is_up)

    def _is_up(self) -> bool:
        with suppress(redis.ConnectionError), self.client() as client:
            return bool(client.ping())
        return False

    def client(self) -> redis.Redis:
        return redis.Redis(port=self._port)

    def names(self) -> set[str]:
        """Everything that could be read in it: keys, and what's in them."""
        with self.client() as client:
            keys = {key.decode() for key in client.scan_iter()}
            found: set[str] = set(keys)
            for key in keys:
                kind = client.type(key)
                if kind == b"none":  # it has expired meanwhile
                    continue
                assert kind in {b"zset", b"string"}
                values = client.zrange(key, 0, -1) if kind == b"zset" else [client.get(key) or b""]
                found |= {value.decode(errors="replace") for value in values}
        return found


@contextmanager
def running_redis() -> Generator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
