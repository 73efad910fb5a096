"""Channels that tests make: announcements, forums with their threads, deletion, and lost permissions."""

from __future__ import annotations

from aiohttp import web

from fakes.discord import payloads
from fakes.discord.guilds import GUILD_ID
from fakes.discord.messages import UNKNOWN_MESSAGE, Messages
from fakes.discord.middleware import BODY, PREFIX, Middleware
from fakes.discord.payloads import ANNOUNCEMENT, CROSSPOSTED, FORUM, SEND_MESSAGES, TEXT, VIEW_CHANNEL, Payload
from fakes.discord.state import ApiError, Kept, Place, State, Where

NO_ACCESS = (403, 50001, "Missing Access")
NO_PERMISSION = (403, 50013, "Missing Permissions")
UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
REQUIRE_TAG = 1 << 4


class Channels:
    def __init__(self, state: State, messages: Messages) -> None:
        self._state = state
        self._messages = messages

    def routes(self, app: web.Application, middleware: Middleware) -> None:
        for method, path, handler in (
            ("POST", "/channels/{channel_id}/threads", self.start_thread),
            ("GET", "/channels/{channel_id}/threads/archived/public", self.archived_threads),
            ("GET", "/guilds/{guild_id}/threads/active", self.active_threads),
            ("POST", "/channels/{channel_id}/messages/{message_id}/crosspost", self.crosspost),
        ):
            app.router.add_route(method, PREFIX + path, middleware.guard(handler))

    # -- for tests

    def create(self, name: str, kind: int = TEXT, *, nsfw: bool = False, flags: int = 0) -> Place:
        channel = payloads.text_channel(self._state.fresh_id(), GUILD_ID, name, nsfw=nsfw)
        channel |= {"type": kind, "flags": flags}
        if kind == FORUM:
            channel["available_tags"] = []
        return self._state.add(Place(channel, Where.GUILD))

    def delete(self, place: Place) -> None:
        del self._state.places[place.id]

    def deny(self, place: Place, permissions: int) -> None:
        """Take permissions away from everyone in a channel; 0 gives them back."""
        overwrite = {"id": GUILD_ID, "type": 0, "allow": "0", "deny": str(permissions)}
        place.channel["permission_overwrites"] = [overwrite] if permissions else []

    def archive(self, thread: Place) -> None:
        thread.channel["thread_metadata"]["archived"] = True

    def threads(self, forum: Place) -> list[Place]:
        return [each for each in self._state.places.values() if each.channel.get("parent_id") == forum.id]

    # -- endpoints

    async def start_thread(self, request: web.Request) -> Payload:
        """A post in a forum. No nonce is enforced here: a second request makes a second post."""
        forum, body = self.place(request), request[BODY] or {}
        if forum.channel["type"] != FORUM:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        self.need(forum, SEND_MESSAGES)
        if not 1 <= len(body.get("name") or "") <= 100 or len(body.get("applied_tags") or []) > 5:
            raise ApiError(400, 50035, "Invalid Form Body")
        if forum.channel["flags"] & REQUIRE_TAG and not body.get("applied_tags"):
            raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")
        message = {key: value for key, value in body["message"].items() if key not in {"nonce", "enforce_nonce"}}
        self._messages.check(message, flags=int(message.get("flags") or 0))
        thread = payloads.thread(self._state.fresh_id(), forum.channel, body["name"])
        thread |= {"owner_id": self._state.bot["id"], "applied_tags": body.get("applied_tags") or []}
        place = self._state.add(Place(thread, Where.GUILD))
        kept = await self._messages.add(place, message, number=thread["id"])
        return {**thread, "message": kept.payload}

    async def active_threads(self, _: web.Request) -> Payload:
        return {
            "threads": [each for each in self._all_threads() if not _archived(each)],
            "members": [],
            "has_more": False,
        }

    async def archived_threads(self, request: web.Request) -> Payload:
        of = self.place(request).id
        found = [each for each in self._all_threads() if _archived(each) and each["parent_id"] == of]
        return {"threads": found, "members": [], "has_more": False}

    async def crosspost(self, request: web.Request) -> Payload:
        place = self.place(request)
        kept: Kept = self._messages.find(place.id, request.match_info["message_id"])
        if place.channel["type"] != ANNOUNCEMENT:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        if kept.payload["flags"] & CROSSPOSTED:
            raise ApiError(400, 40033, "This message has already been crossposted.")
        if kept.deleted:
            raise ApiError(*UNKNOWN_MESSAGE)
        kept.payload["flags"] |= CROSSPOSTED
        return kept.payload

    def place(self, request: web.Request) -> Place:
        """The channel of a request. Raises Discord's error if the bot can't see it."""
        place = self._state.places.get(request.match_info["channel_id"])
        if place is None:
            raise ApiError(*UNKNOWN_CHANNEL)
        if not place.bot_is_in or (place.guild_id is not None and not self.permissions(place) & VIEW_CHANNEL):
            raise ApiError(*NO_ACCESS)
        return place

    def permissions(self, place: Place) -> int:
        """The bot's, in a channel or a thread's parent."""
        parent = self._state.places.get(place.channel.get("parent_id") or "", place)
        denied = (int(each["deny"]) for each in parent.channel.get("permission_overwrites") or ())
        return self._state.permissions & ~sum(denied)

    def need(self, place: Place, permission: int) -> None:
        if not self.permissions(place) & permission:
            raise ApiError(*NO_PERMISSION)

    def _all_threads(self) -> list[Payload]:
        found = (each.channel for each in self._state.places.values() if each.where is Where.GUILD)
        return [channel for channel in found if "thread_metadata" in channel]


def _archived(thread: Payload) -> bool:
    return thread["thread_metadata"]["archived"]
