"""Post feeds' messages on Discord, and look for those that may have arrived."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import discord
from cachetools import LRUCache
from discord.http import MultipartParameters

from cards.components import Component
from desk.discord_errors import FAILED, MISSING_PERMISSIONS, note
from desk.feed_failures import Verdict, verdict_on
from desk.feed_messages import FeedMessage
from desk.forum_posts import post_in_forum
from desk.permissions import Chart
from desk.ready import COMPONENTS_V2
from feed_records import Subscription

SILENT = 1 << 12  # a message's flag
MOST_PAGES = 5  # of 100 messages each
MOST_THREADS = 50  # that are looked into
MOST_DMS = 10_000  # whose channel is remembered
EARLIER = timedelta(minutes=1)  # our clock may be that much ahead of Discord's


class Unreadable(Exception):
    """The bot may not read what was posted there, or it's too much."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message for a feed's channel; `post` is its number in the outbox."""

    post: int
    subscription: Subscription
    message: FeedMessage

    @property
    def nonce(self) -> str:
        return nonce_of(self.post)

    @property
    def mark(self) -> int:
        """A number that the message's first component has, by which it's found again."""
        return (int(self.nonce[:8], 16) & 0x3FFF_FFFF) | 0x4000_0000

    def components(self) -> list[Component]:
        first, *others = self.message.components
        return [{**first, "id": self.mark}, *others]


def nonce_of(post: int, part: int = 0) -> str:
    """The same for the same part of the same post, so that Discord recognizes it."""
    return hashlib.sha256(f"{post}:{part}".encode()).hexdigest()[:24]


class FeedChannels:
    """Every method raises what discord.py raises."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._dms: LRUCache[int, int] = LRUCache(MOST_DMS)

    async def send(self, out: Outgoing, *, nonce: bool = True) -> int:
        """Post it, and return the message's ID. In channels, sending again within minutes changes nothing."""
        options = out.subscription.options
        body: dict[str, Any] = {
            "components": out.components(),
            "flags": COMPONENTS_V2 | (SILENT if options.silent else 0),
            "allowed_mentions": {"parse": [], "roles": [str(options.role)] if options.role else []},
        }
        if out.subscription.target == "forum":
            title = out.message.title or ""
            return await post_in_forum(self._client, out.subscription.channel, title, body, options.forum_tags)
        if nonce:
            body |= {"nonce": out.nonce, "enforce_nonce": True}
        channel = await self.channel_of(out.subscription)
        sent = await self._client.http.send_message(channel, params=MultipartParameters(body, None, None))
        return int(sent["id"])

    async def channel_of(self, subscription: Subscription) -> int:
        """The channel's ID; a person's DM is opened."""
        person = subscription.person
        if person is None:
            return subscription.channel
        if person not in self._dms:
            self._dms[person] = int((await self._client.http.start_private_message(person))["id"])
        return self._dms[person]

    async def find(self, out: Outgoing, tried_at: datetime) -> int | None:
        """The ID of the message if it arrived since then. Raises Unreadable if that can't be found out."""
        began = discord.utils.time_snowflake(tried_at - EARLIER)
        if out.subscription.target == "forum":
            return await self._find_thread(out, began)
        await self._require_history(out.subscription)
        channel, after = await self.channel_of(out.subscription), began
        for _ in range(MOST_PAGES):
            messages: list[Any] = await self._client.http.logs_from(channel, 100, after=after)
            found = next((each for each in messages if self._is(each, out)), None)
            if found is not None:
                return int(found["id"])
            if len(messages) < 100:
                return None
            after = max(int(each["id"]) for each in messages)
        raise Unreadable

    async def publish(self, channel: int, message: int) -> None:
        """Send a message of an announcement channel to those who follow it. A second time, it's an error."""
        await self._client.http.publish_message(channel, message)

    async def verdict(self, error: Exception, subscription: Subscription) -> Verdict:
        """What to do after a failed call. If a permission is missing, look which one."""
        permissions = None
        if isinstance(error, discord.HTTPException) and error.code == MISSING_PERMISSIONS:
            try:
                permissions = await self.permissions(subscription)
            except FAILED as second:
                note("permissions not read", second)
        return verdict_on(error, subscription, permissions)

    async def permissions(self, subscription: Subscription) -> discord.Permissions | None:
        """The bot's permissions in the channel; None if it can't see it."""
        if subscription.guild is None:
            return discord.Permissions.all()
        found = await Chart(self._client, subscription.guild).channel(subscription.channel)
        return None if found is None else found[1]

    async def _find_thread(self, out: Outgoing, began: int) -> int | None:
        await self._require_history(out.subscription)
        http, forum = self._client.http, out.subscription.channel
        active: Any = await http.get_active_threads(out.subscription.guild or 0)
        archived: Any = await http.get_public_archived_threads(forum)
        own = [each for each in [*active["threads"], *archived["threads"]] if self._may_be(each, forum, began)]
        if len(own) > MOST_THREADS:
            raise Unreadable
        for thread in own:
            try:
                first: Any = await http.get_message(int(thread["id"]), int(thread["id"]))
            except discord.NotFound:  # its first message was deleted
                continue
            if self._is(first, out):
                return int(thread["id"])
        return None

    def _may_be(self, thread: Any, forum: int, began: int) -> bool:
        ours = self._client.user is not None and int(thread.get("owner_id") or 0) == self._client.user.id
        return ours and int(thread.get("parent_id") or 0) == forum and int(thread["id"]) >= began

    def _is(self, message: Any, out: Outgoing) -> bool:
        ours = self._client.user is not None and int(message["author"]["id"]) == self._client.user.id
        marks = (component.get("id") for component in message.get("components") or ())
        return ours and (message.get("nonce") == out.nonce or out.mark in marks)

    async def _require_history(self, subscription: Subscription) -> None:
        """Without the permission, Discord returns an empty history instead of an error."""
        permissions = await self.permissions(subscription)
        if permissions is None or not permissions.read_message_history:
            raise Unreadable
