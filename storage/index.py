"""The designs that the bot has shown, found again by their words without asking Thingiverse."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from storage import questions as q
from storage.asking import Asking
from storage.engine import Engines
from storage.ledger import Ledger
from storage.records import SeenThing

WRITTEN_AT_MOST = 5_000
MOST_WORDS = 8

_WORD = re.compile(r"\w+")
_LAST = "\U0010ffff"  # comes after every character


class Index(Asking):
    def __init__(
        self,
        engines: Engines,
        inserts: q.Inserts,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(engines)
        dialect = engines.reads.dialect.name
        self._put = inserts.put_thing
        self._with_words = q.THINGS_WITH_WORDS[dialect]
        self._word = '"{}"*' if dialect == "sqlite" else "{}:*"
        self._and = " " if dialect == "sqlite" else " & "
        self._now = now
        self._ledger = Ledger[tuple[int], SeenThing]("designs", self._write)
        self._written: OrderedDict[int, SeenThing] = OrderedDict()

    def note(self, seen: SeenThing) -> None:
        """Keep it soon; nothing is written for what was written so lately."""
        if self._written.get(seen.thing) == seen:
            return
        self._written[seen.thing] = seen
        self._written.move_to_end(seen.thing)
        if len(self._written) > WRITTEN_AT_MOST:
            self._written.popitem(last=False)
        self._ledger.note((seen.thing,), seen)

    async def things(self, text: str = "", limit: int = 25) -> list[SeenThing]:
        """Designs that have a word beginning with each word of `text` in their name or their maker's; nothing adult."""
        words = _WORD.findall(text.casefold())[:MOST_WORDS]
        if not words:
            rows = await self._all(q.LATEST_THINGS, limit_=limit)
        else:
            asked = self._and.join(self._word.format(word) for word in words)
            rows = await self._all(self._with_words, words_=asked, limit_=limit)
        return [SeenThing(*row) for row in rows]

    async def makers(self, text: str = "", limit: int = 25) -> list[str]:
        """Logins that begin with `text`, in their order."""
        key = text.strip().casefold() or " "
        rows = await self._all(
            q.MAKERS_CALLED, key_=key, after_=key + "\U0010ffff" if text else "\U0010ffff", limit_=limit
        )
        return [row[0] for row in rows]

    async def seen(self, things: Iterable[int]) -> dict[int, SeenThing]:
        """Those of them that were shown, by number."""
        await self._ledger.settle()
        return {row[0]: SeenThing(*row) for row in await self._all(q.THINGS_SEEN, things_=list(things))}

    async def settle(self) -> None:
        await self._ledger.settle()

    async def forget(self, before: datetime) -> int:
        """Delete what was not shown since, except what somebody likes; how many that were."""
        self._written.clear()
        return await self._change(q.FORGET_OLD_THINGS, before_=before)

    async def close(self) -> None:
        await self._ledger.close()

    async def _write(self, noted: list[SeenThing], _: object) -> None:
        rows = [
            {
                "thing": seen.thing,
                "name": seen.name,
                "maker": seen.maker,
                "maker_key": seen.maker.casefold(),
                "adult": seen.adult,
                "card": seen.card,
                "seen_at": self._now(),
            }
            for seen in sorted(noted, key=lambda seen: seen.thing)
        ]
        await self._together(lambda connection: connection.execute(self._put, rows))
