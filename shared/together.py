"""Everything that processes share, built once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from shared.budget import SharedBudget
from shared.link import Link
from shared.news import News
from shared.pages import SharedShelf
from shared.pauses import SharedPauses
from shared.turns import IdentifyTurns, PersonTurns, SendTurns

PAGE, SERVER = "page", "server"  # kinds of news


@dataclass(frozen=True, slots=True)
class Together:
    link: Link
    budget: SharedBudget
    pauses: SharedPauses
    shelf: SharedShelf
    identify: IdentifyTurns
    send: SendTurns
    news: News

    def persons(self, what: str, span: int) -> PersonTurns:
        """The limit of something for each person, in so many milliseconds."""
        return PersonTurns(self.link, what, span)

    async def server_changed(self, guild: int) -> None:
        await self.news.tell(SERVER, str(guild))

    def when_server_changes(self, forget: Callable[[int], None]) -> None:
        async def heard(guild: str) -> None:
            forget(int(guild))

        self.news.listeners[SERVER] = heard


@asynccontextmanager
async def open_together(
    url: str, secret: str, part: Callable[[], float], *, limit: int, window: float, per_second: int
) -> AsyncGenerator[Together]:
    """`part` is which part of the budget this process may use by itself. That Redis doesn't answer is no error.

    Whoever opens it runs `link.keep_looking` and `news.listen`.
    """
    link = Link(url, secret)
    try:
        together = Together(
            link,
            SharedBudget(link, part, limit, window),
            SharedPauses(link),
            SharedShelf(link, url),
            IdentifyTurns(link),
            SendTurns(link, per_second),
            News(link),
        )
        await together.shelf.open()
        together.shelf.tell = partial(together.news.tell, PAGE)
        together.news.listeners[PAGE] = together.shelf.forget_here
        await link.look()
        yield together
    finally:
        await link.close()
