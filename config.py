"""Settings, read once from the environment and .env. All problems are reported together, without values."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

import envfile


class ConfigError(Exception):
    """One or more settings are wrong; `problems` are sentences for the operator."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _exact_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # wrong brackets or an impossible port
        good = False
    if not good or re.search(r"[\s?#]", value):
        raise ValueError("must be a URL such as https://www.example.com")
    return value


def _web_address(value: str) -> str:
    return _exact_address(value).rstrip("/")


def _proxy(value: SecretStr) -> SecretStr:
    """A proxy's URL. As in curl, the scheme can be missing."""
    given = value.get_secret_value()
    address = given if "://" in given else f"http://{given}"
    try:
        return SecretStr(_web_address(address))
    except ValueError:
        raise ValueError("must be the URL of an HTTP proxy such as http://proxy.example.com:3128") from None


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if (
        not re.fullmatch(r"\[[^\[\]\s/]+\]|[^\[\]\s/]+", host)
        or not port.isascii()
        or not port.isdigit()
        or not 0 < int(port) < 65536
    ):
        raise ValueError("must be a host and port such as 127.0.0.1:8080")
    return value


def _duration(value: object) -> timedelta:
    """Such as 24h, 30m, or 7d."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", str(value).lower())
    if found is None:
        raise ValueError("must be a time such as 24h, 30m, or 7d")
    return int(found[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[found[2]]


def _header_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise ValueError("must be a header name such as X-Forwarded-For")
    return value


def _sentry_dsn(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"https?://[^\s@/]+@[^\s@/]+/(?:\S*/)?[0-9]+/?", value.get_secret_value()):
        raise ValueError("must be a DSN such as https://key@example.ingest.sentry.io/1")
    return value


# Of rediss://: whose certificates are trusted, and one's own.
_REDIS_OPTIONS = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}
_OPTIONS_SAID = "only ssl_ca_certs, ssl_certfile, and ssl_keyfile"


def _redis(value: SecretStr) -> SecretStr:
    """A URL of Redis or Valkey, which speak the same protocol."""
    given = re.sub(r"^valkey(s?)://", r"redis\1://", value.get_secret_value())
    try:
        parts = urlsplit(given)
        good = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
        good = good and not parts.fragment and re.fullmatch(r"/?\d{0,5}", parts.path, re.ASCII) is not None
        options = parse_qs(parts.query, strict_parsing=bool(parts.query), keep_blank_values=True).keys()
    except ValueError:  # wrong brackets or an impossible port
        good, options = False, set[str]()
    if not good or re.search(r"\s", given):
        raise ValueError("must be a URL such as redis://127.0.0.1:6379/0, with %-codes for special characters")
    if unknown := options - _REDIS_OPTIONS:
        raise ValueError(f"can't have {'that option' if len(unknown) == 1 else 'those options'}, but {_OPTIONS_SAID}")
    return SecretStr(given)


@dataclass(frozen=True)
class Shards:
    """Some of Discord's shards, from `first` to `last`, of `total`."""

    first: int
    last: int
    total: int


def _shards(value: object) -> object:
    """Such as 0-7/32, or 3/32 for one."""
    if isinstance(value, Shards):
        return value
    found = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/([0-9]{1,5})", str(value))
    shards = Shards(int(found[1]), int(found[2] or found[1]), int(found[3])) if found is not None else None
    if shards is None or not shards.first <= shards.last < shards.total:
        raise ValueError("must be a range of shards and how many there are, such as 0-7/32")
    return shards


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


AnyCase, AnyCaps = BeforeValidator(_lower), BeforeValidator(_upper)  # for choices, however they're capitalized
WebAddress = Annotated[str, AfterValidator(_web_address)]
ExactAddress = Annotated[str, AfterValidator(_exact_address)]  # a slash at the end is part of it
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]
SentryDsn = Annotated[SecretStr, AfterValidator(_sentry_dsn)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
ShardRange = Annotated[Shards, BeforeValidator(_shards)]
Listen = Annotated[str, AfterValidator(_listen)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
_PASSWORD = re.compile(r"[^:/]+://[^:@/]*:(.+)@")  # of a URL, with any character that people leave unescaped
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def host_and_port(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


class Settings(BaseModel):
    """All settings. In the environment, names are in capitals. `.env.example` explains each."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    discord_token: SecretStr
    discord_api_base: WebAddress = "https://discord.com/api/v10"

    thingiverse_client_id: str
    thingiverse_client_secret: SecretStr | None = None
    thingiverse_app_token: SecretStr
    thingiverse_redirect_uri: ExactAddress | None = None
    thingiverse_app_approved: bool = False
    thingiverse_unchecked_links: bool = False
    thingiverse_state: Annotated[Literal["auto", "always", "never"], AnyCase] = "auto"
    thingiverse_popular: Annotated[Literal["auto", "popular", "search"], AnyCase] = "auto"
    thingiverse_api_url: WebAddress = "https://api.thingiverse.com"
    thingiverse_url: WebAddress = "https://www.thingiverse.com"
    thingiverse_timeout: float = Field(15.0, gt=0, le=60)
    thingiverse_budget: int = Field(300, ge=1)
    thingiverse_window: int = Field(300, ge=1, le=3_600)
    likes_per_person: int = Field(30, ge=1)

    feed_every: int = Field(120, ge=1, le=3_600)
    feed_daily_cap: int = Field(50, ge=1)

    public_url: WebAddress | None = None
    web_listen: Listen = "127.0.0.1:8080"
    web_address_header: HeaderName | None = None
    discord_client_id: str | None = None
    discord_client_secret: SecretStr | None = None
    discord_authorize_url: WebAddress = "https://discord.com/oauth2/authorize"

    token_keys: SecretStr
    database_url: SecretStr = SecretStr("sqlite:///data/thingamabot.db")

    redis_url: RedisUrl | None = None
    shards: ShardRange | None = None

    metrics_listen: Listen | None = None
    exit_when_stuck: bool = False
    sentry_dsn: SentryDsn | None = None

    backup_every: Duration | None = None
    backup_keep: int = Field(14, ge=1)
    backup_folder: str = "data/backups"

    previews: bool = False

    https_proxy: Proxy | None = None
    http_proxy: Proxy | None = None
    no_proxy: str | None = None

    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], AnyCaps] = "INFO"
    log_format: Annotated[Literal["text", "json"], AnyCase] = "text"
    support_url: WebAddress | None = None
    privacy_url: WebAddress | None = None
    terms_page: str | None = None
    privacy_page: str | None = None

    @property
    def redirect_uri(self) -> str | None:
        """Where people land after Allow; None for the URL registered with the app."""
        return self.thingiverse_redirect_uri if self.public_url is None else f"{self.public_url}/link/callback"

    @property
    def policy_url(self) -> str | None:
        """Where the privacy policy is: at PRIVACY_URL, or on our own page."""
        if self.privacy_url is not None or self.privacy_page is None:
            return self.privacy_url
        return f"{self.public_url}/privacy"

    @property
    def listen_at(self) -> tuple[str, int]:
        return host_and_port(self.web_listen)

    @property
    def many(self) -> bool:
        """Whether several processes may run with these settings."""
        return self.redis_url is not None and self.database_url.get_secret_value().startswith("postgres")

    def secrets(self) -> list[str]:
        """Every value that must never be printed."""
        values = (getattr(self, name) for name in type(self).model_fields)
        secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        passwords = (found[1] for secret in secrets if (found := _PASSWORD.match(secret)))
        return secrets + [each for password in passwords for each in {password, unquote(password)}]


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


NAMES = [name.upper() for name in Settings.model_fields]

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
        problems += [_sentence(str(found["loc"][0]).upper(), found) for found in error.errors()]
        raise ConfigError(problems) from None
    problems += _contradictions(settings)
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
    return {name: value for name, value in envfile.cleaned(_spelled_large(os.environ)).items() if name in known}


def tidied(name: str, value: str) -> str:
    """A value as people paste it, without quotes, spaces, or a prefix that doesn't belong to it."""
    value = envfile.clean(value)
    return envfile.without_scheme(value) if name in TOKENS else value


def problem_of(name: str, value: str) -> str | None:
    """What's wrong with one value, as a sentence without it."""
    wrong = _mispasted(name, value)
    if wrong is not None:
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
        raise ConfigError([_sentence(str(each["loc"][0]).upper(), each) for each in error.errors()]) from None


def _gathered(
    environment: Mapping[str, str] | None, dotenv: Path | None
) -> tuple[dict[str, str], list[str], str | None]:
    """The values of known settings, problems, and why .env couldn't be read."""
    in_file, problems, trouble = _read_dotenv(folders() if dotenv is None else [dotenv.parent])
    in_environment = envfile.cleaned(_spelled_large(os.environ if environment is None else environment))
    problems += [_unknown(name) for name in in_file if name.removesuffix("_FILE") not in NAMES]
    found = _from_files({**in_file, **in_environment}, problems)
    tidy = {name: tidied(name, found[name]) for name in NAMES if name in found}
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
    return envfile.cleaned(_spelled_large(values)), problems, None


def _spelled_large(environment: Mapping[str, str]) -> dict[str, str]:
    small = {name: environment[name.lower()] for name in PROXIES if name.lower() in environment}
    return {
        **small,
        **{name: value for name, value in environment.items() if not (name.islower() and name.upper() in small)},
    }


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


def _contradictions(settings: Settings) -> list[str]:
    """Problems of settings that don't fit together."""
    problems: list[str] = []
    if settings.public_url is not None:
        address = urlsplit(settings.public_url)
        if address.scheme == "http" and address.hostname not in LOOPBACK:
            problems.append("PUBLIC_URL must start with https://, or keys would be sent unencrypted.")
        if address.path.endswith("/link/callback"):
            problems.append("PUBLIC_URL must be without /link/callback, which the bot adds.")
        if settings.thingiverse_redirect_uri not in {None, settings.redirect_uri}:
            problems.append("THINGIVERSE_REDIRECT_URI doesn't match the linking page at PUBLIC_URL. Leave it empty.")
    if settings.public_url is not None and settings.thingiverse_state == "never":
        problems.append("PUBLIC_URL needs the state that Thingiverse sends back, so THINGIVERSE_STATE can't be never.")
    if (settings.discord_client_id is None) != (settings.discord_client_secret is None):
        problems.append("DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET go together. Set both or neither.")
    if settings.public_url is None:
        pages = {"TERMS_PAGE": settings.terms_page, "PRIVACY_PAGE": settings.privacy_page}
        problems += [f"{name} needs PUBLIC_URL, where the bot shows it." for name, path in pages.items() if path]
    return problems + _about_many(settings)


def _about_many(settings: Settings) -> list[str]:
    """Problems of the settings for several processes."""
    if settings.redis_url is None:
        return [] if settings.shards is None else ["SHARDS is for several processes, which also need REDIS_URL."]
    if not settings.many:
        return ["REDIS_URL is for several processes, which need PostgreSQL in DATABASE_URL. Leave it empty for one."]
    return []


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
            read[name] = "unreadable"  # so that it isn't also reported as missing
            continue
        if content:
            read[name] = content
        elif Settings.model_fields[name.lower()].is_required():
            problems.append(f"{name}_FILE points to an empty file: {path}")
            read[name] = "empty"
    return read


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name.upper(), NAMES, n=1)
    hint = f"Did you mean {near[0]}?" if near else "Remove it, or set it in the environment."
    return f"{name} in .env isn't a known setting. {hint}"


def _sentence(name: str, found: Any) -> str:
    """One of pydantic's errors as a sentence, without the value."""
    kind, limits = str(found["type"]), found.get("ctx", {})
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
