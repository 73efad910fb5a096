"""What people do: use commands, press buttons, submit forms, write messages, and wait for the bot."""

from __future__ import annotations

from typing import Any

from fakes.discord import commands, components
from fakes.discord.callbacks import DEFER_UPDATE
from fakes.discord.gateway import Gateway
from fakes.discord.guilds import Guilds
from fakes.discord.interactions import Interactions
from fakes.discord.messages import Messages
from fakes.discord.payloads import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Payload, resolved_channel
from fakes.discord.state import NotAnswered, Person, Place, Result, Said, State, Where

CHANNEL_SELECT = 8
PATIENCE = 60.0  # seconds for a reply, enough on a busy machine
SILENCE = 5.0  # seconds without requests after which a silent press is done


class People:
    def __init__(self, state: State, gateway: Gateway, *, quiet: float) -> None:
        self.state = state
        self.messages = Messages(state, gateway)
        self.places = Guilds(state)
        self._interactions = Interactions(state, gateway)
        self._quiet = quiet

    def person(self, name: str, id: int | None = None) -> Person:
        return self.state.person(name, id)

    async def slash(
        self,
        person: Person,
        name: str,
        *,
        where: Where = Where.GUILD,
        locale: str = "en-US",
        guild_locale: str = "en-US",
        channel_nsfw: bool = False,
        thread: bool = False,
        place: Place | None = None,
        patience: float = PATIENCE,
        **options: Any,
    ) -> Result:
        """Use a command ("like", or "feed add" for a subcommand) and wait for the reply.

        `place` is a channel of another server.

        Raises LookupError or AssertionError if Discord's client wouldn't send it, and NotAnswered.
        """
        place = place or self.places.place(person, where, nsfw=channel_nsfw, thread=thread)
        data = commands.called(self.state, name, options, where)
        result = await self._interactions.begin(COMMAND, person, place, data, locale=locale, guild_locale=guild_locale)
        return await self._answer_to(result, patience)

    async def autocomplete(
        self,
        person: Person,
        name: str,
        option: str,
        typed: str,
        *,
        where: Where = Where.GUILD,
        locale: str = "en-US",
        **others: Any,
    ) -> list[Payload]:
        """The suggestions for `typed` in the option."""
        place = self.places.place(person, where)
        data = commands.called(self.state, name, {**others, option: typed}, where, focused=option)
        result = await self._interactions.begin(AUTOCOMPLETE, person, place, data, locale=locale)
        return (await self._answer_to(result, PATIENCE)).choices or []

    async def click(
        self,
        person: Person,
        message: Payload,
        custom_id: str,
        *,
        values: list[str] | None = None,
        locale: str = "en-US",
        patience: float = PATIENCE,
    ) -> Result:
        """Press a button, or pick `values` of a select."""
        kept = self.state.seen(message["id"])
        if kept.deleted or kept.only_for not in {None, person.id}:
            raise LookupError(f"{person.name} does not see that message")
        pressed = components.pressable(kept.payload, custom_id)
        data: Payload = {"custom_id": custom_id, "component_type": pressed["type"], "id": pressed["id"]}
        if values is not None:
            data["values"] = values
        if pressed["type"] == CHANNEL_SELECT:
            chosen = [self.state.places[value].channel for value in values or []]
            data["resolved"] = {"channels": {each["id"]: resolved_channel(each) for each in chosen}}
        result = await self._interactions.begin(
            COMPONENT, person, kept.place, data, locale=locale, message=dict(kept.payload)
        )
        return await self._answer_to(result, patience)

    async def submit(
        self, person: Person, form: Result, values: dict[str, str | list[str]], *, patience: float = PATIENCE
    ) -> Result:
        """Submit the form that an interaction opened."""
        assert form.modal is not None, "the answer was no form"
        data = {"custom_id": form.modal["custom_id"], "components": components.filled(form.modal, values)}
        message, locale = form.interaction.get("message"), form.interaction["locale"]
        result = await self._interactions.begin(
            MODAL_SUBMIT, person, form.place, data, locale=locale, message=message, form=form
        )
        return await self._answer_to(result, patience)

    async def dm(self, person: Person, text: str, *, answers: int = 1, timeout: float = PATIENCE) -> Said:
        """Write a DM and wait for so many replies. Raises NotAnswered."""
        said = await self.messages.say(self.state.dm(person), person.payload, text, [])
        return await self._talk(said, answers, timeout)

    async def say(
        self,
        person: Person,
        text: str,
        *,
        mentions_bot: bool = False,
        channel_nsfw: bool = False,
        thread: bool = False,
        answers: int = 0,
        timeout: float = PATIENCE,
        **extra: Any,
    ) -> Said:
        """Write in the server; `<@bot>` mentions the bot. `extra` has other fields of the message."""
        place = self.places.place(person, Where.GUILD, nsfw=channel_nsfw, thread=thread)
        mentioned = [self.state.bot] if mentions_bot or "<@bot>" in text else []
        text = text.replace("<@bot>", f"<@{self.state.bot['id']}>")
        said = await self.messages.say(place, person.payload, text, mentioned, extra)
        return await self._talk(said, answers, timeout)

    async def edit(self, said: Said, text: str) -> None:
        """Edit the person's own message."""
        await self.messages.rewrite(said, text)

    async def delete(self, said: Said) -> None:
        await self.messages.delete(said.kept)

    def close_dms(self, person: Person) -> None:
        self.state.closed_dms.add(person.id)

    def dms(self, person: Person) -> list[Payload]:
        """The messages in the person's DM with the bot, newest first."""
        return self.messages.listed(self.state.dm(person).id)

    async def _answer_to(self, result: Result, patience: float) -> Result:
        try:
            await result.until(lambda it: it.ack_type is not None, self.state.first_sign)
            await result.until(lambda it: it.answered, patience if result.ack_type != DEFER_UPDATE else SILENCE)
        except TimeoutError:
            if result.ack_type != DEFER_UPDATE:  # the bot may acknowledge a press without a message
                raise NotAnswered(f"no answer to {result.interaction['data']}") from None
        await self.settle()
        return result

    async def _talk(self, said: Said, answers: int, timeout: float) -> Said:
        try:
            await said.until(lambda it: len(it.answers) >= answers, timeout)
        except TimeoutError:
            raise NotAnswered(f"{len(said.answers)} of {answers} answers to {said.message['content']!r}") from None
        await self.settle()
        return said

    async def settle(self, seconds: float | None = None) -> None:
        """Wait until the bot sends no more requests."""
        await self.state.quiet(self._quiet if seconds is None else seconds)
