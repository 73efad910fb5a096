"""Database failures are StorageError, with sentences for operators and without data."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sqlite3
import traceback
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import log
from feed_records import FeedSource
from records import HistoryEntry
from storage.arrivals import Reading
from storage.errors import IS_FOLDER, StorageError, plain_errors
from storage.look import look_at
from storage.outbox import Claimed
from storage.seals import Sealed
from storage.store import Store, open_store
from storage.tables import metadata
from storage.vault import LINK_TOKEN
from tests.ports import free_port
from tests.storage.conftest import POSTGRESQL
from tests.storage.feeds import feed_of
from tests.storage.records import ANN, ATTEMPT, LINK, NOW, PARKED, like

ANN_LIKES = replace(like(ANN, 1), name="canary")
FEED = feed_of(source=FeedSource(kind="tag", value="canary"))
CLAIMED = Claimed(1, FEED, 1, (1,), ("canary",), False, 0, 1, None, 0)
QUESTIONS: dict[str, Callable[[Store], Awaitable[object]]] = {
    "link_of": lambda store: store.link_of(ANN),
    "link_and_like": lambda store: store.link_and_like(ANN, 1),
    "attempt_of": lambda store: store.attempt_of(ANN),
    "begin_attempt": lambda store: store.begin_attempt(ATTEMPT),
    "attempt_with_state": lambda store: store.attempt_with_state(b"canary"),
    "count_try": lambda store: store.count_try(ANN),
    "close_attempt": lambda store: store.close_attempt(ANN),
    "park": lambda store: store.park(ANN, b"digest", PARKED),
    "unpark": lambda store: store.unpark(ANN),
    "confirm": lambda store: store.confirm(ANN, b"digest", LINK),
    "mark_dead": lambda store: store.mark_dead(ANN, b"canary", NOW),
    "unlink": lambda store: store.unlink(ANN),
    "likes_of": lambda store: store.likes_of(ANN),
    "count_likes": lambda store: store.count_likes(ANN),
    "history_of": lambda store: store.history_of(ANN),
    "count_links": lambda store: store.count_links(),
    "count_links_by_state": lambda store: store.count_links_by_state(),
    "others_linked": lambda store: store.others_linked(1, 5),
    "mark_with_state": lambda store: store.mark_with_state(ANN),
    "accounts_with_state": lambda store: store.accounts_with_state(),
    "drop_expired_attempts": lambda store: store.drop_expired_attempts(NOW),
    "attempt_in_browser": lambda store: store.attempt_in_browser(b"canary"),
    "prove": lambda store: store.prove(ANN, b"canary"),
    "expect_sign_in": lambda store: store.expect_sign_in(b"canary", b"canary"),
    "use_up_sign_in": lambda store: store.use_up_sign_in(b"canary", b"canary"),
    "begun_history": lambda store: store.begun_history(HistoryEntry(ANN, NOW, 1, "canary", True, 200, 7), NOW),
    "meta": lambda store: store.meta("canary"),
    "set_meta": lambda store: store.set_meta("canary", "canary"),
}
PARTS: dict[str, dict[str, Callable[[Store], Awaitable[object]]]] = {
    "seals": {
        "keys_in_use": lambda store: store.seals.keys_in_use(),
        "count_by_key": lambda store: store.seals.count_by_key(),
        "sealed_otherwise": lambda store: store.seals.sealed_otherwise(LINK_TOKEN, b"canary", -1, 5),
        "replace": lambda store: store.seals.replace(LINK_TOKEN, [(Sealed(ANN, b"canary"), b"keysSEALED")]),
        "give_up": lambda store: store.seals.give_up(LINK_TOKEN, Sealed(ANN, b"canary"), NOW),
    },
    "personal": {
        "of": lambda store: store.personal.of(ANN),
        "erase": lambda store: store.personal.erase(ANN),
        "drop_left_behind": lambda store: store.personal.drop_left_behind(),
        "drop_older": lambda store: store.personal.drop_older("shares", NOW),
    },
    "feeds": {
        "create": lambda store: store.feeds.create(FEED),
        "get": lambda store: store.feeds.get(1),
        "of_server": lambda store: store.feeds.of_server(1),
        "of_channel": lambda store: store.feeds.of_channel(1),
        "of_person": lambda store: store.feeds.of_person(ANN),
        "of_query": lambda store: store.feeds.of_query("canary"),
        "edit": lambda store: store.feeds.edit(1, NOW, source=FEED.source),
        "pause": lambda store: store.feeds.pause(1, NOW),
        "resume": lambda store: store.feeds.resume(1, NOW),
        "move": lambda store: store.feeds.move(1, 2, "channel", NOW),
        "remove": lambda store: store.feeds.remove(1),
        "suspend": lambda store: store.feeds.suspend(1, "refused", NOW, None),
        "untold": lambda store: store.feeds.untold(),
        "told": lambda store: store.feeds.told(1),
        "give_up": lambda store: store.feeds.give_up(NOW, NOW),
        "changed": lambda store: store.feeds.changed(NOW),
    },
    "seen": {
        "due": lambda store: store.seen.due(NOW),
        "known": lambda store: store.seen.known("canary", [1]),
        "newest_at": lambda store: store.seen.newest_at(),
        "forget": lambda store: store.seen.forget(NOW),
    },
    "arrivals": {
        "keep": lambda store: store.arrivals.keep(Reading(query="canary", place={"page": 1}), NOW, lambda *_: None),
        "failed": lambda store: store.arrivals.failed("canary", NOW, NOW, outage=True),
    },
    "bundles": {
        "bundle": lambda store: store.bundles.bundle(NOW),
        "few_likes": lambda store: store.bundles.few_likes(NOW),
        "judge": lambda store: store.bundles.judge(1, 1, NOW, enough=True, digest_at=None),
    },
    "outbox": {
        "claim": lambda store: store.outbox.claim(NOW, 1),
        "sent": lambda store: store.outbox.sent(CLAIMED, 1, NOW, 1),
        "close_as": lambda store: store.outbox.close_as(CLAIMED, "cap", NOW, 1),
        "later": lambda store: store.outbox.later(CLAIMED, NOW, 1, unsent=True),
    },
    "posted": {
        "of": lambda store: store.posted.of(1, 1),
        "sent_since": lambda store: store.posted.sent_since(1, NOW),
        "capped_since": lambda store: store.posted.capped_since(5, NOW),
        "to_publish": lambda store: store.posted.to_publish(),
        "published": lambda store: store.posted.published(1, done=True),
        "counts": lambda store: store.posted.counts(),
    },
    "leases": {
        "take": lambda store: store.leases.take("canary", "canary", "canary", 1, 1),
        "renew": lambda store: store.leases.renew("canary", "canary", 1),
        "give_back": lambda store: store.leases.give_back("canary", "canary"),
        "holder": lambda store: store.leases.holder("canary"),
        "holds": lambda store: store.leases.holds("canary", 1),
        "living": lambda store: store.leases.living("canary"),
        "renew_all": lambda store: store.leases.renew_all("canary", 1),
        "give_back_all": lambda store: store.leases.give_back_all("canary"),
        "tidy": lambda store: store.leases.tidy("canary", 1),
    },
}
ALL = QUESTIONS | {f"{part}.{name}": ask for part, asks in PARTS.items() for name, ask in asks.items()}


async def test_every_question_of_a_part_is_here(store: Store) -> None:
    for part, asks in PARTS.items():
        methods = {name for name in vars(type(getattr(store, part))) if not name.startswith("_")}
        assert methods - {"overwrite", "close", "end_paused"} == set(asks)  # the last does nothing on SQLite


def test_every_question_is_here() -> None:
    methods = {name for each in Store.__mro__[:-1] for name in vars(each) if not name.startswith("_")}
    rest = {
        "where",
        "ping",
        "link_now",
        "note_like",
        "note_unlike",
        "note_history",
        "forget_history",
        "begin_history",
        "settle",
        "close",
    }
    assert methods - rest == set(QUESTIONS)


async def break_tables(store: Store) -> None:
    async with store._engines.transactions.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(sa.text(f"DROP TABLE {table.name}"))


async def test_every_failure_is_ours_and_shows_nothing(store: Store) -> None:
    await break_tables(store)
    for name, ask in ALL.items():
        with pytest.raises(StorageError) as caught:
            await ask(store)
        shown = "".join(traceback.format_exception(caught.value))
        for word in ("canary", "keysSEALED", "digest", "SELECT", "INSERT", "no such table", "not exist", str(ANN)):
            assert word not in shown, f"{name}: {shown}"
    await store.ping()
    assert all(engine.sync_engine.hide_parameters for engine in (store._engines.reads, store._engines.writes))


def test_errors_of_others_pass_unchanged() -> None:
    with pytest.raises(KeyError), plain_errors():
        raise KeyError


async def test_what_fails_while_a_store_is_open_is_not_taken_for_its_failure(address: str) -> None:
    with pytest.raises(ConnectionResetError):
        async with open_store(address):
            raise ConnectionResetError


# -- SQLite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


LOCKED = "The database is locked by another process."
FULL = "The database's disk is full."
GONE = "Can't reach the database."
READ_ONLY = "The database can't be written to. Check the owner and permissions of its file and folder."


async def failure_of(awaitable: Awaitable[object]) -> str:
    with pytest.raises(StorageError) as caught:
        await awaitable
    return str(caught.value)


async def opening(address: object) -> None:
    async with open_store(str(address)):
        pass


async def looking(address: str) -> None:
    async with look_at(address):
        pass


async def test_busy_is_said_and_passes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.engine._PRAGMAS", ("PRAGMA busy_timeout=50", "PRAGMA journal_mode=WAL"))
    async with open_store(f"sqlite:///{path}") as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for name in ("set_meta", "unlink", "confirm", "count_try"):
            assert await failure_of(QUESTIONS[name](store)) == LOCKED
        assert await store.meta("a") is None, "readers go on"
        other.execute("ROLLBACK")
        other.close()
        await store.set_meta("a", "b")


async def test_a_full_disk_is_said_and_loses_nothing(path: Path) -> None:
    async with open_store(f"sqlite:///{path}") as store:
        await store.set_meta("before", "kept")
        async with store._engines.writes.connect() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        assert await failure_of(store.set_meta("big", "x" * 50_000)) == FULL
        assert (await store.meta("before"), await store.meta("big")) == ("kept", None)
        await store.set_meta("before", "still works")


async def test_readonly_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_store(f"sqlite:///{path}") as store:
        async with store._engines.writes.connect() as connection:
            await connection.exec_driver_sql("PRAGMA query_only=ON")
        assert await failure_of(store.set_meta("a", "b")) == READ_ONLY
        assert await failure_of(store.unlink(ANN)) == READ_ONLY
        assert await store.link_of(ANN) is None


async def test_a_file_that_cannot_be_made_private_is_used_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_path: Path, _mode: int) -> None:
        raise PermissionError(1, "not yours")

    monkeypatch.setattr(Path, "chmod", refuse)
    log.configure("INFO", "text", [])
    logging.getLogger().addHandler(caplog.handler)
    async with open_store(f"sqlite:///{path}") as store:
        await store.set_meta("a", "b")
    assert "can't make the database private" in caplog.text


async def test_a_drive_without_a_write_ahead_log_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite doesn't raise an error. It returns the journal mode it kept."""

    class Deaf(sqlite3.Connection):
        def execute(self, statement: str, *given: Any) -> sqlite3.Cursor:
            return super().execute("SELECT 'delete'" if "journal_mode" in statement else statement, *given)

    connect = sqlite3.connect
    monkeypatch.setattr("storage.engine.sqlite3.connect", lambda *a, **k: connect(*a, **{**k, "factory": Deaf}))
    with pytest.raises(StorageError, match="network drives"):
        await opening(f"sqlite:///{path}")


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMLOCK, sqlite3.SQLITE_IOERR_LOCK, 15]
)
def test_shared_memory_and_locks_that_fail_are_a_network_drive(code: int) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    with pytest.raises(StorageError, match="network drives"), plain_errors():
        raise error


def test_too_few_open_files_are_told_with_the_fix() -> None:
    with pytest.raises(StorageError, match="ulimit -n"), plain_errors():
        raise OSError(errno.EMFILE, "Too many open files")


async def test_a_path_that_cannot_be_is_said(tmp_path: Path) -> None:
    assert await failure_of(opening(f"sqlite:///{tmp_path}")) == IS_FOLDER
    (tmp_path / "file").touch()
    for inside in (tmp_path / "file" / "bot.db", tmp_path / "file" / "data" / "bot.db"):
        assert "is a file, where a folder should be" in await failure_of(opening(f"sqlite:///{inside}"))
    (tmp_path / "loop").symlink_to("loop")
    assert "leads back to itself" in await failure_of(opening(f"sqlite:///{tmp_path / 'loop'}"))
    assert "too long" in await failure_of(opening(f"sqlite:///{tmp_path / ('a' * 300)}"))
    assert "valid database URL" in await failure_of(opening(f"sqlite:///{tmp_path}/a%00b.db"))


async def test_a_file_that_is_no_database_is_said(path: Path) -> None:
    path.write_text("not a database at all, but long enough to look at " * 10)
    path.chmod(0o644)
    pipe = path.with_name("pipe")
    os.mkfifo(pipe, 0o644)
    for file in (path, pipe):
        mode = file.stat().st_mode
        with pytest.raises(StorageError, match="isn't a database"):
            await opening(f"sqlite:///{file}")
        assert file.stat().st_mode == mode, "it may be another program's"


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE likes (a)",
        "CREATE TABLE alembic_version AS SELECT 'of-another-program' AS version_num",
        "CREATE TABLE alembic_version (version_num); CREATE TABLE links (a)",
    ],
)
async def test_a_database_of_another_program_is_said_and_left_alone(path: Path, made: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(made)
        before = [*connection.iterdump()]
    for open_ in (opening, looking):
        assert "Another program uses that database" in await failure_of(open_(f"sqlite:///{path}"))
    with closing(sqlite3.connect(path)) as connection:
        assert [*connection.iterdump()] == before


# -- PostgreSQL


async def test_a_server_that_is_not_there_is_said() -> None:
    address = f"postgresql://ann:canary@127.0.0.1:{free_port()}/bot"
    assert await failure_of(opening(address)) == GONE


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("database", "There's no database with that name."),
        ("user", "The database rejected the user name or password."),
    ],
)
@pytest.mark.parametrize("kind", [POSTGRESQL])
async def test_a_server_that_refuses_is_said(postgresql: str, kind: str, wrong: str, said: str) -> None:
    address = sa.make_url(postgresql).set(**{{"user": "username"}.get(wrong, wrong): "nobody"})
    assert await failure_of(opening(address.render_as_string(hide_password=False))) == said, kind


@pytest.mark.parametrize("address", [POSTGRESQL], indirect=True)
async def test_a_server_that_breaks_off_is_said_and_asked_again(address: str) -> None:
    async with open_store(address) as store, open_store(address) as other:

        async def break_off() -> None:
            async with other._engines.writes.connect() as connection:
                await connection.execute(
                    sa.text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

        await store.link_of(ANN)
        await break_off()
        assert await store.link_of(ANN) is None, "a connection is tried before it is used"
        async with store._engines.transactions.begin() as connection:
            await connection.execute(sa.text("SELECT 1"))
            await break_off()
            with pytest.raises(StorageError) as caught, plain_errors():
                await connection.execute(sa.text("SELECT 1"))
            await connection.close()
        assert str(caught.value) == GONE
        await asyncio.gather(*(store.set_meta(f"m{i}", "x") for i in range(12)))


@pytest.mark.parametrize("address", [POSTGRESQL], indirect=True)
async def test_a_database_that_takes_no_writes_is_said(address: str) -> None:
    async with open_store(address) as store:
        async with store._engines.writes.connect() as connection:
            name = (await connection.execute(sa.text("SELECT current_database()"))).scalar_one()
            await connection.execute(sa.text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        await store._engines.writes.dispose()
        assert await failure_of(store.set_meta("a", "b")) == READ_ONLY
