"""Read the settings from the environment and .env. All problems are reported together, without values."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import envfile
from settings import NAMES, Settings, contradictions


class ConfigError(Exception):
    """One or more settings are wrong; `problems` are sentences for the operator."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Supervisor:
    """systemd's socket, and how often it wants a sign of life, in seconds."""

    address: str
    every: float

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None) -> Supervisor | None:
        """None unless systemd asks for it with Type=notify."""
        found = os.environ if environment is None else environment
        address = found.get("NOTIFY_SOCKET")
        if not address:
            return None
        allowed = found.get("WATCHDOG_USEC", "")
        half = int(allowed) / 2_000_000 if allowed.isdecimal() and int(allowed) else 30.0
        return cls(f"\0{address[1:]}" if address.startswith("@") else address, half)


HINTS = {
    "DISCORD_TOKEN": "Discord Developer Portal > your application > Bot > Reset Token",
    "THINGIVERSE_CLIENT_ID": "https://www.thingiverse.com/apps > your app > Client ID",
    "THINGIVERSE_APP_TOKEN": "https://www.thingiverse.com/apps > your app > App Token",
    "TOKEN_KEYS": "create one with: python bot.py new-key",
}
PROXIES = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}  # also accepted in lower case, as in other programs
TOKENS = {"DISCORD_TOKEN", "DISCORD_CLIENT_ID", "DISCORD_CLIENT_SECRET"} | {
    name for name in NAMES if name.startswith("THINGIVERSE_") and name.endswith(("_ID", "_SECRET", "_TOKEN"))
}
# What people paste as a bot's token from other pages of the Developer Portal.
_NOT_A_BOT_TOKEN = {
    r"\d{17,20}": "an application ID",
    r"[0-9a-f]{64}": "a public key",
    r"[\w-]{32}": "a client secret",
}


def folders() -> list[Path]:
    """Where .env is looked for: the working directory, then the bot's own folder."""
    ours = Path(__file__).resolve().parent
    try:
        return list(dict.fromkeys([Path.cwd(), ours]))
    except OSError:  # the working directory was deleted
        return [ours]


def dotenv_paths() -> tuple[Path, Path]:
    """Where .env is, or will be, and the example it starts from."""
    return envfile.find(folders()) or folders()[0] / ".env", Path(__file__).resolve().parent / ".env.example"


def enter_folder() -> None:
    """Make the folder of .env the working directory: relative paths in it, such as data/, count from there."""
    found = envfile.find(folders())
    if found is not None:
        os.chdir(found.parent)


def load(environment: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    """Read the settings; the environment wins over the .env file.

    An empty value counts as not set. NAME_FILE is the path of a file with the value of NAME.

    Raises ConfigError with every problem.
    """
    given, problems, trouble = _gathered(environment, dotenv)
    problems += [f"{name} {wrong}" for name in NAMES if (wrong := _mispasted(name, given.get(name, "")))]
    try:
        settings = Settings.model_validate({name.lower(): given[name] for name in NAMES if name in given})
    except ValidationError as error:
        if trouble is not None and any(found["type"] == "missing" for found in error.errors()):
            problems.insert(0, trouble)  # if the environment has everything, .env doesn't matter
        raise ConfigError([*problems, *_sentences(error)]) from None
    problems += contradictions(settings)
    if problems:
        raise ConfigError(problems)
    return settings


def given() -> dict[str, str]:
    """What the environment and .env set, whether or not it's right. Raises ConfigError if they can't be read."""
    found, problems, _ = _gathered(None, None)
    if problems:
        raise ConfigError(problems)
    return found


def value_files() -> list[Path]:
    """The files with values of settings: what TOKEN_KEYS_FILE and its like name."""
    in_file, _, _ = _read_dotenv(folders())
    given = {**in_file, **envfile.cleaned(os.environ)}
    return [Path(given[f"{name}_FILE"]) for name in NAMES if f"{name}_FILE" in given]


def from_environment() -> dict[str, str]:
    """What the environment alone sets, with NAME_FILE as it's written."""
    known = {*NAMES, *(f"{name}_FILE" for name in NAMES)}
    return {name: value for name, value in envfile.cleaned(_in_capitals(os.environ)).items() if name in known}


def tidied(name: str, value: str) -> str:
    """A value as people paste it, without quotes, spaces, or a prefix that doesn't belong to it."""
    value = envfile.clean(value)
    return envfile.clean(re.sub(r"(?i)^(bot|bearer)\s+", "", value)) if name in TOKENS else value


def problem_of(name: str, value: str) -> str | None:
    """What's wrong with one value, as a sentence without it."""
    if wrong := _mispasted(name, value):
        return f"{name} {wrong}"
    try:
        draft({name: value})
    except ConfigError as error:
        return error.problems[0]
    return None


def draft(found: Mapping[str, str]) -> Settings:
    """Settings while some that are required are still missing; those are "unset". Raises ConfigError."""
    required = {name: "unset" for name, field in Settings.model_fields.items() if field.is_required()}
    try:
        return Settings.model_validate(required | {name.lower(): value for name, value in found.items()})
    except ValidationError as error:
        raise ConfigError(_sentences(error)) from None


def _gathered(
    environment: Mapping[str, str] | None, dotenv: Path | None
) -> tuple[dict[str, str], list[str], str | None]:
    """The values of known settings, problems, and why .env couldn't be read."""
    in_file, problems, trouble = _read_dotenv(folders() if dotenv is None else [dotenv.parent])
    in_environment = envfile.cleaned(_in_capitals(os.environ if environment is None else environment))
    problems += [_unknown(name) for name in in_file if name.removesuffix("_FILE") not in NAMES]
    found = _from_files({**in_file, **in_environment}, problems)
    tidy = {name: value for name in NAMES if (value := tidied(name, found.get(name, "")))}
    return tidy, problems, trouble


def _read_dotenv(places: list[Path]) -> tuple[dict[str, str], list[str], str | None]:
    """What .env sets, problems with its lines, and the reason if it couldn't be read."""
    path = envfile.find(places)
    if path is None:
        return {}, [], envfile.missing(places)
    try:
        values, wrong = envfile.read_lines(path)
    except envfile.Unreadable as error:
        return {}, [], str(error)
    problems = [f"Line {number} of .env isn't NAME=value. Check its quotes and line breaks." for number in wrong]
    return envfile.cleaned(_in_capitals(values)), problems, None


def _in_capitals(given: Mapping[str, str]) -> dict[str, str]:
    """What's given, with the names of proxies in capitals."""
    small = {name: given[name.lower()] for name in PROXIES if name.lower() in given}
    return small | {name: value for name, value in given.items() if not (name.islower() and name.upper() in small)}


def _mispasted(name: str, value: str) -> str | None:
    """What's wrong with a token that can't be valid, or None."""
    if name not in TOKENS:
        return None
    if re.search(r"\s", value):
        return "has a space or a line break in it. Copy it again, as one line."
    if value and re.fullmatch(r"[\w.~+/-]+=*", value, re.ASCII) is None:  # as RFC 6750 has it
        return "has a character in it that no token has, such as a quote. Copy it again."
    if name == "DISCORD_TOKEN":
        kind = next((kind for form, kind in _NOT_A_BOT_TOKEN.items() if re.fullmatch(form, value)), None)
        return None if kind is None else f"is {kind}, not a token. The token is at {HINTS[name]}."
    return None


def _from_files(given: dict[str, str], problems: list[str]) -> dict[str, str]:
    """`given` with the content of each NAME_FILE as NAME. Adds to `problems`."""
    read = dict(given)
    for name in NAMES:
        path = given.get(f"{name}_FILE")
        if path is None:
            continue
        if name in given:
            problems.append(f"{name} and {name}_FILE are both set. Keep only one.")
            continue
        try:
            content = envfile.clean(envfile.read_text(Path(path), path))
        except envfile.Unreadable as error:
            problems.append(f"{name}_FILE points to a file that can't be read: {error}")
            content = "unreadable"  # so that it isn't also reported as missing
        if not content and Settings.model_fields[name.lower()].is_required():
            problems.append(f"{name}_FILE points to an empty file: {path}")
            content = "empty"
        if content:
            read[name] = content
    return read


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name.upper(), NAMES, n=1)
    hint = f"Did you mean {near[0]}?" if near else "Remove it, or set it in the environment."
    return f"{name} in .env isn't a known setting. {hint}"


def _sentences(error: ValidationError) -> list[str]:
    return [_sentence(str(found["loc"][0]).upper(), found["type"], found.get("ctx", {})) for found in error.errors()]


def _sentence(name: str, kind: str, limits: Mapping[str, Any]) -> str:
    """One of pydantic's errors as a sentence, without the value."""
    if kind == "missing":
        hint = f" ({HINTS[name]})" if name in HINTS else ""
        return f"{name} is not set{hint}."
    if kind == "value_error":
        return f"{name}: {limits['error']}."
    wanted = {
        "bool_parsing": "must be true or false",
        "int_parsing": "must be a whole number",
        "float_parsing": "must be a number",
        "finite_number": "must be a number",
        "literal_error": f"must be {str(limits.get('expected', '')).replace(chr(39), '')}",
        "greater_than": f"must be more than {limits.get('gt')}",
        "greater_than_equal": f"must be at least {limits.get('ge')}",
        "less_than_equal": f"must be at most {limits.get('le')}",
    }
    return f"{name}: {wanted.get(kind, 'has a value that is not possible')}."
