"""Convert cards to discord.py's views, and sent messages back to components."""

from __future__ import annotations

import discord

from cards.components import Component


class Card(discord.ui.LayoutView):
    """Finished components as a view for discord.py.

    discord.py doesn't wait for its presses: they're routed by custom_id (see `desk.presses`).
    """

    def __init__(self, *components: Component) -> None:
        super().__init__(timeout=None)
        self.payload = list(components)
        self.stop()  # discord.py doesn't store stopped views

    def to_components(self) -> list[Component]:
        return self.payload

    def has_components_v2(self) -> bool:
        return True


def on_message(message: discord.Message | discord.MessageSnapshot) -> list[Component]:
    """The components of a sent message, to change and send again."""
    return [component.to_dict() for component in message.components]  # pyright: ignore[reportReturnType]
