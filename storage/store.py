"""The database as the rest of the bot uses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import sqlalchemy as sa

from storage.arrivals import ArrivalStore
from storage.bundles import BundleStore
from storage.community import Community
from storage.database_url import describe
from storage.design_reports import DesignReports
from storage.designs import Designs
from storage.engine import Engines, open_engines
from storage.feeds import FeedStore
from storage.leases import LeaseStore
from storage.likes import LikeStore
from storage.links import LinkStore
from storage.outbox import OutboxStore
from storage.personal import PersonalData
from storage.posted import PostedStore
from storage.seals import Seals
from storage.seen import SeenStore
from storage.tables import meta

META = sa.select(meta.c.value).where(meta.c.name == sa.bindparam("name_"))


@asynccontextmanager
async def open_store(database_url: str) -> AsyncGenerator[Store]:
    """Open the store and bring its tables up to date. Raises StorageError."""
    async with open_engines(database_url) as engines:
        store = Store(engines)
        try:
            yield store
        finally:
            await asyncio.shield(store.close())


class Store(LinkStore, LikeStore):
    """Links and likes are here, and everything else is in attributes.

    Every method raises StorageError if the database fails. A canceled method did all of its work or none.
    """

    def __init__(self, engines: Engines) -> None:
        super().__init__(engines)
        self.seals = Seals(engines)
        self.designs = Designs(engines)
        self.community = Community(engines, self.settle)
        self.design_reports = DesignReports(engines)
        self.feeds = FeedStore(engines)
        self.seen = SeenStore(engines)
        self.arrivals = ArrivalStore(engines)
        self.bundles = BundleStore(engines)
        self.outbox = OutboxStore(engines)
        self.posted = PostedStore(engines)
        self.leases = LeaseStore(engines)
        self._waiting = self._noted_likes, self._noted_history, self.community.noted_shares
        self.personal = PersonalData(engines, *self._waiting)

    async def close(self) -> None:
        """Write the records that are waiting. After that, nothing is written in the background."""
        for each in self._waiting:
            await each.close()
        await self.designs.close()
        await self.personal.close()

    async def unlink(self, person: int) -> bool:
        """Delete everything kept about the person. Returns True if they were linked."""
        return (await self.personal.erase(person))["links"] > 0

    # -- named values, and the database itself

    async def meta(self, name: str) -> str | None:
        return await self._value(META, name_=name)

    async def set_meta(self, name: str, value: str | None) -> None:
        """Keep a value under a name; None deletes it."""
        if value is None:
            await self._change(sa.delete(meta).where(meta.c.name == name))
        else:
            await self._change(self._upsert(meta), name=name, value=value)

    async def ping(self) -> None:
        await self._value(sa.select(1))

    @property
    def where(self) -> str:
        """The file's path, or host and database; never a user or a password."""
        return describe(self._engines.reads.url)
