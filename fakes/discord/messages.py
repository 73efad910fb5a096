"""Create, edit, and delete messages, with Discord's checks and gateway events."""

from __future__ import annotations

import re

from fakes.discord import payloads
from fakes.discord.components import shown
from fakes.discord.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, Gateway
from fakes.discord.payloads import COMPONENTS_V2, EPHEMERAL, LOADING, Payload
from fakes.discord.state import ApiError, Kept, Place, Said, State
from fakes.discord.validation import form_errors, message_problems

UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
SENDABLE = COMPONENTS_V2 | EPHEMERAL | 1 << 2 | 1 << 12  # also no embeds, no notification
CONTENT = ("content", "embeds", "attachments", "components", "poll", "sticker_ids")


class Messages:
    def __init__(self, state: State, gateway: Gateway) -> None:
        self._state = state
        self._gateway = gateway

    def find(self, channel_id: str, message_id: str) -> Kept:
        """A message that a bot can get with its token; never an ephemeral one."""
        kept = self._state.messages.get(message_id)
        if kept is None or kept.deleted or kept.place.id != channel_id or kept.only_for is not None:
            raise ApiError(*UNKNOWN_MESSAGE)
        return kept

    def listed(self, channel_id: str) -> list[Payload]:
        """The messages of a channel, newest first."""
        kept = [each for each in self._state.messages.values() if each.place.id == channel_id]
        kept.sort(key=lambda each: int(each.id), reverse=True)
        return [each.payload for each in kept if not each.deleted and each.only_for is None]

    async def post(self, place: Place, body: Payload) -> Kept:
        """Create a message with the bot's token. With `enforce_nonce`, return an earlier one with the same nonce."""
        self.check(body, flags=int(body.get("flags") or 0))
        nonce = (place.id, str(body.get("nonce")))
        if body.get("enforce_nonce") and (first := self._state.sent_with(nonce)) is not None:
            if first.deleted:  # on purpose: discord-api-docs#6647
                raise ApiError(*UNKNOWN_MESSAGE)
            return first
        kept = await self.add(place, {**body, "flags": int(body.get("flags") or 0) & SENDABLE & ~EPHEMERAL})
        self._state.note_nonce(nonce, kept)
        said = self._state.conversations.get(place.id)
        if said is not None:
            said.answers.append(kept.payload)
            said.changed.fire()
        return kept

    async def add(
        self,
        place: Place,
        body: Payload,
        *,
        extra: Payload | None = None,
        only_for: int | None = None,
        number: str | None = None,
    ) -> Kept:
        """Store a message of the bot and send its event. `extra` has fields that only Discord sets."""
        payload = payloads.message(number or self._state.fresh_id(), place.id, self._state.bot, body)
        payload["components"] = shown(payload["components"])
        payload |= self._mentions(payload["content"]) | self._reference(body) | (extra or {})
        payload["attachments"] = self._uploaded(body)
        if body.get("nonce") is not None:
            payload["nonce"] = body["nonce"]
        kept = self._state.keep(Kept(payload, place, only_for))
        await self._tell("MESSAGE_CREATE", kept)
        return kept

    async def edit(self, kept: Kept, body: Payload) -> None:
        payload = kept.payload
        flags = payload["flags"] & ~LOADING | int(body.get("flags") or 0) & COMPONENTS_V2
        left = {key: body[key] if key in body else payload.get(key) for key in CONTENT}
        self.check(left, flags=flags)
        if not payload["flags"] & LOADING:
            payload["edited_timestamp"] = payloads.timestamp()
        payload["flags"] = flags
        payload["content"] = left["content"] or ""
        payload["embeds"] = [{"type": "rich", **embed} for embed in left["embeds"] or []]
        if "components" in body:
            payload["components"] = shown(body["components"] or [])
        listed = {str(each["id"]) for each in left["attachments"] or []}  # an upload is listed too, by its index
        payload["attachments"] = [each for each in payload["attachments"] if each["id"] in listed] + self._uploaded(
            body
        )
        await self._tell("MESSAGE_UPDATE", kept)
        self._wake(kept)

    async def delete(self, kept: Kept) -> None:
        kept.deleted = True
        await self._tell("MESSAGE_DELETE", kept)
        self._wake(kept)

    def _uploaded(self, body: Payload) -> list[Payload]:
        return [{**each, "id": self._state.fresh_id()} for each in body.get("_files", [])]

    def check(self, body: Payload, *, flags: int) -> None:
        """Raise Discord's error for a message it would reject, and record a violation."""
        problems = message_problems(body, flags=flags)
        if problems:
            self._state.violations += map(str, problems)
            raise ApiError(400, 50035, "Invalid Form Body", form_errors(problems))
        if not any(body.get(key) for key in (*CONTENT, "_files")):
            self._state.violations.append("an empty message")
            raise ApiError(400, 50006, "Cannot send an empty message")

    async def say(
        self, place: Place, author: Payload, text: str, mentioned: list[Payload], extra: Payload | None = None
    ) -> Said:
        """A person's message. Unless it's a DM or mentions the bot, the bot gets it without content."""
        payload = payloads.message(self._state.fresh_id(), place.id, author, {"content": text}) | (extra or {})
        payload["mentions"] = mentioned
        said = Said(self._state.keep(Kept(payload, place)))
        self._state.conversations[place.id] = said
        readable = place.guild_id is None or any(each["id"] == self._state.bot["id"] for each in mentioned)
        await self._tell("MESSAGE_CREATE", said.kept, readable=readable)
        return said

    async def _tell(self, event: str, kept: Kept, *, readable: bool = True) -> None:
        """Send the event, unless the message is ephemeral or the bot isn't in that channel."""
        if kept.only_for is not None or not kept.place.bot_is_in:
            return
        guild = kept.place.guild_id
        told = _deletion(kept.payload) if event == "MESSAGE_DELETE" else dict(kept.payload)
        if event != "MESSAGE_DELETE":
            told["channel_type"] = kept.place.channel["type"]
        if guild is not None:
            told["guild_id"] = guild
        if guild is not None and event != "MESSAGE_DELETE" and not kept.payload.get("webhook_id"):
            told["member"] = payloads.member(None)
            told["mentions"] = [{**each, "member": payloads.member(None)} for each in told["mentions"]]
        hidden = (
            told if readable else told | {key: [] for key in ("embeds", "attachments", "components")} | {"content": ""}
        )
        intent = GUILD_MESSAGES if guild is not None else DIRECT_MESSAGES
        await self._gateway.dispatch(event, told, intent=intent, guild_id=guild, without_content=hidden)

    async def rewrite(self, said: Said, text: str) -> None:
        """A person edits their message."""
        payload = said.kept.payload
        payload["content"], payload["edited_timestamp"] = text, payloads.timestamp()
        await self._tell("MESSAGE_UPDATE", said.kept, readable=said.kept.place.guild_id is None)

    def _wake(self, kept: Kept) -> None:
        said = self._state.conversations.get(kept.place.id)
        if said is not None:
            said.changed.fire()

    def _mentions(self, content: str) -> Payload:
        named = [self._state.people.get(int(number)) for number in re.findall(r"<@!?(\d+)>", content)]
        return {"mentions": [person.payload for person in dict.fromkeys(named) if person is not None]}

    def _reference(self, body: Payload) -> Payload:
        reference = body.get("message_reference")
        if not reference:
            return {}
        found = self._state.messages.get(str(reference["message_id"]))
        if found is None or found.deleted:
            if reference.get("fail_if_not_exists", True):
                raise ApiError(400, 50035, "Invalid Form Body")
            return {}
        pointer = {"type": 0, "message_id": found.id, "channel_id": found.place.id}
        if found.place.guild_id is not None:
            pointer["guild_id"] = found.place.guild_id
        return {"type": 19, "message_reference": pointer, "referenced_message": found.payload}


def _deletion(payload: Payload) -> Payload:
    return {"id": payload["id"], "channel_id": payload["channel_id"]}
