"""What a feed posts, as components. This is the plain form; cards of their own can take its place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cards.components import Component, container, text
from cards.thing_summary import in_gallery, title
from feed_records import Reason, Subscription
from records import ServerSettings
from texts import Language, Texts, bare
from thingiverse.models import Thing

SHOWN = 4  # designs of a digest, of eight components each
LONGEST_TITLE = 100  # of a forum post

ReadSettings = Callable[[int | None], Awaitable[ServerSettings]]


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
Notice = Callable[[Subscription, Reason], Awaitable[FeedMessage]]


class PlainMessages:
    def __init__(self, texts: Texts, settings: ReadSettings) -> None:
        self._texts = texts
        self._settings = settings

    async def feed_message(self, delivery: Delivery) -> FeedMessage:
        language = await self._language(delivery.subscription)
        source = delivery.subscription.source
        parts: list[Component] = []
        for thing in delivery.things[:SHOWN]:
            parts += in_gallery(language, thing)[1 if not parts else 0 :]
        more = len(delivery.things) - SHOWN + delivery.left_out
        if more > 0:
            parts.append(text(language.count("{n} more design", "{n} more designs", more)))
        name = source.name or source.value
        note = language.say("-# From the feed {name}", name=name) if name else language.say("-# Popular this week")
        role = delivery.subscription.options.role
        parts.append(text(f"{note} <@&{role}>" if role else note))
        first = delivery.things[0]
        heading = bare(first.name) or title(language, first)
        return FeedMessage([container(*parts)], heading[:LONGEST_TITLE])

    async def notice(self, subscription: Subscription, reason: Reason) -> FeedMessage:
        language = await self._language(subscription)
        name = subscription.source.name or subscription.source.value
        said = language.say("I stopped posting the feed {name} here because of a problem.", name=name)
        return FeedMessage([container(text(said))], said[:LONGEST_TITLE])

    async def _language(self, subscription: Subscription) -> Language:
        settings = await self._settings(subscription.guild)
        return self._texts.language(settings.language or settings.spoken)
