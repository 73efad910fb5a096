"""Facts about messages: their server, their author, and whether they were edited."""

from __future__ import annotations

from datetime import timedelta

import discord

WRITTEN = (discord.MessageType.default, discord.MessageType.reply)  # all others are Discord's own, or commands
LATELY = timedelta(minutes=5)


def guild_of(message: discord.Message) -> int | None:
    """The message's server ID. Servers aren't kept in memory, but the channel has it."""
    return message.guild.id if message.guild is not None else getattr(message.channel, "guild_id", None)


def written_by_a_person(message: discord.Message) -> bool:
    """Whether a person wrote it, also through a webhook, as with PluralKit and bridges.

    Bots' replies to commands also use a webhook, but that belongs to their application.
    """
    if message.type not in WRITTEN:
        return False
    if message.webhook_id is None:
        return not message.author.bot
    return message.interaction_metadata is None and message.webhook_id != message.application_id


def edited_lately(message: discord.Message) -> bool:
    """Whether the text was edited. Discord also sends updates when a link gets a picture or a message is pinned."""
    return message.edited_at is not None and discord.utils.utcnow() - message.edited_at < LATELY
