"""`python -m fakes.discord`: run until Ctrl-C, and print what the bot's settings need."""

from __future__ import annotations

from fakes.discord.server import FakeDiscord
from fakes.running import run_until_stopped


def settings(discord: FakeDiscord) -> dict[str, str]:
    return {"DISCORD_API_BASE": discord.api_base, "DISCORD_TOKEN": discord.token}


if __name__ == "__main__":
    run_until_stopped(FakeDiscord, settings)
