"""Send what's in the outbox: one message at a time in each channel, and none twice."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import stamina
import structlog

from desk.discord_errors import FAILED, note
from desk.feed_channels import FeedChannels, Outgoing, Unreadable
from desk.feed_failures import Verdict
from desk.feed_messages import Delivery, Render
from feed_records import Reason, Stop, Subscription
from operations.feed_notices import FeedNotices
from operations.leases import FEEDS
from storage.errors import StorageError
from storage.outbox import Claimed
from storage.store import Store
from thingiverse.models import Thing

log = structlog.get_logger("operations.feed_sender")

AT_ONCE = 30  # messages in flight
PER_SECOND = 30  # of Discord's 50; the others are for people
RESEND = timedelta(minutes=2)  # after the first try, Discord still knows the nonce
WITHIN = 60.0  # seconds for one message
ALTOGETHER = 80.0  # seconds, with looking for it; its lease lasts longer
RETRIES = (5, 15, 30, 60, 300, 900)  # seconds until the next try
A_DAY = timedelta(days=1)
AGAIN: dict[Reason, timedelta] = {"channel_gone": A_DAY, "dm_closed": A_DAY, "thread_closed": timedelta(hours=6)}
FIRST_AGAIN, LONGEST_AGAIN = timedelta(minutes=10), timedelta(hours=6)
MOST_TRIES = 20  # of a message that Discord neither takes nor refuses


@dataclass
class FeedSender:
    """`allows` says why a design may not be posted in a channel, or None. `cap` is for one channel and day.

    `turn` waits until all processes together have room for one more message.
    """

    store: Store
    channels: FeedChannels
    notices: FeedNotices
    render: Render
    allows: Callable[[Subscription, Thing], Awaitable[Stop | None]]
    cap: int
    turn: Callable[[], Awaitable[None]] | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pause: float = 1 / PER_SECOND
    outcomes: Counter[tuple[str, ...]] = field(default_factory=Counter[tuple[str, ...]])
    _next: float = 0.0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def send_due(self, epoch: int) -> int:
        """Begin to send what's due. Returns how many messages were claimed. Raises StorageError."""
        room = AT_ONCE - len(self._tasks)
        claimed = await self.store.outbox.claim(self.now(), epoch, room) if room > 0 else []
        for each in claimed:
            task = asyncio.create_task(self._carry_out(each, epoch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(claimed)

    async def wait(self) -> None:
        """Until one of the messages in flight is done, or for a moment."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)

    async def _carry_out(self, claimed: Claimed, epoch: int) -> None:
        try:
            async with asyncio.timeout(ALTOGETHER):
                await self._post(claimed, epoch)
        except TimeoutError:
            log.info("post took too long", feed=claimed.subscription.feed)
            await self._put_off(claimed, epoch, unsent=False)
        except StorageError as error:
            log.warning("post not recorded yet", why=str(error))
        except Exception:
            log.exception("post failed", feed=claimed.subscription.feed)
            self.outcomes["failed",] += 1
            await self._put_off(claimed, epoch, unsent=False)

    async def _post(self, claimed: Claimed, epoch: int) -> None:
        subscription = claimed.subscription
        things = [msgspec.json.decode(card, type=Thing) for card in claimed.cards]
        stops: list[Stop | None] = [await self.allows(subscription, thing) for thing in things]
        shown = tuple(thing for thing, stop in zip(things, stops, strict=True) if stop is None)
        if not shown:
            await self._close(claimed, stops[0] or "hidden", epoch)
            return
        if claimed.uncertain is None and await self._over_cap(claimed):
            await self._close_for_cap(claimed, epoch)
            return
        delivery = Delivery(subscription, shown, claimed.digest, claimed.left_out)
        out = Outgoing(claimed.post, subscription, await self.render(delivery))
        if claimed.uncertain is None or not self._must_look(claimed, claimed.uncertain):
            await self._send(claimed, out, epoch)
            return
        try:
            found = await self.channels.find(out, claimed.uncertain)
        except Unreadable:
            await self._close(claimed, "uncertain", epoch)
        except FAILED as error:
            await self._failed(claimed, error, epoch)
        else:
            await (self._send(claimed, out, epoch) if found is None else self._sent(claimed, found, epoch))

    async def _send(self, claimed: Claimed, out: Outgoing, epoch: int) -> None:
        await self._take_turn()
        if not await self.store.leases.holds(FEEDS, epoch):  # this process was paused, and another one sends it
            log.info("post left to the process that has taken over", feed=claimed.subscription.feed)
            return
        try:
            async with asyncio.timeout(WITHIN):
                message = await self.channels.send(out)
        except (*FAILED, TimeoutError) as error:
            await self._failed(claimed, error, epoch)
        else:
            await self._sent(claimed, message, epoch)

    def _must_look(self, claimed: Claimed, tried_at: datetime) -> bool:
        """Whether Discord may have forgotten the nonce, or never had one. Clocks may have jumped, too."""
        return claimed.subscription.target == "forum" or abs(self.now() - tried_at) > RESEND

    async def _over_cap(self, claimed: Claimed) -> bool:
        return await self.store.posted.sent_since(claimed.channel, self.now() - A_DAY) >= self.cap

    async def _close_for_cap(self, claimed: Claimed, epoch: int) -> None:
        """Never send it, and tell once a day."""
        first = not await self.store.posted.capped_since(claimed.channel, self.now() - A_DAY)
        await self._close(claimed, "cap", epoch)
        if first:
            await self.notices.tell_capped(claimed.subscription, claimed.post, self.cap)

    async def _take_turn(self) -> None:
        """Space messages evenly, also with those of a process that sent before this one."""
        at = time.monotonic()
        self._next = max(self._next, at) + self.pause
        await asyncio.sleep(self._next - self.pause - at)
        if self.turn is not None:
            await self.turn()

    async def _sent(self, claimed: Claimed, message: int, epoch: int) -> None:
        subscription = claimed.subscription
        publish = claimed.digest and subscription.target == "announcement"
        async for attempt in stamina.retry_context(on=StorageError, attempts=5, timeout=30.0, wait_initial=0.2):
            with attempt:
                await self.store.outbox.sent(claimed, message, self.now(), epoch, publish=publish)
        self.outcomes["sent",] += 1
        if subscription.state == "suspended":
            await self.store.feeds.resume(subscription.feed, self.now())
        options = subscription.options
        if claimed.digest and options.every == "design" and options.quiet_from is None:
            await self.notices.tell_caught_up(subscription, claimed.post, claimed.left_out)

    async def _close(self, claimed: Claimed, stop: Stop, epoch: int) -> None:
        self.outcomes[stop,] += 1
        await self.store.outbox.close_as(claimed, stop, self.now(), epoch)

    async def _failed(self, claimed: Claimed, error: Exception, epoch: int) -> None:
        note("feed not posted", error)
        verdict = await self.channels.verdict(error, claimed.subscription)
        match verdict:
            case Verdict("there"):
                await self._sent(claimed, 0, epoch)
            case Verdict("refused"):
                await self._close(claimed, "refused", epoch)
            case Verdict("suspend", reason) if reason is not None:
                await self._suspend(claimed, reason, epoch)
            case _:
                self.outcomes[verdict.kind,] += 1
                await self._put_off(claimed, epoch, unsent=verdict.kind == "later")

    async def _suspend(self, claimed: Claimed, reason: Reason, epoch: int) -> None:
        again = AGAIN.get(reason) or min(LONGEST_AGAIN, FIRST_AGAIN * 2 ** min(claimed.suspensions, 10))
        now = self.now()
        self.outcomes["suspended",] += 1
        log.info("feed suspended", feed=claimed.subscription.feed, reason=reason)
        await self.store.feeds.suspend(claimed.subscription.feed, reason, now, now + again)
        await self.store.outbox.later(claimed, now, epoch, unsent=claimed.uncertain is None)

    async def _put_off(self, claimed: Claimed, epoch: int, *, unsent: bool) -> None:
        if claimed.tries >= MOST_TRIES:
            await self._close(claimed, "refused" if unsent else "uncertain", epoch)
            return
        wait = RETRIES[min(claimed.tries, len(RETRIES)) - 1]
        await self.store.outbox.later(
            claimed, self.now() + timedelta(seconds=wait), epoch, unsent=unsent and claimed.uncertain is None
        )

    async def stop(self) -> None:
        """Give up what's in flight. Whoever sends next finds out what arrived."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
