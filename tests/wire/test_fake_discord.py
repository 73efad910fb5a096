"""Our Discord, proved by a plain discord.py bot that does with it what real bots do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from tests.wire import components
from tests.wire.aim import aimed_at
from tests.wire.discord import DM, PRIVATE, USER_INSTALL, FakeDiscord
from tests.wire.payloads import MANAGE_MESSAGES
from tests.wire.state import NotAnswered

INTENTS = discord.Intents(guild_messages=True, dm_messages=True)
Interaction = discord.Interaction["Bot"]


class Count(discord.ui.DynamicItem[discord.ui.Button], template=r"count:(?P<number>\d+)"):
    def __init__(self, number: int) -> None:
        super().__init__(discord.ui.Button(label=f"Now {number}", custom_id=f"count:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: discord.ui.Item, match) -> Count:
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
        """Without discord.py's 5 s between two sessions."""

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
    interaction.response._response_type = None  # so that discord.py does not notice
    try:
        await interaction.response.send_message("twice")
    except discord.HTTPException as error:
        await interaction.edit_original_response(content=f"error {error.code}")


@app_commands.command(description="Say nothing")
async def silent(_: Interaction) -> None: ...


@asynccontextmanager
async def running(fake: FakeDiscord, bot: Bot) -> AsyncGenerator[Bot]:
    with aimed_at(fake):
        async with bot:
            task = asyncio.create_task(bot.start(fake.token))
            try:
                await fake.ready()
                yield bot
            finally:
                await bot.close()
                await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def fake() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


@pytest.fixture
async def bot(fake: FakeDiscord) -> AsyncGenerator[Bot]:
    async with running(fake, Bot()) as bot:
        yield bot
    assert fake.violations == []


async def test_the_bot_identifies_and_registers_its_commands(fake: FakeDiscord, bot: Bot) -> None:
    assert fake.intents == INTENTS.value
    assert {each["name"]: each["contexts"] for each in fake.commands}["card"] == [0, 1, 2]
    assert all(int(each["id"]) and each["application_id"] == str(bot.application_id) for each in fake.commands)


async def test_a_first_follow_up_takes_the_place_of_the_deferral(fake: FakeDiscord, bot: Bot) -> None:
    result = await fake.slash(fake.person("ann"), "card", number=3)
    assert (result.ack_type, result.ephemeral, len(result.edits), result.followups) == (5, True, 1, [])
    assert result.ack_after < 3
    assert components.texts(result.message) == "counted 3\nNow 3"
    ids = [each["id"] for _, each in components.walk(result.message["components"])]
    assert ids == [1, 2, 3, 4]


async def test_a_press_reaches_a_dynamic_item_and_edits(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    shown = await fake.slash(ann, "card", number=3)
    result = await fake.click(ann, shown.message, "count:3")
    assert result.ack_type == 7
    assert components.texts(result.message) == "counted 4\nNow 4"
    assert components.button(shown.message, "Now")["custom_id"] == "count:4", "the first result shows the newest state"


async def test_nobody_presses_what_they_do_not_see(fake: FakeDiscord, bot: Bot) -> None:
    shown = await fake.slash(fake.person("ann"), "card", number=3)
    with pytest.raises(LookupError):
        await fake.click(fake.person("ben"), shown.message, "count:3")
    with pytest.raises(LookupError):
        await fake.click(fake.person("ann"), shown.message, "count:99")


async def test_a_form_comes_and_goes(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    opened = await fake.slash(ann, "form")
    assert (opened.ack_type, opened.modal["title"]) == (9, "Who are you?")
    result = await fake.submit(ann, opened, {"name": "Ann"})
    assert (result.message["content"], result.ephemeral) == ("Hello Ann", True)
    with pytest.raises(AssertionError, match="too short"):
        await fake.submit(ann, opened, {"name": "A"})


async def test_suggestions_come_while_somebody_types(fake: FakeDiscord, bot: Bot) -> None:
    choices = await fake.autocomplete(fake.person("ann"), "card", "number", "seven")
    assert choices[2] == {"name": "seven and 2", "value": 2}


@pytest.mark.parametrize(("where", "context", "owner"), [(DM, 1, "0"), (USER_INSTALL, 0, "1"), (PRIVATE, 2, "1")])
async def test_commands_work_wherever_they_are_allowed(fake: FakeDiscord, bot: Bot, where, context, owner) -> None:
    result = await fake.slash(fake.person("ann"), "card", where=where, number=1)
    assert result.interaction["context"] == context
    assert list(result.interaction["authorizing_integration_owners"]) == [owner]
    with pytest.raises(LookupError, match="not offered"):
        await fake.slash(fake.person("ann"), "form", where=USER_INSTALL)


async def test_a_thread_says_nothing_of_its_age_restriction(fake: FakeDiscord, bot: Bot) -> None:
    result = await fake.slash(fake.person("ann"), "restricted", thread=True, channel_nsfw=True)
    assert result.message["content"] == "thread unknown, parent True"


async def test_follow_ups_are_few_where_only_the_person_brought_the_app(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    assert len((await fake.slash(ann, "many")).followups) == 8
    result = await fake.slash(ann, "many", where=USER_INSTALL)
    await result.until(lambda it: bool(it.edits))
    assert (len(result.followups), result.message["content"]) == (5, "error 40094")


async def test_an_interaction_is_answered_once_and_in_time(fake: FakeDiscord, bot: Bot) -> None:
    result = await fake.slash(fake.person("ann"), "twice")
    assert (await result.until(lambda it: bool(it.edits))).message["content"] == "error 40060"
    with pytest.raises(NotAnswered):
        await fake.slash(fake.person("ann"), "silent")


async def test_a_dm_is_read_and_answered(fake: FakeDiscord, bot: Bot) -> None:
    said = await fake.dm(fake.person("ann"), "hello")
    assert said.answers[0]["content"] == "You said hello"
    assert bot.heard[0].guild is None
    with pytest.raises(discord.Forbidden) as caught:
        await bot.heard[0].delete()
    assert caught.value.code == 50003


async def test_only_a_mention_is_read_in_a_server(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    await fake.say(ann, "something private")
    refused = await fake.say(ann, "<@bot> a key", answers=1)
    fake.state.permissions |= MANAGE_MESSAGES
    done = await (await fake.say(ann, "<@bot> a key", thread=True)).until(lambda it: bool(fake.dms(ann)))
    assert [bool(message.content) for message in bot.heard] == [False, True, True]
    assert (refused.deleted, refused.answers[0]["content"]) == (False, "error 50013")
    assert (done.deleted, fake.dms(ann)[0]["content"]) == (True, "I deleted it")


async def test_closed_dms_refuse(fake: FakeDiscord, bot: Bot) -> None:
    ann = fake.person("ann")
    fake.close_dms(ann)
    fake.state.permissions |= MANAGE_MESSAGES
    said = await fake.say(ann, "<@bot> a key", answers=1)
    assert (said.deleted, said.answers[0]["content"]) == (True, "error 50007")
    assert fake.dms(ann) == []


async def test_a_lost_connection_resumes_and_misses_nothing(fake: FakeDiscord, bot: Bot) -> None:
    for code in (4000, 1001, None):
        await fake.drop_gateway(code)
        assert (await fake.dm(fake.person("ann"), f"after {code}")).answers
    assert (fake.gateway.resumes, len(fake.gateway.identifies)) == (3, 1)


async def test_a_lost_session_identifies_anew(fake: FakeDiscord, bot: Bot) -> None:
    await fake.drop_gateway(4000, resumable=False)
    await fake.ready()
    await fake.invalid_session()
    await fake.ready()
    assert (fake.gateway.resumes, len(fake.gateway.identifies)) == (0, 3)
    assert (await fake.slash(fake.person("ann"), "card", number=1)).message
