"""What `init` asks for: each value, where it's found, and which other value people paste by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import config

DISCORD = "https://discord.com/developers/applications"
THINGIVERSE = "https://www.thingiverse.com/apps"


@dataclass(frozen=True)
class Question:
    """A setting to ask for. With `default`, Enter takes that; "" leaves it unset."""

    name: str
    title: str
    where: str
    secret: bool = False
    default: str | None = None


QUESTIONS = (
    Question(
        "DISCORD_TOKEN",
        "Discord: your bot's token",
        f"{DISCORD} › your application › Bot › Reset Token, then Copy",
        secret=True,
    ),
    Question("THINGIVERSE_CLIENT_ID", "Thingiverse: your app's Client ID", f"{THINGIVERSE} › your app › Client ID"),
    Question(
        "THINGIVERSE_APP_TOKEN",
        "Thingiverse: your app's App Token",
        f"{THINGIVERSE} › your app › App Token",
        secret=True,
    ),
    Question(
        "THINGIVERSE_CLIENT_SECRET",
        "Thingiverse: your app's Client Secret",
        f"{THINGIVERSE} › your app › Client Secret. Without it (Enter), people paste a key instead of a code.",
        secret=True,
        default="",
    ),
    Question(
        "THINGIVERSE_REDIRECT_URI",
        "Thingiverse: the callback URL of your app",
        f"{THINGIVERSE} › your app › Callback URL, exactly as it's there. Enter leaves it to Thingiverse.",
        default="",
    ),
    Question(
        "DATABASE_URL",
        "The database",
        "Enter is a SQLite file, which is right for one computer. Or: postgresql://user:password@host/database",
        default="sqlite:///data/thingamabot.db",
    ),
)
NAMES = [question.name for question in QUESTIONS]


def mistake(name: str, value: str, given: Mapping[str, str]) -> str | None:
    """What's wrong with a value that was pasted, as a sentence without it; None if it may be right."""
    same = next((other for other in NAMES if other != name and value and given.get(other) == value), None)
    if same is not None:
        return f"That's the same value as {same}. Copy {name} again."
    if name.startswith("THINGIVERSE_") and name in config.TOKENS and value.count(".") == 2:
        return f"That looks like a Discord token. {name} comes from {THINGIVERSE}."
    if name == "DISCORD_TOKEN" and value.count(".") != 2:
        return config.problem_of(name, value) or (
            "That isn't a bot token, which has three parts with dots between them. Copy it again, or press Reset Token."
        )
    return config.problem_of(name, value)
