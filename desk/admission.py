"""Who is served when more is asked than can be done; decided before any work for it begins.

Without this, everyone's answer is begun and nobody's is ready in time: at 1,000 likes a second, which is more than one
core can do, 120 were answered. Likes and links go before looking around.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

log = structlog.get_logger("desk.admission")

SIGN_WITHIN = 3.0  # seconds that Discord waits for a first sign
BEAT = 0.02  # seconds between looks at the clock, while more than a few wait
LATE = 0.05  # seconds; a beat that comes so late means that the loop is behind
CROWDED_AFTER = 0.5  # seconds of late beats; a burst is over sooner
OVERDUE = 0.6  # seconds; by then even a slow answer has had its deferral
CALM_AFTER = 1.0  # seconds in which nobody was refused
FEW = 32


@dataclass(frozen=True)
class Most:
    """How many may wait for their first sign at a time, and how many may be in hand at all."""

    calm: int  # they can be served within three seconds
    crowded: float  # of the room that there is in a crowd
    in_hand: int  # bounds memory while Thingiverse is slow; 20 to 40 kB each


MOST_LOOKING = Most(calm=1_500, crowded=1 / 3, in_hand=1_500)
MOST_ACTING = Most(calm=2_000, crowded=1, in_hand=2_000)
# Of those who wait, so many may like or link: a slow machine does 300 in a second, and each takes 35 kB meanwhile.
MOST_WAITING_TO_ACT = 700
MANY_IN_HAND = 400  # with so many, the first late beat means a crowd, because each further one would cost memory, too

# In a crowd, so many may wait that the loop's turns take about as long as LATE: an answer takes six of them, and so is
# ready before a deferral is due, which would cost as much as the answer.
FIRST_ROOM, LEAST_ROOM, MOST_ROOM = 60.0, 6.0, 400.0
SHRINKS, GROWS = 0.9, 2.0  # by a factor with each late beat, by so many with each that is on time

# Commands, and verbs of buttons and forms, that like, save, or link.
ACTS = frozenset(
    {
        *("like", "unlike", "Like thing", "set", "flip", "undo"),
        *("save_in", "save_named", "saved", "unsave"),
        *("link", "paste", "pasted", "confirm", "prove", "type_code", "code"),
    }
)


class Admission:
    """Counts who waits, by interaction ID, and how late the event loop is."""

    def __init__(
        self,
        in_hand: Callable[[], int],
        loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.get_running_loop,
    ) -> None:
        self._in_hand = in_hand
        self._loop = loop
        self._waiting: dict[int, float] = {}  # since when, the longest first
        self._acting: set[int] = set()  # those of them who like or link
        self._beat_due: float | None = None
        self._late_since: float | None = None
        self._refused_at = 0.0
        self._refused = 0
        self.crowded = False
        self.room = FIRST_ROOM

    def admit(self, interaction: int, *, acts: bool) -> bool:
        """Whether to serve it. If not, it's to be told that the bot is busy."""
        now = self._loop().time()
        self._forget_unanswered(now)
        most = MOST_ACTING if acts else MOST_LOOKING
        room = self.room * most.crowded if self.crowded else most.calm
        acting = len(self._acting) if acts else 0
        if len(self._waiting) >= room or acting >= MOST_WAITING_TO_ACT or self._in_hand() >= most.in_hand:
            self._refused_at = now
            self._refused += 1
            self._watch(now)
            return False
        self._waiting[interaction] = now
        if acts:
            self._acting.add(interaction)
        if len(self._waiting) > FEW:
            self._watch(now)
        return True

    def answered(self, interaction: int) -> None:
        """It got its first sign, or none will come anymore."""
        self._waiting.pop(interaction, None)
        self._acting.discard(interaction)

    def _forget_unanswered(self, now: float) -> None:
        """Those Discord no longer waits for."""
        while self._waiting:
            oldest = next(iter(self._waiting))
            if now - self._waiting[oldest] < SIGN_WITHIN:
                return
            self.answered(oldest)

    def _watch(self, now: float) -> None:
        if self._beat_due is None:
            self._late_since = None
            self._next_beat(now)

    def _next_beat(self, now: float) -> None:
        self._beat_due = now + BEAT
        self._loop().call_at(self._beat_due, self._beat)

    def _beat(self) -> None:
        now = self._loop().time()
        due, self._beat_due = self._beat_due or now, None
        if now - due < LATE:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = now
        self._judge(now)
        if self._late_since is not None:
            self.room = max(LEAST_ROOM, self.room * SHRINKS)
        else:
            self.room = min(MOST_ROOM, self.room + GROWS)
        if self.crowded or len(self._waiting) > FEW:
            self._next_beat(now)

    def _judge(self, now: float) -> None:
        if not self.crowded and self._is_behind(now):
            self.crowded, self.room, self._refused_at = True, FIRST_ROOM, now
            log.warning("too many interactions, some are refused", waiting=len(self._waiting))
        elif self.crowded and now - self._refused_at >= CALM_AFTER:
            self.crowded = False
            log.warning("interactions are all served again", refused=self._refused)
            self._refused = 0

    def _is_behind(self, now: float) -> bool:
        """Beats are late, and many are in hand or someone waits for long. Waiting for Discord alone doesn't count."""
        if self._late_since is None:
            return False
        oldest = next(iter(self._waiting.values()), now)
        waiting_for_long = now - self._late_since >= CROWDED_AFTER and now - oldest >= OVERDUE
        return waiting_for_long or max(self._in_hand(), len(self._acting)) >= MANY_IN_HAND
