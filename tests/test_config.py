"""Settings: all problems at once, no value in any of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import config

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
    assert [problem.split()[0] for problem in caught.value.problems] == list(NEEDED)
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
    with pytest.raises(config.ConfigError, match="DISCORD_TOKEN_FILE names a file that cannot be read") as caught:
        config.load(given, NOWHERE)
    assert len(caught.value.problems) == 1


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


def test_the_example_names_every_setting_and_no_other_and_is_read(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text()
    assert sorted(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == sorted(config.NAMES)
    (tmp_path / ".env").write_text(example)
    defaults = config.load(NEEDED, NOWHERE).model_dump()
    assert config.load(NEEDED, tmp_path / ".env").model_dump() == defaults


def test_no_secret_is_in_a_repr() -> None:
    shown = repr(config.load(NEEDED, NOWHERE)) + str(config.load(NEEDED, NOWHERE))
    assert "canary" not in shown


def test_the_linking_page_follows_from_one_address() -> None:
    settings = config.load({**NEEDED, "PUBLIC_URL": "https://example.org/tools/", "WEB_LISTEN": "[::1]:80"}, NOWHERE)
    assert settings.redirect_uri == "https://example.org/tools/link/callback"
    assert settings.listen_at == ("::1", 80)
    landing = {**NEEDED, "THINGIVERSE_REDIRECT_URI": "https://example.org/landed"}
    assert config.load(landing, NOWHERE).redirect_uri == "https://example.org/landed"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PUBLIC_URL": "http://example.org"}, "PUBLIC_URL must begin with https://"),
        ({"PUBLIC_URL": "https://a.example", "THINGIVERSE_REDIRECT_URI": "https://b.example"}, "Leave it empty"),
        ({"DISCORD_CLIENT_SECRET": "canary-value"}, "go together"),
        ({"DISCORD_CLIENT_ID": "1"}, "go together"),
        ({"WEB_LISTEN": "8080"}, "WEB_LISTEN: must be a host and a port"),
        ({"WEB_LISTEN": "127.0.0.1:99999"}, "WEB_LISTEN: must be a host and a port"),
        ({"WEB_ADDRESS_HEADER": "X Forwarded"}, "WEB_ADDRESS_HEADER: must be the name of a header"),
    ],
)
def test_settings_that_make_an_unsafe_page_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(config.ConfigError, match=said) as caught:
        config.load({**NEEDED, **given}, NOWHERE)
    assert "canary" not in str(caught.value)
