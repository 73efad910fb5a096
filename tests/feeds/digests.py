"""A digest of a feed in a simulated channel, without waiting for its hour."""

from __future__ import annotations

from datetime import UTC, datetime

from desk.feed_channels import Outgoing
from desk.feed_messages import Delivery
from feed_records import FeedSource, Subscription
from tests.stage import Stage
from thingiverse.models import Maker, Thing

DESIGNS = tuple(
    Thing(
        id=number, title=f"Design {number}", maker=Maker(login="mira"), like_count=number, thumbnail="https://x/1.png"
    )
    for number in range(1112, 1087, -1)
)


async def post_digest(stage: Stage, *, left_out: int = 3) -> None:
    """As the sender does."""
    assert stage.bot.feeds is not None
    feed = Subscription(
        guild=stage.guild.id,
        channel=stage.channel.id,
        source=FeedSource(kind="tag", value="vase"),
        started_at=datetime.now(UTC),
    )
    notices = stage.bot.feeds.notices
    message = await notices._messages.feed_message(Delivery(feed, DESIGNS, digest=True, left_out=left_out))
    await notices._channels.send(Outgoing(1, feed, message))
