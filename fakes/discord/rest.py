"""The REST endpoints that bots call with their token: user, commands, channels, and messages."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from fakes.discord import commands, payloads, terse
from fakes.discord.channels import Channels
from fakes.discord.guilds import GUILD_ID
from fakes.discord.messages import Messages
from fakes.discord.middleware import BODY, PREFIX, Middleware
from fakes.discord.payloads import MANAGE_MESSAGES, PUBLIC_THREAD, READ_HISTORY, SEND_IN_THREADS, SEND_MESSAGES, Payload
from fakes.discord.state import ApiError, Kept, Place, State

LIMITS: Payload = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}


class Rest:
    def __init__(
        self, state: State, messages: Messages, channels: Channels, *, shards: int, max_concurrency: int
    ) -> None:
        self._state = state
        self._channels = channels
        self._messages = messages
        self._shards = shards
        self._limits = {**LIMITS, "max_concurrency": max_concurrency}
        self.starts_used = 0
        self.gateway_url = ""

    def routes(self, app: web.Application, middleware: Middleware) -> None:
        app_commands, one_message = "/applications/{app_id}/commands", "/channels/{channel_id}/messages/{message_id}"
        for method, path, handler in (
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway_bot),
            ("GET", "/users/@me", self.own_user),
            ("GET", "/users/@me/guilds", self.own_guilds),
            ("GET", "/users/{user_id}", self.user),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/applications/@me", self.application),
            ("GET", app_commands, self.list_commands),
            ("PUT", app_commands, self.put_commands),
            ("POST", app_commands, self.post_command),
            ("DELETE", app_commands + "/{command_id}", self.delete_command),
            ("POST", "/users/@me/channels", self.open_dm),
            ("GET", "/guilds/{guild_id}/members/{user_id}", self.member),
            ("GET", "/guilds/{guild_id}/roles", self.roles),
            ("GET", "/channels/{channel_id}", self.channel),
            ("POST", "/channels/{channel_id}/typing", self.typing),
            ("GET", "/channels/{channel_id}/messages", self.list_messages),
            ("POST", "/channels/{channel_id}/messages", self.post_message),
            ("GET", one_message, self.get_message),
            ("PATCH", one_message, self.edit_message),
            ("DELETE", one_message, self.delete_message),
        ):
            app.router.add_route(method, PREFIX + path, middleware.guard(handler))

    async def gateway(self, _: web.Request) -> Payload:
        return {"url": self.gateway_url}

    async def gateway_bot(self, _: web.Request) -> Payload:
        limits = {**self._limits, "remaining": LIMITS["remaining"] - self.starts_used}
        return {"url": self.gateway_url, "shards": self._shards, "session_start_limit": limits}

    async def own_user(self, _: web.Request) -> Payload:
        return payloads.own_user(self._state.bot)

    async def own_guilds(self, request: web.Request) -> list[Payload]:
        after, before = int(request.query.get("after", 0)), int(request.query.get("before", 2**63))
        return [payloads.own_guild(GUILD_ID, "Printers")] if after < int(GUILD_ID) < before else []

    async def user(self, request: web.Request) -> Payload:
        person = self._state.people.get(int(request.match_info["user_id"]))
        if person is None:
            raise ApiError(404, 10013, "Unknown User")
        return person.payload

    async def application(self, _: web.Request) -> Payload:
        whole = payloads.application(self._state.application_id, self._state.bot, "Thingamabot")
        return terse.application(whole) if self._state.terse else whole

    async def list_commands(self, request: web.Request) -> list[Payload]:
        self._own_application(request)
        return self._state.commands

    async def put_commands(self, request: web.Request) -> list[Payload]:
        self._own_application(request)
        return commands.register(self._state, request[BODY] or [])

    async def post_command(self, request: web.Request) -> Payload:
        self._own_application(request)
        return commands.add(self._state, request[BODY])

    async def delete_command(self, request: web.Request) -> None:
        self._own_application(request)
        left = [each for each in self._state.commands if each["id"] != request.match_info["command_id"]]
        if len(left) == len(self._state.commands):
            raise ApiError(404, 10063, "Unknown application command")
        self._state.commands = left

    async def open_dm(self, request: web.Request) -> Payload:
        person = self._state.people.get(int(request[BODY].get("recipient_id") or 0))
        if person is None:
            raise ApiError(400, 50033, "Invalid Recipient(s)")
        return self._state.dm(person).channel

    async def member(self, request: web.Request) -> Payload:
        self._own_guild(request)
        if request.match_info["user_id"] == self._state.bot["id"]:
            return payloads.member(self._state.bot)
        return payloads.member(await self.user(request))

    async def roles(self, request: web.Request) -> list[Payload]:
        return [payloads.everyone(self._own_guild(request))]

    async def channel(self, request: web.Request) -> Payload:
        return self._place(request).channel

    async def typing(self, request: web.Request) -> None:
        self._place(request)

    async def list_messages(self, request: web.Request) -> list[Payload]:
        """Without Read Message History, the list is empty, which isn't an error. Nonces aren't in it."""
        place, asked = self._place(request), request.query
        if place.guild_id is not None and not self._channels.permissions(place) & READ_HISTORY:
            return []
        found = [{**each, "nonce": None} for each in self._messages.listed(place.id)]
        for each in found:
            del each["nonce"]
        limit, after = int(asked.get("limit", 50)), int(asked.get("after", 0))
        if after:  # the oldest of them
            return [each for each in found if int(each["id"]) > after][-limit:]
        before = int(asked.get("before", 2**63))
        return [each for each in found if int(each["id"]) < before][:limit]

    async def post_message(self, request: web.Request) -> Payload:
        place = self._place(request)
        recipient = next((each for each, dm in self._state.dms.items() if dm is place), None)
        if recipient in self._state.closed_dms:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        if place.guild_id is not None:
            in_thread = place.channel["type"] == PUBLIC_THREAD
            self._need(place, SEND_IN_THREADS if in_thread else SEND_MESSAGES)
        return (await self._messages.post(place, request[BODY] or {})).payload

    async def get_message(self, request: web.Request) -> Payload:
        return self._message(request).payload

    async def edit_message(self, request: web.Request) -> Payload:
        kept = self._message(request)
        if not self._is_own(kept):
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        await self._messages.edit(kept, request[BODY] or {})
        return kept.payload

    async def delete_message(self, request: web.Request) -> None:
        kept = self._message(request)
        if not self._is_own(kept):
            if kept.place.guild_id is None:
                raise ApiError(403, 50003, "Cannot execute action on a DM channel")
            self._need(kept.place, MANAGE_MESSAGES)
        await self._messages.delete(kept)

    def _is_own(self, kept: Kept) -> bool:
        return kept.payload["author"]["id"] == self._state.bot["id"]

    def _message(self, request: web.Request) -> Kept:
        return self._messages.find(self._place(request).id, request.match_info["message_id"])

    def _place(self, request: web.Request) -> Place:
        return self._channels.place(request)

    def _need(self, place: Place, permission: int) -> None:
        self._channels.need(place, permission)

    def _own_guild(self, request: web.Request) -> str:
        if request.match_info["guild_id"] != GUILD_ID:
            raise ApiError(404, 10004, "Unknown Guild")
        return GUILD_ID

    def _own_application(self, request: web.Request) -> None:
        if request.match_info["app_id"] != self._state.application_id:
            raise ApiError(403, 20012, "You are not authorized to perform this action on this application")

    async def unknown(self, request: web.Request) -> Any:
        """Reject requests the fake doesn't know."""
        self._state.violations.append(f"no such endpoint here: {request.method} {request.path}")
        raise ApiError(404, 0, "404: Not Found")
