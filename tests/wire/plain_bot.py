"""A plain discord.py bot that does what real bots do, to test the fake Discord."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord
from discord import app_commands
from discord.ext import commands

from fakes.discord.redirect import pointed_at
from fakes.discord.server import FakeDiscord

INTENTS = discord.Intents(guild_messages=True, dm_messages=True)
Interaction = discord.Interaction["Bot"]


class Count(discord.ui.DynamicItem[discord.ui.Button], template=r"count:(?P<number>\d+)"):
    def __init__(self, number: int) -> None:
        super().__init__(discord.ui.Button(label=f"Now {number}", custom_id=f"count:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: discord.ui.Item, match: re.Match[str]) -> Count:
        return cls(int(match["number"]))

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.edit_message(view=Card(self.number + 1))


class Card(discord.ui.LayoutView):
    def __init__(self, number: int) -> None:
        super().__init__(timeout=None)
        section = discord.ui.Section(discord.ui.TextDisplay(f"counted {number}"), accessory=Count(number))
        self.add_item(discord.ui.Container(section))


class Form(discord.ui.Modal, title="Who are you?"):
    name = discord.ui.Label(text="Name", component=discord.ui.TextInput(custom_id="name", min_length=2))

    async def on_submit(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"Hello {self.name.component.value}", ephemeral=True)


class Bot(commands.AutoShardedBot):
    def __init__(self, intents: discord.Intents = INTENTS) -> None:
        super().__init__(command_prefix=(), intents=intents, max_messages=None)
        self.add_dynamic_items(Count)
        self.heard: list[discord.Message] = []
        for command in (card, form, many, restricted, twice, silent):
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Skip discord.py's wait of 5 seconds between sessions."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot:
            return
        self.heard.append(message)
        if isinstance(message.channel, discord.DMChannel):
            await message.channel.send(f"You said {message.content}")
        elif message.content:
            await self.protect(message)

    async def protect(self, message: discord.Message) -> None:
        try:
            await message.delete()
            await message.author.send("I deleted it")
        except discord.Forbidden as error:
            await message.channel.send(f"error {error.code}")


@app_commands.command(description="Count something")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def card(interaction: Interaction, number: int) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send(view=Card(number))


@card.autocomplete("number")
async def numbers(_: Interaction, typed: str) -> list[app_commands.Choice[int]]:
    return [app_commands.Choice(name=f"{typed} and {number}", value=number) for number in range(3)]


@app_commands.command(description="Show a form")
async def form(interaction: Interaction) -> None:
    await interaction.response.send_modal(Form())


@app_commands.command(description="Follow up often")
@app_commands.allowed_installs(guilds=True, users=True)
async def many(interaction: Interaction) -> None:
    await interaction.response.send_message("0")
    try:
        for number in range(1, 9):
            await interaction.followup.send(str(number))
    except discord.HTTPException as error:
        await interaction.edit_original_response(content=f"error {error.code}")


@app_commands.command(description="Is this place for adults?")
async def restricted(interaction: Interaction) -> None:
    parent = await interaction.client.fetch_channel(interaction.channel.parent_id)
    own = getattr(interaction.channel, "nsfw", "unknown")
    await interaction.response.send_message(f"thread {own}, parent {parent.nsfw}")


@app_commands.command(description="Answer twice")
async def twice(interaction: Interaction) -> None:
    await interaction.response.send_message("once")
    interaction.response._response_type = None  # so that discord.py doesn't object
    try:
        await interaction.response.send_message("twice")
    except discord.HTTPException as error:
        await interaction.edit_original_response(content=f"error {error.code}")


@app_commands.command(description="Say nothing")
async def silent(_: Interaction) -> None: ...


@asynccontextmanager
async def running(fake: FakeDiscord, bot: Bot) -> AsyncGenerator[Bot]:
    with pointed_at(fake):
        async with bot:
            task = asyncio.create_task(bot.start(fake.token))
            try:
                await fake.ready()
                yield bot
            finally:
                await bot.close()
                await asyncio.gather(task, return_exceptions=True)
