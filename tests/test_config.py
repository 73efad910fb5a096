"""Settings: all problems are reported together, without values."""

from __future__ import annotations

import os
import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest

import config
from settings import NAMES, Shards

ROOT = Path(__file__).parent.parent
NOWHERE = Path("/nonexistent/.env")
NEEDED = {
    "DISCORD_TOKEN": "discord-canary-value",
    "THINGIVERSE_CLIENT_ID": "0123456789abcdef0123",
    "THINGIVERSE_APP_TOKEN": "app-canary-value",
    "TOKEN_KEYS": "key-canary-value",
}


def test_what_is_needed_is_enough() -> None:
    settings = config.load(NEEDED, NOWHERE)
    assert settings.discord_token.get_secret_value() == "discord-canary-value"
    assert settings.thingiverse_api_url == "https://api.thingiverse.com"
    assert settings.database_url.get_secret_value() == "sqlite:///data/thingamabot.db"


def test_everything_that_is_missing_is_told_at_once_with_where_to_get_it() -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.load({"PATH": "/bin"}, NOWHERE)
    assert caught.value.problems[0].startswith("There is no .env in /nonexistent")
    assert [problem.split()[0] for problem in caught.value.problems[1:]] == list(NEEDED)
    assert "python bot.py new-key" in str(caught.value)


def test_an_empty_value_is_an_unset_one() -> None:
    with pytest.raises(config.ConfigError, match="DISCORD_TOKEN is not set"):
        config.load({**NEEDED, "DISCORD_TOKEN": ""}, NOWHERE)
    assert config.load({**NEEDED, "LOG_LEVEL": "", "SUPPORT_URL": ""}, NOWHERE).log_level == "INFO"


def test_wrong_values_are_told_together_and_never_shown() -> None:
    wrong = {
        **NEEDED,
        "THINGIVERSE_URL": "canary-not-an-address",
        "LOG_LEVEL": "canary",
        "THINGIVERSE_BUDGET": "0",
    }
    with pytest.raises(config.ConfigError) as caught:
        config.load(wrong, NOWHERE)
    assert {problem.partition(":")[0] for problem in caught.value.problems} == {
        "THINGIVERSE_URL",
        "LOG_LEVEL",
        "THINGIVERSE_BUDGET",
    }
    assert "canary" not in str(caught.value)


def test_each_setting_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    given = {**NEEDED, "DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": str(tmp_path / "token")}
    assert config.load(given, NOWHERE).discord_token.get_secret_value() == "from-a-file"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    given = {**NEEDED, "DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": str(tmp_path / "absent")}
    with pytest.raises(config.ConfigError, match="DISCORD_TOKEN_FILE points to a file that can't be read") as caught:
        config.load(given, NOWHERE)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("content", ["", " \n", "\ufeff"])
def test_an_empty_file_is_named_if_its_value_is_needed(tmp_path: Path, content: str) -> None:
    (tmp_path / "empty").write_text(content)
    given = {**NEEDED, "DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": str(tmp_path / "empty")}
    with pytest.raises(config.ConfigError, match="DISCORD_TOKEN_FILE points to an empty file") as caught:
        config.load(given, NOWHERE)
    assert len(caught.value.problems) == 1
    given = {**NEEDED, "THINGIVERSE_CLIENT_SECRET_FILE": str(tmp_path / "empty")}
    assert config.load(given, NOWHERE).thingiverse_client_secret is None


def test_a_value_and_its_file_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x")
    with pytest.raises(config.ConfigError, match="both set"):
        config.load({**NEEDED, "DISCORD_TOKEN_FILE": str(tmp_path / "token")}, NOWHERE)


def test_the_environment_wins_over_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\nTHINGIVERSE_BUDGET=7\n")
    settings = config.load({**NEEDED, "LOG_LEVEL": "ERROR"}, tmp_path / ".env")
    assert (settings.log_level, settings.thingiverse_budget) == ("ERROR", 7)


def test_a_misspelt_setting_in_dotenv_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("THINGIVERSE_APPTOKEN=canary\n")
    with pytest.raises(config.ConfigError, match="Did you mean THINGIVERSE_APP_TOKEN") as caught:
        config.load(NEEDED, tmp_path / ".env")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("thingiverse_app_token", "Did you mean THINGIVERSE_APP_TOKEN?"),
        ("SSL_CERT_FILE", "set it in the environment"),
    ],
)
def test_what_to_do_with_another_name_is_said(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / ".env").write_text(f"{name}=canary\n")
    with pytest.raises(config.ConfigError, match=re.escape(said)) as caught:
        config.load(NEEDED, tmp_path / ".env")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('A_B=1\nDATABASE_URL="postgresql://canary\n', 2),
        ("# one\n\nDATABASE_URL: canary\n", 3),
        ("DATABASE_URL='canary'x\r\n", 1),
        ("LOG_LEVEL=DEBUG\nset LOG_LEVEL=canary\n", 2),
        ("DATABASE_URL=postgresql://ann:p\ncanary@host/db\n", 2),
        ("```\nLOG_LEVEL=DEBUG\n", 1),
    ],
)
def test_a_line_of_dotenv_that_sets_nothing_is_told(tmp_path: Path, text: str, line: int) -> None:
    """Without its DATABASE_URL, the bot would start with another database."""
    (tmp_path / ".env").write_bytes(text.encode())
    with pytest.raises(config.ConfigError, match=f"Line {line} of .env isn't NAME=value") as caught:
        config.load(NEEDED, tmp_path / ".env")
    assert "canary" not in str(caught.value)


def test_a_dotenv_that_is_a_pipe_is_read_once(tmp_path: Path) -> None:
    """As password managers offer it."""
    os.mkfifo(tmp_path / ".env")
    writer = threading.Thread(target=(tmp_path / ".env").write_text, args=["LOG_LEVEL=DEBUG\n"], daemon=True)
    writer.start()
    assert config.load(NEEDED, tmp_path / ".env").log_level == "DEBUG"
    writer.join(10)


def test_a_dotenv_as_other_programs_take_it_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "export LOG_LEVEL = DEBUG # comment\n\ufeffTHINGIVERSE_BUDGET=7\u2060\n\u200bLIKES_PER_PERSON=\u20688\u2069\n"
        "SUPPORT_URL\nhttps_proxy=proxy:3128\nPRIVACY_URL=„https://example.org“\n"
    )
    settings = config.load(NEEDED, tmp_path / ".env")
    assert (settings.log_level, settings.thingiverse_budget, settings.likes_per_person) == ("DEBUG", 7, 8)
    assert settings.https_proxy is not None
    assert settings.privacy_url == "https://example.org"
    assert config.load({**NEEDED, "HTTPS_PROXY": ""}, tmp_path / ".env").https_proxy == settings.https_proxy


def test_the_example_names_every_setting_and_no_other_and_is_read(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text()
    assert sorted(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == sorted(NAMES)
    (tmp_path / ".env").write_text(example)
    defaults = config.load(NEEDED, NOWHERE).model_dump()
    assert config.load(NEEDED, tmp_path / ".env").model_dump() == defaults


def test_no_secret_is_in_a_repr() -> None:
    shown = repr(config.load(NEEDED, NOWHERE)) + str(config.load(NEEDED, NOWHERE))
    assert "canary" not in shown


def test_the_linking_page_follows_from_one_address() -> None:
    settings = config.load({**NEEDED, "PUBLIC_URL": "https://example.org/tools/", "WEB_LISTEN": "[::1]:80"}, NOWHERE)
    assert settings.redirect_uri == "https://example.org/tools/link/callback"
    assert settings.web_listen == ("::1", 80)
    landing = {**NEEDED, "THINGIVERSE_REDIRECT_URI": "https://example.org/landed"}
    assert config.load(landing, NOWHERE).redirect_uri == "https://example.org/landed"


def test_choices_may_be_in_any_case() -> None:
    given = {"LOG_LEVEL": "debug", "LOG_FORMAT": "JSON", "THINGIVERSE_STATE": "Auto", "BACKUP_EVERY": "24H"}
    settings = config.load({**NEEDED, **given}, NOWHERE)
    assert (settings.log_level, settings.log_format, settings.thingiverse_state) == ("DEBUG", "json", "auto")
    assert settings.backup_every == timedelta(hours=24)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PUBLIC_URL": "http://example.org"}, "PUBLIC_URL must start with https://"),
        ({"PUBLIC_URL": "https://a.example", "THINGIVERSE_REDIRECT_URI": "https://b.example"}, "Leave it empty"),
        ({"DISCORD_CLIENT_SECRET": "canary-value"}, "go together"),
        ({"DISCORD_CLIENT_ID": "1"}, "go together"),
        ({"WEB_LISTEN": "8080"}, "WEB_LISTEN: must be a host and port"),
        ({"WEB_LISTEN": "127.0.0.1:99999"}, "WEB_LISTEN: must be a host and port"),
        ({"WEB_LISTEN": "http://0.0.0.0:8080"}, "WEB_LISTEN: must be a host and port"),
        ({"METRICS_LISTEN": "[]:8080"}, "METRICS_LISTEN: must be a host and port"),
        ({"PUBLIC_URL": "https://a.example/link/callback"}, "PUBLIC_URL must be without /link/callback"),
        ({"WEB_ADDRESS_HEADER": "X Forwarded"}, "WEB_ADDRESS_HEADER: must be a header name"),
    ],
)
def test_settings_that_make_an_unsafe_page_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(config.ConfigError, match=said) as caught:
        config.load({**NEEDED, **given}, NOWHERE)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PREVIEWS": "canary"}, "PREVIEWS: must be true or false"),
        ({"THINGIVERSE_BUDGET": "canary"}, "THINGIVERSE_BUDGET: must be a whole number"),
        ({"THINGIVERSE_TIMEOUT": "canary"}, "THINGIVERSE_TIMEOUT: must be a number"),
        ({"THINGIVERSE_TIMEOUT": "61"}, "THINGIVERSE_TIMEOUT: must be at most 60"),
        ({"THINGIVERSE_POPULAR": "canary"}, "THINGIVERSE_POPULAR: must be auto, popular or search"),
        ({"DISCORD_API_BASE": "https://[canary"}, "DISCORD_API_BASE: must be a URL"),
        ({"DISCORD_API_BASE": "https://x:canary"}, "DISCORD_API_BASE: must be a URL"),
        ({"SENTRY_DSN": "canary"}, "SENTRY_DSN: must be a DSN"),
        ({"SENTRY_DSN": "https://canary@sentry.example"}, "SENTRY_DSN: must be a DSN"),
        ({"HTTPS_PROXY": "socks5://canary"}, "HTTPS_PROXY: must be the URL of an HTTP proxy"),
        ({"DISCORD_TOKEN": "115000000000000001"}, "DISCORD_TOKEN is an application ID"),
        ({"DISCORD_TOKEN": "canary canary"}, "DISCORD_TOKEN has a space or a line break"),
        ({"THINGIVERSE_APP_TOKEN": "canary\ncanary"}, "THINGIVERSE_APP_TOKEN has a space or a line break"),
        *(
            ({"DISCORD_TOKEN": wrong}, "DISCORD_TOKEN has a character in it that no token has")
            for wrong in ('canary"canary', "DISCORD_TOKEN=canary", "canary;", "canary,", "[canary]", r"canary\n")
        ),
    ],
)
def test_a_value_that_cannot_be_is_told_in_plain_words(given: dict[str, str], said: str) -> None:
    with pytest.raises(config.ConfigError, match=re.escape(said)) as caught:
        config.load({**NEEDED, **given}, NOWHERE)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("form", ['"{}"', "'{}'", "“{}”", " {}\r\n", "\ufeff{}", "Bot {}", '"bot {}"', "'\"{}\"'"])
def test_what_is_around_a_token_is_taken_off(form: str, tmp_path: Path) -> None:
    given = {**NEEDED, "DISCORD_TOKEN": form.format("the.real.one")}
    assert config.load(given, NOWHERE).discord_token.get_secret_value() == "the.real.one"
    (tmp_path / "token").write_text(form.format("the.real.one"))
    given = {**NEEDED, "DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": str(tmp_path / "token")}
    assert config.load(given, NOWHERE).discord_token.get_secret_value() == "the.real.one"


def test_the_slash_at_the_end_of_where_people_land_is_part_of_it() -> None:
    landing = {**NEEDED, "THINGIVERSE_REDIRECT_URI": "https://example.org/landed/"}
    assert config.load(landing, NOWHERE).redirect_uri == "https://example.org/landed/"


def test_proxies_count_in_lower_case_too_and_their_password_is_a_secret() -> None:
    settings = config.load({**NEEDED, "https_proxy": "ann:p%40ss-canary@proxy:3128"}, NOWHERE)
    assert settings.https_proxy is not None
    assert settings.https_proxy.get_secret_value() == "http://ann:p%40ss-canary@proxy:3128"
    assert "p@ss-canary" in settings.secrets()
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    "password", ["p[canary", "p]canary", "p/canary", "p#canary", "p?canary", "p@canary", "p:canary"]
)
def test_a_password_with_any_character_is_a_secret(password: str) -> None:
    url = f"postgresql://bot:{password}@db.example:5432/bot"
    assert password in config.load({**NEEDED, "DATABASE_URL": url}, NOWHERE).secrets()


def test_relative_paths_count_from_the_folder_of_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, ours = tmp_path / "here", tmp_path / "bot"
    here.mkdir()
    ours.mkdir()
    (ours / ".env").touch()
    monkeypatch.setattr(config, "folders", lambda: [here, ours])
    monkeypatch.chdir(here)
    config.enter_folder()
    assert Path.cwd() == ours


def test_a_sentry_dsn_is_taken() -> None:
    for dsn in ("https://a@o1.ingest.sentry.io/1", "https://a:b@sentry.example:9000/path/12"):
        assert config.load({**NEEDED, "SENTRY_DSN": dsn}, NOWHERE).sentry_dsn is not None


def test_an_unreadable_dotenv_does_not_matter_where_the_environment_has_everything(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert config.load(NEEDED, tmp_path / ".env").previews is False


MANY = {**NEEDED, "DATABASE_URL": "postgresql://bot@127.0.0.1/bot", "REDIS_URL": "valkey://:hidden-canary@cache:6379/1"}


def test_several_processes_share_redis_and_divide_shards() -> None:
    settings = config.load({**MANY, "SHARDS": "8-15/32"}, NOWHERE)
    assert settings.many
    assert settings.shards == Shards(8, 15, 32)
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == "redis://:hidden-canary@cache:6379/1"
    assert "hidden-canary" in settings.secrets()
    assert "canary" not in repr(settings)
    assert config.load({**MANY, "SHARDS": "3/4"}, NOWHERE).shards == Shards(3, 3, 4)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"REDIS_URL": "redis://127.0.0.1:6379"}, "need PostgreSQL in DATABASE_URL"),
        ({"SHARDS": "0-1/2"}, "also need REDIS_URL"),
        ({**MANY, "REDIS_URL": "http://canary"}, "REDIS_URL: must be a URL such as redis://"),
        ({**MANY, "REDIS_URL": "redis://:can#ary@cache:6379"}, "REDIS_URL: must be a URL such as redis://"),
        ({**MANY, "REDIS_URL": "redis://cache/canary"}, "REDIS_URL: must be a URL such as redis://"),
        ({**MANY, "REDIS_URL": "redis://cache/0?socket_timeout=canary"}, "REDIS_URL: can't have that option, but only"),
        ({**MANY, "REDIS_URL": "redis://cache?password=canary&db=1"}, "REDIS_URL: can't have those options, but only"),
        ({**MANY, "SHARDS": "2-1/4"}, "SHARDS: must be a range of shards"),
        ({**MANY, "SHARDS": "0-4/4"}, "SHARDS: must be a range of shards"),
        ({**MANY, "SHARDS": "all"}, "SHARDS: must be a range of shards"),
    ],
)
def test_settings_for_several_processes_that_do_not_fit_are_told(given: dict[str, str], said: str) -> None:
    with pytest.raises(config.ConfigError, match=said) as caught:
        config.load({**NEEDED, **given}, NOWHERE)
    assert "canary" not in str(caught.value)


def test_the_policy_is_on_our_own_page_unless_it_is_elsewhere() -> None:
    page = {**NEEDED, "PUBLIC_URL": "https://example.org/tools", "PRIVACY_PAGE": "privacy.md"}
    assert config.load(page, NOWHERE).policy_url == "https://example.org/tools/privacy"
    assert config.load({**page, "PRIVACY_URL": "https://example.org/p"}, NOWHERE).policy_url == "https://example.org/p"
    with pytest.raises(config.ConfigError, match="TERMS_PAGE needs PUBLIC_URL"):
        config.load({**NEEDED, "TERMS_PAGE": "terms.md"}, NOWHERE)
