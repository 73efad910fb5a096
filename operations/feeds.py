"""Run the feeds beside the bot: read, send, publish, and clean up. Only the holder of the lease does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from actions.enough_likes import EnoughLikes
from actions.polling import Poller
from operations.background import background
from operations.feed_notices import FeedNotices
from operations.feed_publisher import FeedPublisher
from operations.feed_sender import FeedSender
from operations.leases import Holder
from storage.arrivals import LeaseLost
from storage.errors import StorageError
from storage.store import Store

log = structlog.get_logger("operations.feeds")

SEEN_KEPT = timedelta(days=90)
AHEAD = timedelta(days=1)  # our clock may be ahead of Thingiverse's newest design


@dataclass(frozen=True)
class Pace:
    """Seconds between two rounds of each job."""

    poll: float = 1.0
    send: float = 0.5
    bundle: float = 5.0
    look_again: float = 60.0
    publish: float = 30.0
    clean: float = 3_600.0


USUAL = Pace()


@dataclass(frozen=True)
class FeedJobs:
    """`online` is whether messages can be sent."""

    store: Store
    poller: Poller
    likes: EnoughLikes
    sender: FeedSender
    publisher: FeedPublisher
    notices: FeedNotices
    online: Callable[[], bool]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pace: Pace = USUAL

    @asynccontextmanager
    async def running(self, holder: Holder) -> AsyncGenerator[None]:
        """Run all jobs while inside."""
        jobs = (
            self._repeat(holder, self.poller.poll_due, self.pace.poll),
            self._repeat(holder, self._send, self.pace.send, online=True),
            self._repeat(holder, lambda _: self.store.bundles.bundle(self.now()), self.pace.bundle),
            self._repeat(holder, self._look_again, self.pace.look_again),
            self._repeat(holder, lambda _: self.publisher.publish_due(), self.pace.publish, online=True),
            self._repeat(holder, self._clean, self.pace.clean),
        )
        try:
            async with background(*jobs):
                yield
        finally:
            await self.sender.stop()

    async def _repeat(
        self, holder: Holder, job: Callable[[int], Awaitable[object]], pause: float, *, online: bool = False
    ) -> None:
        """Do the job again and again while this process has the lease. Failures are logged."""
        while True:
            epoch = holder.epoch
            if epoch is not None and (not online or self.online()):
                try:
                    await job(epoch)
                except (StorageError, LeaseLost) as error:
                    log.warning("feeds held up", why=str(error) or type(error).__name__)
                except Exception:
                    log.exception("feeds failed")
            await asyncio.sleep(pause)

    async def _send(self, epoch: int) -> None:
        while await self.sender.send_due(epoch):
            await self.sender.wait()

    async def _look_again(self, epoch: int) -> None:
        await self.likes.judge_due()
        if self.online():
            await self.notices.tell_due(epoch)

    async def _clean(self, _: int) -> None:
        """Forget what was seen long ago, by Thingiverse's clock if ours is ahead of it."""
        newest = await self.store.seen.newest_at()
        now = self.now() if newest is None else min(self.now(), newest + AHEAD)
        count = await self.store.seen.forget(now - SEEN_KEPT)
        if count:
            log.info("seen designs forgotten", count=count)
