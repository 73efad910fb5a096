"""What one would write by hand, and nothing around it: the yardstick."""

from __future__ import annotations

import base64
import os

import aiohttp
import aiosqlite
import discord
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from discord import app_commands
from discord.ext import commands
from discord.http import Route


class Bare(commands.AutoShardedBot):
    """`/popular` answers a card; `/like` reads a row, opens a token, sends a like, answers a card."""

    def __init__(self) -> None:
        super().__init__(command_prefix=(), intents=discord.Intents.none(), max_messages=None, help_command=None)
        self.tree.add_command(popular)
        self.tree.add_command(like)

    async def setup_hook(self) -> None:
        self.session = aiohttp.ClientSession()
        self.database = await aiosqlite.connect(os.environ["BARE_DATABASE"])
        self.cipher = AESGCM(base64.urlsafe_b64decode(os.environ["TOKEN_KEYS"] + "="))
        await self.tree.sync()


def card() -> tuple[discord.Embed, discord.ui.View]:
    embed = discord.Embed(title="Design number 1", url="https://www.thingiverse.com/thing:1", description="by mira")
    embed.set_image(url="https://cdn.thingiverse.com/assets/1.jpg")
    view = discord.ui.View(timeout=None)
    for label in ("Like", "Details", "Next"):
        view.add_item(discord.ui.Button(label=label, custom_id=label))
    return embed, view


@app_commands.command(description="A card")
async def popular(interaction: discord.Interaction) -> None:
    embed, view = card()
    await interaction.response.send_message(embed=embed, view=view)


@app_commands.command(description="A like")
async def like(interaction: discord.Interaction, thing: str) -> None:
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


if __name__ == "__main__":
    Route.BASE = os.environ["DISCORD_API_BASE"]
    Bare().run(os.environ["DISCORD_TOKEN"], log_handler=None)
