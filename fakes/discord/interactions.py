"""What people do with the app: INTERACTION_CREATE, with all fields that Discord sends."""

from __future__ import annotations

import secrets
from base64 import b64encode

from fakes.discord import payloads, terse
from fakes.discord.gateway import Gateway
from fakes.discord.payloads import MEMBER_PERMISSIONS, Payload
from fakes.discord.state import Person, Place, Result, State, Where

CONTEXTS = {Where.GUILD: 0, Where.DM: 1, Where.USER_INSTALL: 0, Where.PRIVATE: 2}
DM_PERMISSIONS = 1 << 14 | 1 << 15 | 1 << 17 | 1 << 49  # links, files, mentioning everyone, polls
ATTACHMENT_SIZE_LIMIT = 10 * 1024 * 1024


class Interactions:
    def __init__(self, state: State, gateway: Gateway) -> None:
        self._state = state
        self._gateway = gateway

    async def begin(
        self,
        kind: int,
        person: Person,
        place: Place,
        data: Payload,
        *,
        locale: str,
        guild_locale: str = "en-US",
        message: Payload | None = None,
        form: Result | None = None,
    ) -> Result:
        """Send the interaction to the bot. The Result is filled as it replies."""
        payload = self._payload(kind, place, data) | self._who(person, place, guild_locale) | {"locale": locale}
        if message is not None:
            payload["message"] = message
        if self._state.terse:
            payload = terse.interaction(payload)
        result = self._state.begin(Result(payload, place, person, self._state.clock(), form=form))
        await self._gateway.dispatch("INTERACTION_CREATE", payload, guild_id=place.guild_id)
        return result

    def _payload(self, kind: int, place: Place, data: Payload) -> Payload:
        number = self._state.fresh_id()
        permissions = MEMBER_PERMISSIONS if place.guild_id is not None else DM_PERMISSIONS
        return {
            "id": number,
            "application_id": self._state.application_id,
            "type": kind,
            "token": _token(number),
            "version": 1,
            "data": data,
            "channel_id": place.id,
            "channel": {**place.channel, "permissions": str(permissions)},
            "app_permissions": str(self._app_permissions(place)),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "context": CONTEXTS[place.where],
            "attachment_size_limit": ATTACHMENT_SIZE_LIMIT,
        }

    def _who(self, person: Person, place: Place, guild_locale: str) -> Payload:
        if place.guild_id is None:
            return {"user": person.payload, "authorizing_integration_owners": self._owners(person, place)}
        return {
            "member": payloads.member(person.payload, permissions=MEMBER_PERMISSIONS),
            "guild_id": place.guild_id,
            "guild": {"id": place.guild_id, "locale": guild_locale, "features": []},
            "guild_locale": guild_locale,
            "authorizing_integration_owners": self._owners(person, place),
        }

    def _owners(self, person: Person, place: Place) -> dict[str, str]:
        """Who installed the app: "0" is a server ("0" for the bot's DM), "1" is the person."""
        return {"0": place.guild_id or "0"} if place.bot_is_in else {"1": str(person.id)}

    def _app_permissions(self, place: Place) -> int:
        return self._state.permissions if place.where is Where.GUILD else DM_PERMISSIONS


def _token(number: str) -> str:
    """A token as long as Discord's, which makes a difference in measurements and logs."""
    return b64encode(f"interaction:{number}:{secrets.token_urlsafe(96)}".encode()).decode().rstrip("=")
