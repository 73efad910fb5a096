"""A stolen disk, or a backup, of either engine: without the key it holds no token."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.store import Store, open_store
from storage.vault import LINK_TOKEN, Unopenable, Vault, new_key
from tests.storage.records import ANN
from tests.storage.test_sqlite import everything

TOKEN = "c0ffee" * 5 + "aa"


async def raw_files(store: Store) -> bytes:
    """All that the engine has on disk: tables, logs of writes, temporary files."""
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
