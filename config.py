"""Settings, read once from the environment and .env. Every problem is listed at once, and none shows a value."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError


class ConfigError(Exception):
    """One or more settings are wrong; `problems` are sentences for the operator."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://www.example.com")
    return value.rstrip("/")


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("must be a host and a port such as 127.0.0.1:8080")
    return value


def _header_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise ValueError("must be the name of a header such as X-Forwarded-For")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
Listen = Annotated[str, AfterValidator(_listen)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Settings(BaseModel):
    """One field a setting; the environment names it in capitals. `.env.example` explains each."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    discord_token: SecretStr
    discord_api_base: WebAddress = "https://discord.com/api/v10"

    thingiverse_client_id: str
    thingiverse_client_secret: SecretStr | None = None
    thingiverse_app_token: SecretStr
    thingiverse_redirect_uri: WebAddress | None = None
    thingiverse_app_approved: bool = False
    thingiverse_unchecked_links: bool = True
    thingiverse_popular: Literal["auto", "popular", "search"] = "auto"
    thingiverse_api_url: WebAddress = "https://api.thingiverse.com"
    thingiverse_url: WebAddress = "https://www.thingiverse.com"
    thingiverse_timeout: float = Field(15.0, gt=0, le=60)
    thingiverse_budget: int = Field(300, ge=1)
    likes_per_person: int = Field(30, ge=1)

    public_url: WebAddress | None = None
    web_listen: Listen = "127.0.0.1:8080"
    web_address_header: HeaderName | None = None
    discord_client_id: str | None = None
    discord_client_secret: SecretStr | None = None
    discord_authorize_url: WebAddress = "https://discord.com/oauth2/authorize"

    token_keys: SecretStr
    database_url: SecretStr = SecretStr("sqlite:///data/thingamabot.db")

    previews: bool = False

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    support_url: WebAddress | None = None
    privacy_url: WebAddress | None = None

    @property
    def redirect_uri(self) -> str | None:
        """Where people land after Allow."""
        return self.thingiverse_redirect_uri if self.public_url is None else f"{self.public_url}/link/callback"

    @property
    def listen_at(self) -> tuple[str, int]:
        host, _, port = self.web_listen.rpartition(":")
        return host.strip("[]"), int(port)

    def secrets(self) -> list[str]:
        """Every value that must never be printed."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


NAMES = [name.upper() for name in Settings.model_fields]

HINTS = {
    "DISCORD_TOKEN": "Discord's developer portal, your application, Bot, Reset Token",
    "THINGIVERSE_CLIENT_ID": "https://www.thingiverse.com/apps, your app, Client ID",
    "THINGIVERSE_APP_TOKEN": "https://www.thingiverse.com/apps, your app, App Token",
    "TOKEN_KEYS": "make one with: python bot.py new-key",
}


def load(environment: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> Settings:
    """Read the settings; the environment wins over the .env file.

    An empty value is an unset one. NAME_FILE names a file that holds the value of NAME.

    Raises ConfigError with every problem.
    """
    in_file = {name: value for name, value in dotenv_values(dotenv).items() if value}
    in_environment = {name: value for name, value in (environment or os.environ).items() if value}
    problems = [_unknown(name) for name in in_file if name.removesuffix("_FILE") not in NAMES]
    given = _from_files({**in_file, **in_environment}, problems)
    try:
        settings = Settings.model_validate({name.lower(): given[name] for name in NAMES if name in given})
    except ValidationError as error:
        problems += [_sentence(str(found["loc"][0]).upper(), found["type"], found["msg"]) for found in error.errors()]
        raise ConfigError(problems) from None
    problems += _contradictions(settings)
    if problems:
        raise ConfigError(problems)
    return settings


def _contradictions(settings: Settings) -> list[str]:
    """What is wrong only beside something else."""
    problems: list[str] = []
    if settings.public_url is not None:
        address = urlsplit(settings.public_url)
        if address.scheme == "http" and address.hostname not in LOOPBACK:
            problems.append("PUBLIC_URL must begin with https://, or keys would travel in the clear.")
        if settings.thingiverse_redirect_uri not in {None, settings.redirect_uri}:
            problems.append("THINGIVERSE_REDIRECT_URI is not the linking page of PUBLIC_URL. Leave it empty.")
    if (settings.discord_client_id is None) != (settings.discord_client_secret is None):
        problems.append("DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET go together. Set both, or none.")
    return problems


def _from_files(given: dict[str, str], problems: list[str]) -> dict[str, str]:
    """`given`, with the content of each NAME_FILE as NAME."""
    read = dict(given)
    for name in NAMES:
        path = given.get(f"{name}_FILE")
        if path is None:
            continue
        if name in given:
            problems.append(f"{name} and {name}_FILE are both set. Keep one of them.")
            continue
        try:
            content = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            problems.append(f"{name}_FILE names a file that cannot be read: {path}")
            read[name] = "unreadable"  # so that it is not reported as missing, too
            continue
        if content:
            read[name] = content
    return read


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, NAMES, n=1)
    return f"{name} in .env is not a setting." + (f" Did you mean {near[0]}?" if near else "")


def _sentence(name: str, kind: str, message: str) -> str:
    if kind == "missing":
        hint = f" ({HINTS[name]})" if name in HINTS else ""
        return f"{name} is not set{hint}."
    return f"{name}: {message.removeprefix('Value error, ')}."
