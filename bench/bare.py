"""What one would write by hand with discord.py, and nothing around it: the yardstick.

Everything is as discord.py has it by default: it keeps the view of each message that it sent, and asks for each message
back. Python's garbage collector is left alone, too. With `gc`, it's set like ours.
"""

from __future__ import annotations

import base64
import gc
import os
import sys

import aiohttp
import aiosqlite
import discord
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from discord import app_commands
from discord.ext import commands
from discord.http import Route

from operations.collector import THRESHOLDS

DESIGNS = [f"Design number {number}" for number in range(1, 31)]


class Bare(commands.AutoShardedBot):
    """`/popular` answers a card; a like reads a row, opens a token, sends a request, and answers a card."""

    def __init__(self) -> None:
        super().__init__(command_prefix=(), intents=discord.Intents.none(), max_messages=None, help_command=None)
        for command in (popular, like, help_):
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        self.session = aiohttp.ClientSession()
        self.database = await aiosqlite.connect(os.environ["BARE_DATABASE"])
        self.cipher = AESGCM(base64.urlsafe_b64decode(os.environ["TOKEN_KEYS"] + "="))
        await self.tree.sync()
        if "gc" in sys.argv:
            gc.collect()
            gc.freeze()
            gc.set_threshold(*THRESHOLDS)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        if custom_id.startswith("t1:like:"):
            await send_like(interaction, custom_id.removeprefix("t1:like:"))


def card() -> tuple[discord.Embed, discord.ui.View]:
    embed = discord.Embed(title="Design number 1", url="https://www.thingiverse.com/thing:1", description="by mira")
    embed.set_image(url="https://cdn.thingiverse.com/assets/1.jpg")
    view = discord.ui.View(timeout=None)
    for label in ("Like", "Details", "Next"):
        view.add_item(discord.ui.Button(label=label, custom_id=f"t1:{label.lower()}:1"))
    return embed, view


async def send_like(interaction: discord.Interaction, thing: str) -> None:
    bot: Bare = interaction.client  # type: ignore[assignment]
    cursor = await bot.database.execute("SELECT token FROM links WHERE person = ?", (interaction.user.id,))
    (sealed,) = await cursor.fetchone()  # type: ignore[misc]
    head, nonce, rest = sealed[:5], sealed[5:17], sealed[17:]
    owner = b"\x00".join([head, str(interaction.user.id).encode(), b"links.token"])
    token = bot.cipher.decrypt(nonce, rest, owner).decode()
    url = f"{os.environ['THINGIVERSE_API_URL']}/things/{thing}/likes"
    async with bot.session.post(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        await answer.read()
    embed, view = card()
    await interaction.response.send_message(embed=embed, view=view, ephemeral=True)


@app_commands.command(description="A card")
async def popular(interaction: discord.Interaction) -> None:
    embed, view = card()
    await interaction.response.send_message(embed=embed, view=view)


@app_commands.command(name="help", description="A card")
async def help_(interaction: discord.Interaction) -> None:
    embed, view = card()
    await interaction.response.send_message(embed=embed, view=view, ephemeral=True)


@app_commands.command(description="A like")
async def like(interaction: discord.Interaction, thing: str) -> None:
    await send_like(interaction, thing)


@like.autocomplete("thing")
async def suggest(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    found = [name for name in DESIGNS if typed in name.lower()]
    return [app_commands.Choice(name=name, value=name) for name in found[:25]]


if __name__ == "__main__":
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    Route.BASE = os.environ["DISCORD_API_BASE"]
    Bare().run(os.environ["DISCORD_TOKEN"], log_handler=None)
