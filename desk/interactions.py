"""discord.py's interaction, which reads the pressed message only if it's needed."""

from __future__ import annotations

from typing import Any

import discord

from desk import payloads

EPHEMERAL = 1 << 6  # a message's flag

Interaction = discord.Interaction[Any]


class LazyInteraction(Interaction):
    """Objects for a page of designs cost more than the rest of the interaction, and most presses need none of them."""

    __slots__ = ("_message", "pressed")

    pressed: dict[str, Any] | None  # the pressed message as Discord sent it

    def _from_data(self, data: Any) -> None:
        self.pressed = None  # discord.py asks for the message in the meantime
        whole: Any = payloads.interaction(data, self._client.application_id)
        super()._from_data(whole)
        self.pressed = data.get("message")

    @property
    def message(self) -> discord.Message | None:
        """The message with the button that was pressed."""
        if self._message is None and self.pressed is not None:
            self._message = message_of(self, self.pressed)
        return self._message

    @message.setter
    def message(self, message: discord.Message | None) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._message = message


def message_of(interaction: Interaction, sent: dict[str, Any]) -> discord.Message:
    """The object for a message in the interaction's channel, as Discord sent it."""
    state, channel = interaction._state, interaction.channel  # pyright: ignore[reportPrivateUsage]
    data: Any = payloads.message(sent)
    message = discord.Message(state=state, channel=channel, data=data)  # pyright: ignore[reportArgumentType]
    message.guild = message.guild or interaction.guild
    return message


def let_go(interaction: Interaction) -> None:
    """Drop the pressed message once the interaction is served.

    discord.py's interaction and its response refer to each other, so the garbage collector would have to find it.
    """
    if isinstance(interaction, LazyInteraction):
        interaction.pressed = interaction.message = None


def pressed_message(interaction: Interaction) -> dict[str, Any] | None:
    """The message with the button that was pressed, as Discord sent it."""
    return interaction.pressed if isinstance(interaction, LazyInteraction) else None


def is_ephemeral(message: dict[str, Any]) -> bool:
    return bool(message.get("flags", 0) & EPHEMERAL)


def pressed_in_private(interaction: Interaction) -> bool:
    """Whether only the person who pressed sees the pressed message; also without one."""
    message = pressed_message(interaction)
    in_own_dm = interaction.guild_id is None and not interaction.context.private_channel
    return message is None or is_ephemeral(message) or in_own_dm
