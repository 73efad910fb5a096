"""One budget of requests for all processes. While Redis doesn't answer, each goes on with its own part of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from secrets import token_hex

from shared.link import Gone, Link
from shared.windows import SLICES, Windows
from thingiverse.askers import Asker, current_asker
from thingiverse.budget import LINKING_ALONE, UP_TO, USES, Budget, Urgency
from thingiverse.errors import BudgetUsedUp, GroupShareUsedUp, RateLimited, ShareUsedUp
from thingiverse.shares import FRACTIONS, Use, part_of

KEPT_BACK = 0.1  # of the budget, when Redis goes away: what others may have spent since it last answered us
BACK_WITHIN = 2.0  # seconds that a request waits for Redis to answer again
_ALL = "budget:action"  # the window in which every request counts


@dataclass(frozen=True, slots=True)
class _Window:
    key: str
    limit: int
    error: type[RateLimited]


@dataclass(frozen=True, slots=True)
class _Spent:
    """A request of this process. `alone` if Redis wasn't asked for it, or not only."""

    at: float
    name: str
    keys: tuple[str, ...]
    alone: bool


class SharedBudget(Budget):
    """`part` is which part of the whole this process may use by itself, from 0 to 1. `window` is in seconds."""

    def __init__(
        self,
        link: Link,
        part: Callable[[], float],
        limit: int,
        window: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._part = part
        self._limit = limit
        self._window = window
        self._now = clock
        self._windows = Windows(link, round(window * 1000))
        self._spent: deque[_Spent] = deque()
        self._known: list[int] = []  # what all processes have spent, by slice of the window, the oldest first
        self._known_at = clock()
        self._since = 0  # what others have spent since then, as far as Redis has told us
        link.when_back.append(self._remember)
        link.each_second.append(self._count)

    def take(self, urgency: Urgency) -> None:
        raise NotImplementedError("Redis can't be asked without waiting")

    async def spend(self, urgency: Urgency) -> None:
        """As `Budget.take`, for all processes together."""
        wanted = list(self._wanted(urgency))
        for waits in (BACK_WITHIN, 0.0):
            try:
                await self._spend_together(wanted)
                return
            except Gone:
                await self._link.back_within(waits)  # others may still reach it, and spend all that's left
        self._check_alone(wanted)
        self._noted(wanted, alone=True)

    async def _spend_together(self, wanted: list[_Window]) -> None:
        """Ask Redis. Until everyone has told it what they spent, this process's part is a limit, too."""
        alone = not self._link.settled
        if alone and self._link.up:
            self._check_alone(wanted)
        spent = self._noted(wanted, alone=alone)  # before others are let in
        try:
            keys = [self._link.key(key) for key in spent.keys]
            taken = await self._windows.take(spent.name, keys, [each.limit for each in wanted])
        except Gone:
            self._spent.remove(spent)
            raise
        self._since += max(0, taken.last - self._still_known())
        if taken.full is not None:
            self._spent.remove(spent)
            raise wanted[taken.full].error(max(1.0, taken.wait))

    def _noted(self, wanted: list[_Window], *, alone: bool) -> _Spent:
        spent = _Spent(self._now(), token_hex(8), tuple(each.key for each in wanted), alone)
        self._spent.append(spent)
        return spent

    @property
    def left(self) -> int:
        """Requests left, as of the last second. Alone, it's this process's part of them."""
        self._forget()
        known = self._still_known()
        if self._link.settled:
            return max(0, self._limit - known)
        alone = sum(each.alone for each in self._spent)
        return max(0, int((self._limit - known) * self._part()) - alone)

    def _wanted(self, urgency: Urgency) -> Iterator[_Window]:
        """Each window a request counts in; the person's own come first, and the one for all comes last."""
        asker = current_asker()
        if asker is not None:
            yield from self._shares(asker, USES[urgency])
        if urgency is Urgency.LINKING:
            yield _Window("budget:only-linking", part_of(self._limit, LINKING_ALONE), BudgetUsedUp)
        for level, fraction in UP_TO.items():
            if level >= urgency:
                yield _Window(f"budget:{level.name.lower()}", part_of(self._limit, fraction), BudgetUsedUp)

    def _shares(self, asker: Asker, use: Use) -> Iterator[_Window]:
        """Nobody's ID is in Redis."""
        fractions = FRACTIONS[use]
        person = self._link.hashed(f"person {asker.person}")
        yield _Window(f"share:{use.value}:{person}", part_of(self._limit, fractions.person), ShareUsedUp)
        if asker.group is not None:
            group = self._link.hashed(f"group {asker.group}")
            yield _Window(f"share:{use.value}:{group}", part_of(self._limit, fractions.group), GroupShareUsedUp)

    # -- without Redis

    def _check_alone(self, wanted: list[_Window]) -> None:
        """Raise if this process has used up its part, or if too little was left when Redis last answered."""
        self._forget()
        alone = [each for each in self._spent if each.alone]
        for window in wanted:
            mine = [each.at for each in alone if window.key in each.keys]
            if len(mine) >= max(1, int(window.limit * self._part())):
                raise window.error(max(1.0, mine[0] + self._window - self._now()))
        unknown = self._limit * KEPT_BACK if self._now() - self._known_at < self._window else 0
        if len(alone) + 1 > (self._limit - self._still_known() - unknown) * self._part():
            oldest = min([self._known_at, *(each.at for each in alone)])
            raise BudgetUsedUp(max(1.0, min(oldest + self._window - self._now(), self._window / SLICES)))

    def _still_known(self) -> int:
        """What was spent by all when Redis was last asked, and since, as far as it's still in the window."""
        age = self._now() - self._known_at
        over = int(age / (self._window / SLICES))  # slices that are wholly out of it
        ours = sum(each.at >= self._known_at and not each.alone for each in self._spent)
        since = self._since if age < self._window * (1 + 1 / SLICES) else 0
        return sum(self._known[over:]) + ours + since

    def _forget(self) -> None:
        """The own requests that are out of the window."""
        while self._spent and self._spent[0].at <= self._now() - self._window:
            self._spent.popleft()

    # -- with Redis again

    async def _remember(self) -> None:
        """Tell Redis what we've spent: it may have been restarted, and forgotten everything."""
        self._forget()
        for each in list(self._spent):
            keys = [self._link.key(key) for key in each.keys]
            await self._windows.taken_before(each.name, keys, self._now() - each.at)

    async def _count(self) -> None:
        before = self._now()
        counts = await self._windows.census(self._link.key(_ALL))
        if self._link.settled or sum(counts) >= self._still_known():  # until then, some haven't told what they spent
            self._known, self._known_at = counts, before
