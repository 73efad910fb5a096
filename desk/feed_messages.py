"""Messages of feeds, in the language of who reads them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cards import feeds
from cards.components import Component
from cards.feed_names import feed_name
from desk.requests import ReadSettings
from feed_records import Reason, Subscription
from texts import Language, Texts, bare
from thingiverse.models import Thing


@dataclass(frozen=True, slots=True)
class Delivery:
    """One design, or up to 25 in a digest, the newest first. `left_out` is how many more there were."""

    subscription: Subscription
    things: tuple[Thing, ...]
    digest: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """Components of a message, and the title of a post in a forum.

    The sender writes its mark in the `id` of the first component.
    """

    components: list[Component]
    title: str


Render = Callable[[Delivery], Awaitable[FeedMessage]]


class FeedMessages:
    """Messages in the server's language; those of a personal feed in the person's."""

    def __init__(self, texts: Texts, settings: ReadSettings) -> None:
        self._texts = texts
        self._settings = settings

    async def feed_message(self, delivery: Delivery) -> FeedMessage:
        subscription, things, left_out = delivery.subscription, delivery.things, delivery.left_out
        language = await self._language(subscription)
        source, role = subscription.source, subscription.options.role
        if delivery.digest or len(things) != 1:
            made = feeds.digest(language, source, things, left_out=left_out, role=role)
        else:
            made = feeds.design(language, source, things[0], role=role)
        return FeedMessage(made, feeds.post_title(language, source, things, left_out=left_out))

    async def stopped(self, subscription: Subscription, reason: Reason, *, here: bool) -> FeedMessage:
        """The notice that it stopped; `here`: in its own channel."""
        language = await self._language(subscription)
        made = feeds.stopped(language, subscription, reason, here=here)
        return FeedMessage(made, bare(feed_name(language, subscription.source), feeds.LONGEST_TITLE))

    async def capped(self, subscription: Subscription, cap: int) -> FeedMessage:
        """The notice that its channel got the most posts of a day."""
        return FeedMessage(feeds.capped(await self._language(subscription), subscription, cap), "")

    async def caught_up(self, subscription: Subscription, left_out: int) -> FeedMessage:
        """The notice that what it had missed came as one digest."""
        return FeedMessage(feeds.caught_up(await self._language(subscription), subscription, left_out), "")

    async def _language(self, subscription: Subscription) -> Language:
        if subscription.personal:
            return self._texts.language(subscription.options.language)
        settings = await self._settings(subscription.guild)
        return self._texts.language(settings.language or settings.spoken)
