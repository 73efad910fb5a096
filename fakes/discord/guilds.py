"""One server with its channels, a server the bot isn't in, and DMs."""

from __future__ import annotations

from fakes.discord import payloads
from fakes.discord.gateway import Session
from fakes.discord.payloads import Payload
from fakes.discord.state import Person, Place, State, Where

GUILD_ID = "1100000000000000001"
FOREIGN_GUILD_ID = "1100000000000000002"


class Guilds:
    def __init__(self, state: State) -> None:
        self._state = state
        self._channels: dict[tuple[Where, bool, bool], Place] = {}
        self._private: dict[int, Place] = {}
        self._on_shards: dict[int, Place] = {}
        for where in (Where.GUILD, Where.USER_INSTALL):
            for nsfw in (False, True):
                self._build(where, nsfw=nsfw)

    def on_shard(self, shard: int, shards: int) -> Place:
        """A channel of a server on that shard."""
        if shard not in self._on_shards:
            number = str((int(GUILD_ID) // 2**22 // shards * shards + shard) * 2**22 + 7)
            channel = payloads.text_channel(self._state.fresh_id(), number, "general", nsfw=False)
            self._on_shards[shard] = self._state.add(Place(channel, Where.GUILD))
        return self._on_shards[shard]

    def place(self, person: Person, where: Where, *, nsfw: bool = False, thread: bool = False) -> Place:
        """The channel of that kind; a thread is as age-restricted as the channel it belongs to."""
        if where is Where.DM:
            return self._state.dm(person)
        if where is Where.PRIVATE:
            return self._between_people(person)
        return self._channels[where, nsfw, thread]

    def guilds(self) -> list[Payload]:
        """The data of GUILD_CREATE for the servers the bot is in."""
        channels = [place.channel for place in self._channels.values() if place.where is Where.GUILD]
        return [payloads.guild(GUILD_ID, "Printers", "en-US", channels, self._state.bot)]

    def ready(self, session: Session, gateway_url: str, shards: int, *, with_guilds: bool) -> Payload:
        mine = (int(GUILD_ID) >> 22) % shards == session.shard and with_guilds
        return {
            "v": 10,
            "user": payloads.own_user(self._state.bot),
            "guilds": [{"id": GUILD_ID, "unavailable": True}] if mine else [],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": gateway_url,
            "shard": [session.shard, shards],
            "application": {"id": self._state.application_id, "flags": 0},
            "user_settings": {},
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
            "auth": {},
            "_trace": ["[]"],
        }

    def _build(self, where: Where, *, nsfw: bool) -> None:
        guild_id = GUILD_ID if where is Where.GUILD else FOREIGN_GUILD_ID
        name = "adults" if nsfw else "general"
        channel = payloads.text_channel(self._state.fresh_id(), guild_id, name, nsfw=nsfw)
        thread = payloads.thread(self._state.fresh_id(), channel, f"{name}-thread")
        self._channels[where, nsfw, False] = self._state.add(Place(channel, where))
        self._channels[where, nsfw, True] = self._state.add(Place(thread, where))

    def _between_people(self, person: Person) -> Place:
        if person.id not in self._private:
            friend = self._state.person(f"friend of {person.name}")
            channel = payloads.dm_channel(self._state.fresh_id(), friend.payload)
            self._private[person.id] = self._state.add(Place(channel, Where.PRIVATE))
        return self._private[person.id]
