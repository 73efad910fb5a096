"""Pages that many people ask for: rendered once, with who asked put into their buttons."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from cachetools import TTLCache

from cards.components import Component

PAGES_AT_MOST = 500  # 10 to 20 kB each
KEPT_FOR = 5 * 60.0  # seconds; a list is read again after that

# Stands for the owner until one is known. Nobody can guess it and write it into a design's name.
ANYONE = secrets.randbits(63) | 1 << 63
_ANYONE = b"%x" % ANYONE


@dataclass(frozen=True, slots=True)
class Page:
    """A page for ANYONE, as JSON, and what it was made of."""

    made_of: Sequence[Any]
    components: bytes

    def for_owner(self, owner: int) -> bytes:
        return self.components.replace(_ANYONE, b"%x" % owner)


class PreparedPages:
    """By a key, and only as long as what they are made of is the very same."""

    def __init__(self) -> None:
        self._pages: TTLCache[Hashable, Page] = TTLCache(PAGES_AT_MOST, ttl=KEPT_FOR)

    def known(self, key: Hashable) -> Page | None:
        return self._pages.get(key)

    def page(
        self, key: Hashable, made_of: Sequence[Any], owner: int, render: Callable[[], list[Component]]
    ) -> list[Component]:
        """The page for `owner`; `render` draws it for ANYONE. One with nothing on it is not kept."""
        page = self._pages.get(key)
        if page is None or not all(map(_same, page.made_of, made_of)):
            page = Page(made_of, orjson.dumps(render()))
            if page.components != _NOTHING:
                self._pages[key] = page
        return orjson.loads(page.for_owner(owner))


_NOTHING = b"[]"


def _same(kept: Any, given: Any) -> bool:
    return kept is given or kept == given
