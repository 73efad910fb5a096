"""Which messages in a server contain a key. Innocent messages must never be deleted."""

from __future__ import annotations

import pytest

from thingiverse.exposed import is_bare_key, shows_answer

HOME = "https://bot.example/landed"
TOKEN = "0123456789abcdef0123456789abcdef"
STATE = "kJ3-x_90aBcDeFgHiJkLmN"
HASH = "3f786850e387550fdab836ed7e6dc881de23001b"

INNOCENT = [
    f"fixed in https://github.com/x/y/commit/{HASH}",
    "md5 is d41d8cd98f00b204e9800998ecf8427e",
    "https://gravatar.com/avatar/d41d8cd98f00b204e9800998ecf8427e",
    "see https://example.org/?code=abcdefghijklmnopqrst",
    f"https://accounts.google.com/o/oauth2/approval?code=4/0AbCdEfGhIjKlMnOpQ&state={STATE}",
    f"https://github.com/login/oauth?code={TOKEN}&state={STATE}",
    "https://discord.com/oauth2/authorize?code=abcdefghijklmnopqrst&state=abcdef",
    f"https://api.mapbox.com/styles?access_token=pk.{TOKEN}",
    "https://graph.facebook.com/me?access_token=EAABwzLixnjYBO0123456789",
    "use access_token=YOUR_TOKEN in the query",
    "access_token=<your token>",
    f"https://www.thingiverse.com/login/oauth/authorize?client_id={TOKEN[:20]}&state={STATE}",
    f"git checkout {HASH}",
    f"{HOME}#error=access_denied&state={STATE}",
    f"{HOME}?state={STATE}",
    "the status code=some_long_identifier",
    "hello",
    "",
]


@pytest.mark.parametrize("text", INNOCENT)
@pytest.mark.parametrize("redirect_uri", [HOME, None])
def test_innocent_messages_are_left_alone(text: str, redirect_uri: str | None) -> None:
    assert not shows_answer(text, redirect_uri=redirect_uri)


@pytest.mark.parametrize(
    "text",
    [
        f"<@1> {HOME}#access_token={TOKEN}",
        f"{HOME}?code={TOKEN}&state={STATE}",
        f"is this it? `{HOME}#access_token={TOKEN}&state={STATE}`",
        f"[mine]({HOME}?code=x9_x9_x9_x9_x9_x9_x9&state=abc)",
        f"bot.example/landed#access_token={TOKEN}",
        f"access_token={TOKEN}",
        f"#access_token={TOKEN}&state={STATE}",
        f"code={TOKEN}&state={STATE}",
        f"access_\u200btoken={TOKEN}",
        rf"access\_token={TOKEN}",
        f"https://www.thingiverse.com/thing:5 {HOME}#access_token={TOKEN}",
    ],
)
def test_an_answer_for_our_app_is_seen(text: str) -> None:
    assert shows_answer(text, redirect_uri=HOME)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"http://localhost/#access_token={TOKEN}", True),
        (f"http://localhost/?code={TOKEN}&state={STATE}", True),
        (f"http://localhost/?code={TOKEN}&state=short", False),
        (f"http://localhost/?code={TOKEN}", False),
        ("http://localhost/#access_token=x9_x9_x9_x9_x9_x9_x9", False),
    ],
)
def test_where_no_callback_is_known_it_has_to_look_like_ours(text: str, shown: bool) -> None:
    assert shows_answer(text, redirect_uri=None) is shown


def test_an_answer_on_another_site_is_that_sites_matter() -> None:
    assert not shows_answer(f"https://other.example/#access_token={TOKEN}", redirect_uri=HOME)
    assert not shows_answer(f"https://other.example/?code={TOKEN}&state={STATE}", redirect_uri=HOME)


@pytest.mark.parametrize("text", [TOKEN, f"<@1> {TOKEN}", f"`{TOKEN}`", f"my key: {HASH}", f"**{TOKEN}** thanks"])
def test_a_key_and_little_else(text: str) -> None:
    assert is_bare_key(text)


@pytest.mark.parametrize(
    "text",
    [
        *INNOCENT,
        f"{TOKEN} {HASH}",
        f"{TOKEN}.stl",
        f"x{TOKEN}",
        f"{TOKEN} broke the build yesterday",
        f"sha1 {HASH}",
        f"rev {HASH}",
        f"ETH: {HASH}",
    ],
)
def test_a_key_among_other_things(text: str) -> None:
    assert not is_bare_key(text)
