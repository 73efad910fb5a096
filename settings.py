"""The settings: what each may be, its default, and which go together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


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


def _listen(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    named = re.fullmatch(r"\[[^\[\]\s/]+\]|[^\[\]\s/]+", host) is not None
    if not named or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("must be a host and port such as 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def _duration(value: str) -> timedelta:
    """Such as 24h, 30m, or 7d."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", value.lower())
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
    # of rediss://: whose certificates are trusted, and one's own
    if unknown := options - {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}:
        said = "that option" if len(unknown) == 1 else "those options"
        raise ValueError(f"can't have {said}, but only ssl_ca_certs, ssl_certfile, and ssl_keyfile")
    return SecretStr(given)


@dataclass(frozen=True)
class Shards:
    """Some of Discord's shards, from `first` to `last`, of `total`."""

    first: int
    last: int
    total: int


def _shards(value: str) -> Shards:
    """Such as 0-7/32, or 3/32 for one."""
    found = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/([0-9]{1,5})", value)
    shards = Shards(int(found[1]), int(found[2] or found[1]), int(found[3])) if found is not None else None
    if shards is None or not shards.first <= shards.last < shards.total:
        raise ValueError("must be a range of shards and how many there are, such as 0-7/32")
    return shards


AnyCase, AnyCaps = BeforeValidator(str.lower), BeforeValidator(str.upper)  # for choices, however they're capitalized
WebAddress = Annotated[str, AfterValidator(_web_address)]
ExactAddress = Annotated[str, AfterValidator(_exact_address)]  # a slash at the end is part of it
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]
SentryDsn = Annotated[SecretStr, AfterValidator(_sentry_dsn)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
ShardRange = Annotated[Shards, BeforeValidator(_shards)]
Listen = Annotated[tuple[str, int], BeforeValidator(_listen)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
_PASSWORD = re.compile(r"[^:/]+://[^:@/]*:(.+)@")  # of a URL, with any character that people leave unescaped
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


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
    web_listen: Listen = "127.0.0.1", 8080
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
    def many(self) -> bool:
        """Whether several processes may run with these settings."""
        return self.redis_url is not None and self.database_url.get_secret_value().startswith("postgres")

    def secrets(self) -> list[str]:
        """Every value that must never be printed."""
        values = (getattr(self, name) for name in type(self).model_fields)
        secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        passwords = (found[1] for secret in secrets if (found := _PASSWORD.match(secret)))
        return secrets + [each for password in passwords for each in {password, unquote(password)}]


NAMES = [name.upper() for name in Settings.model_fields]


def contradictions(settings: Settings) -> list[str]:
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
        if settings.thingiverse_state == "never":
            problems.append(
                "PUBLIC_URL needs the state that Thingiverse sends back, so THINGIVERSE_STATE can't be never."
            )
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
