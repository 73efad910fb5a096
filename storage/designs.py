"""Designs the bot has shown in public, searched by word without asking Thingiverse."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa
from cachetools import LRUCache

from records import SeenThing
from storage.database import Database, values_of
from storage.engine import Engines
from storage.tables import likes, things
from storage.write_behind import WriteBehind

WRITTEN_AT_MOST = 5_000
MOST_WORDS = 8

_WORD = re.compile(r"\w+")
_LAST = "\U0010ffff"  # sorts after every other character

_limit = sa.bindparam("limit_", type_=sa.Integer)
_words = sa.bindparam("words_", type_=sa.Text)
_found = sa.select(things.c.thing, things.c.name, things.c.maker, things.c.adult, things.c.card)
_not_adult = things.c.adult.is_(False)

_WITH_WORDS = {
    "sqlite": _found.join(sa.text("things_words"), sa.text("things_words.rowid = things.thing"))
    .where(_not_adult, sa.text("things_words MATCH :words_").bindparams(_words))
    .order_by(sa.text("things_words.rowid DESC"))
    .limit(_limit),
    "postgresql": _found.where(
        _not_adult,
        sa.text("to_tsvector('simple', name || ' ' || maker) @@ to_tsquery('simple', :words_)").bindparams(_words),
    )
    .order_by(things.c.thing.desc())
    .limit(_limit),
}
# Designs that someone likes through the bot stay, because /top shows them from here.
_nobody_likes = things.c.thing.not_in(sa.select(likes.c.thing))
_newest_first = sa.select(things.c.thing).order_by(things.c.seen_at.desc(), things.c.thing.desc())


class Designs(Database):
    """Suggestions may miss designs of the last tenth of a second, because typing must not wait for a write."""

    most = 500_000  # rows, of about a kilobyte each

    def __init__(self, engines: Engines) -> None:
        super().__init__(engines)
        self._with_words = _WITH_WORDS[engines.dialect]
        self._word, self._and = ('"{}"*', " ") if engines.dialect == "sqlite" else ("{}:*", " & ")
        self._noted = WriteBehind[tuple[int], SeenThing]("designs", self._write)
        self._written: LRUCache[int, SeenThing] = LRUCache(WRITTEN_AT_MOST)

    def note(self, seen: SeenThing) -> None:
        """Keep the design, unless the same version was kept recently."""
        if self._written.get(seen.thing) == seen:
            return
        self._written[seen.thing] = seen
        self._noted.note((seen.thing,), seen)

    async def things(self, text: str = "", limit: int = 25) -> list[SeenThing]:
        """Designs with words, in their name or their maker's, that begin with each word of `text`. No adult designs."""
        words = _WORD.findall(text.casefold())[:MOST_WORDS]
        if not words:
            rows = await self._all(_found.where(_not_adult).order_by(things.c.thing.desc()).limit(limit))
        else:
            asked = self._and.join(self._word.format(word) for word in words)
            rows = await self._all(self._with_words, words_=asked, limit_=limit)
        return [SeenThing(*row) for row in rows]

    async def makers(self, text: str = "", limit: int = 25) -> list[str]:
        """Makers' logins that begin with `text`, sorted."""
        key = text.strip().casefold() or " "
        after = key + _LAST if text else _LAST
        called = (
            sa.select(sa.func.max(things.c.maker).label("maker"))
            .where(things.c.maker_key >= key, things.c.maker_key < after)
            .group_by(things.c.maker_key)
            .order_by(things.c.maker_key)
        )
        return [row.maker for row in await self._all(called.limit(limit))]

    async def seen(self, numbers: Iterable[int]) -> dict[int, SeenThing]:
        """Those of the designs that were shown, by ID."""
        await self.settle()
        rows = await self._all(_found.where(things.c.thing.in_(list(numbers))))
        return {row.thing: SeenThing(*row) for row in rows}

    async def settle(self) -> None:
        """Write the designs that are waiting, right away."""
        await self._noted.settle()

    async def forget(self, before: datetime) -> int:
        """Delete designs not shown since then, and all but the newest, unless someone likes them. Returns how many."""
        self._written.clear()
        old = await self._change(sa.delete(things).where(things.c.seen_at < before, _nobody_likes))
        rest = _newest_first.offset(self.most).limit(10**9)  # SQLite doesn't accept OFFSET without LIMIT
        return old + await self._change(sa.delete(things).where(things.c.thing.in_(rest), _nobody_likes))

    async def close(self) -> None:
        await self._noted.close()

    async def _write(self, noted: list[SeenThing], _: object) -> None:
        now = datetime.now(UTC)
        rows = [
            {**values_of(seen), "maker_key": seen.maker.casefold(), "seen_at": now}
            for seen in sorted(noted, key=lambda seen: seen.thing)
        ]
        await self._together(lambda connection: connection.execute(self._upsert(things), rows))
