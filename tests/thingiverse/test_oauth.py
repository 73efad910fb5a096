"""Reading what people paste."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingiverse.oauth import (
    Denied,
    Failed,
    NotAnAnswer,
    PastedBare,
    PastedCode,
    PastedToken,
    authorize_url,
    looks_secret,
    read_pasted,
)

HOME = "https://bot.example/landed"
TOKEN = "0123456789abcdef0123456789abcdef"


def test_the_authorize_address_has_what_thingiverse_wants() -> None:
    address = authorize_url("https://w", client_id="c1", flow="token", state="s", redirect_uri=HOME)
    assert address.startswith("https://w/login/oauth/authorize?")
    assert parse_qs(urlsplit(address).query) == {
        "client_id": ["c1"],
        "response_type": ["token"],
        "state": ["s"],
        "redirect_uri": [HOME],
    }
    assert "redirect_uri" not in authorize_url("https://w", client_id="c", flow="code", state="s")


@pytest.mark.parametrize(
    ("pasted", "found"),
    [
        (f"{HOME}#access_token={TOKEN}", PastedToken(TOKEN)),
        (f"{HOME}/#access_token={TOKEN}", PastedToken(TOKEN)),
        (f"{HOME}#state=abc&access_token={TOKEN}&token_type=bearer", PastedToken(TOKEN, "abc")),
        (f"  <{HOME}#access_token={TOKEN}>\n", PastedToken(TOKEN)),
        (f"here you are: {HOME}#access_token={TOKEN}", PastedToken(TOKEN)),
        (f"{HOME}\u200b#access_token={TOKEN}", PastedToken(TOKEN)),
        (f"{HOME}?code={TOKEN}&state=abc", PastedCode(TOKEN, "abc")),
        (f"{HOME}#error=access_denied", Denied()),
        (f"{HOME}?error=access_denied&state=abc", Denied("abc")),
        (f"{HOME}?error=&state=abc", Denied("abc")),
        (TOKEN, PastedBare(TOKEN)),
        (f"`{TOKEN}`", PastedBare(TOKEN)),
        (f"access_token={TOKEN}", PastedToken(TOKEN)),
        (f"#access_token={TOKEN}&state=x", PastedToken(TOKEN, "x")),
        (f"code={TOKEN}", PastedCode(TOKEN)),
        (f"{HOME}#access_token={TOKEN}.", PastedToken(TOKEN)),
        (f"({HOME}#access_token={TOKEN}), I think", PastedToken(TOKEN)),
        (f"||{HOME}#access_token={TOKEN}||", PastedToken(TOKEN)),
        (f"**{TOKEN}**", PastedBare(TOKEN)),
        (f"{HOME}#access_token={'_-' * 10}", PastedToken("_-" * 10)),
        (f"https://bot.example:443/landed#access_token={TOKEN}", PastedToken(TOKEN)),
        (f"HTTPS://Bot.Example/landed#access_token={TOKEN}", PastedToken(TOKEN)),
    ],
)
def test_answers_are_read(pasted: str, found: object) -> None:
    assert read_pasted(pasted, redirect_uri=HOME) == found


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("", "empty"),
        ("  \u200b ", "empty"),
        ("x" * 2001, "too_long"),
        (f"{HOME}#access_token={TOKEN} {HOME}#access_token={TOKEN[::-1]}", "several"),
        (f"{HOME}#access_token={TOKEN}&access_token={TOKEN}", "several"),
        (f"{HOME}?code={TOKEN}#access_token={TOKEN}", "several"),
        (f"{HOME}?state=a#access_token={TOKEN}&state=b", "several"),
        (f"{HOME}#access_token=abc", "damaged"),
        (f"{HOME}#access_token=", "damaged"),
        (f"{HOME}#access_token={'a' * 200}", "damaged"),
        ("https://[::1#access_token", "damaged"),
        (f"https://bot.example.evil.example/landed#access_token={TOKEN}", "foreign_address"),
        (f"https://bot.example@evil.example/landed#access_token={TOKEN}", "foreign_address"),
        (f"http://bot.example/landed#access_token={TOKEN}", "foreign_address"),
        (f"https://bot.example:444/landed#access_token={TOKEN}", "foreign_address"),
        (f"https://bot.example/other#access_token={TOKEN}", "foreign_address"),
        (f"https://bоt.example/landed#access_token={TOKEN}", "foreign_address"),
        ("https://www.thingiverse.com/login/oauth/authorize?client_id=1", "authorize_link"),
        ("https://www.thingiverse.com/thing:763622", "thing_address"),
        (HOME, "no_answer_in_address"),
        (f"{HOME}?state=abc", "no_answer_in_address"),
        ("hello, how does this work?", "not_recognized"),
        ("internationalisation", "not_recognized"),
        (f"xcode={TOKEN}", "not_recognized"),
        (f"https://bot.example:80/landed#access_token={TOKEN}", "foreign_address"),
        (f"https://bot.example./landed#access_token={TOKEN}", "foreign_address"),
        (f"https://bot.example/LANDED#access_token={TOKEN}", "foreign_address"),
        (f"javascript://landed#access_token={TOKEN}", "foreign_address"),
        (f"app://bot.example/landed?code={TOKEN}", "foreign_address"),
    ],
)
def test_everything_else_is_refused_with_its_reason(pasted: str, reason: str) -> None:
    with pytest.raises(NotAnAnswer) as caught:
        read_pasted(pasted, redirect_uri=HOME)
    assert caught.value.reason == reason


def test_without_a_known_callback_any_plain_host_will_do() -> None:
    assert read_pasted(f"http://localhost/#access_token={TOKEN}", redirect_uri=None) == PastedToken(TOKEN)
    for odd in (f"https://a@b.example/#access_token={TOKEN}", f"https://xn--bt-fka.example/#access_token={TOKEN}"):
        with pytest.raises(NotAnAnswer, match="foreign_address"):
            read_pasted(odd, redirect_uri=None)


def test_no_repr_shows_a_secret() -> None:
    for found in (PastedToken(TOKEN, TOKEN), PastedCode(TOKEN, TOKEN), PastedBare(TOKEN), Denied(TOKEN)):
        assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"<@1> {HOME}#access_token={TOKEN}", True),
        (f"<@1> {HOME}?code={TOKEN}", True),
        (f"<@1> {TOKEN}", True),
        (f"https://safe.example/?to=https%3A%2F%2Fb%23access_token%3D{TOKEN}zz", True),
        (f"access_\u200btoken={TOKEN}zz", True),
        ("the status code=some_long_identifier", False),
        (f"<@1> {TOKEN}{TOKEN[:8]}", True),
        ("1" * 32, False),  # a number that's too long
        ("1" * 40, False),
        ("<@1> hello", False),
        ("<@1234567890123456789> https://www.thingiverse.com/thing:763622", False),
    ],
)
def test_what_looks_like_a_key(text: str, secret: bool) -> None:
    assert looks_secret(text) is secret


STATE = "kJ3-x_90aBcDeFgHiJkLmN"
WHOLE = f"{HOME}#access_token={TOKEN}&state={STATE}"
LONG_TOKEN = TOKEN + "01234567"


@pytest.mark.parametrize(
    ("pasted", "found"),
    [
        # what some pages add after it
        (f"{WHOLE}#_=_", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN}#_=_", PastedToken(TOKEN)),
        (f"{HOME}?code={TOKEN}&state={STATE}#_=_", PastedCode(TOKEN, STATE)),
        (f"{HOME}#/access_token={TOKEN}&state={STATE}", PastedToken(TOKEN, STATE)),
        # with line breaks
        (f"{HOME}#state={STATE}&access_token={TOKEN[:20]}\n{TOKEN[20:]}", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN}\n&state={STATE}", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN}&\nstate={STATE}", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN}&sta\nte={STATE}", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN}&state={STATE[:9]}\r\n{STATE[9:]}", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN[:9]}\n{TOKEN[9:20]}\n{TOKEN[20:]}&state={STATE}", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token=\n{TOKEN}", PastedToken(TOKEN)),
        (f"{HOME}\n#access_token={TOKEN}", PastedToken(TOKEN)),
        (f"https://bot.example/lan\nded#access_token={TOKEN}", PastedToken(TOKEN)),
        (f"{HOME}#access_token={TOKEN[:20]} {TOKEN[20:]}", PastedToken(TOKEN)),
        (f"{HOME}#access_token={LONG_TOKEN[:32]}\n{LONG_TOKEN[32:]}", PastedToken(LONG_TOKEN)),
        (f"{HOME}?code={TOKEN[:7]}\n{TOKEN[7:]}&state={STATE}", PastedCode(TOKEN, STATE)),
        (f"access_token={TOKEN[:20]}\n{TOKEN[20:]}&state={STATE}", PastedToken(TOKEN, STATE)),
        (f"{TOKEN[:16]}\n{TOKEN[16:]}", PastedBare(TOKEN)),
        (f"{WHOLE}\u2028thanks", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN}\u2028thanks", PastedToken(TOKEN)),
        (f"{HOME}#access_token={TOKEN[:9]}\u2028{TOKEN[9:]}&state={STATE}", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN}&sta\rte={STATE}", PastedToken(TOKEN, STATE)),
        (f"{WHOLE}\nthanks", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN}\nthanks", PastedToken(TOKEN)),
        (f"{HOME}#access_token={TOKEN}\ndecade", PastedToken(TOKEN)),
        (f"{HOME}#access_token={'_-' * 10} is it", PastedToken("_-" * 10)),
        # an error is not a denial
        (f"{HOME}#error=server_error&state={STATE}", Failed("server_error", STATE)),
        (
            f"{HOME}?error=redirect_uri_mismatch&error_description=x&state={STATE}",
            Failed("redirect_uri_mismatch", STATE),
        ),
        (f"{HOME}#error=temporarily_unavailable", Failed("temporarily_unavailable")),
        (f"{HOME}#error=invalid_scope", Failed("invalid_scope")),
        (f"{HOME}#error={TOKEN}", Failed("other")),
        (f"{HOME}#error=ACCESS_DENIED&error_description=The+user+said+no", Denied()),
        (f"{HOME}?error=Access+Denied", Denied()),
        (f"{HOME}?error=access-denied&state={STATE}", Denied(STATE)),
        (f"{HOME}?error=user_cancelled", Denied()),
        (f"{HOME}?code={TOKEN}&state={STATE}&error=", PastedCode(TOKEN, STATE)),
        (f"{HOME}?error=&access_token={TOKEN}", PastedToken(TOKEN)),
        # characters around it
        (f"\u2068{WHOLE}\u2069", PastedToken(TOKEN, STATE)),
        (f"\u2068{TOKEN}\u2069", PastedBare(TOKEN)),
        (f"{TOKEN}،", PastedBare(TOKEN)),
        (f"{TOKEN} — this", PastedBare(TOKEN)),
        (f"\U0001f511 {TOKEN} \U0001f64f", PastedBare(TOKEN)),
        (f"• {TOKEN}", PastedBare(TOKEN)),
        (f"״{TOKEN}״", PastedBare(TOKEN)),
        (f"my key is {TOKEN}.", PastedBare(TOKEN)),
        (f"Bearer {TOKEN}", PastedBare(TOKEN)),
        (f"“{WHOLE}”", PastedToken(TOKEN, STATE)),
        (f"{HOME}#access_token={TOKEN}。", PastedToken(TOKEN)),
        (f"リンク：{WHOLE}です", PastedToken(TOKEN, STATE)),
        (f"（{WHOLE}）", PastedToken(TOKEN, STATE)),
        (f"«{WHOLE}»", PastedToken(TOKEN, STATE)),
        (f"~~{WHOLE}~~", PastedToken(TOKEN, STATE)),
        (f"__{WHOLE}__", PastedToken(TOKEN, STATE)),
        (f"{WHOLE}…", PastedToken(TOKEN, STATE)),
        (f"“{TOKEN}”", PastedBare(TOKEN)),
        (f"〔{TOKEN}〕", PastedBare(TOKEN)),
        (f"＂{TOKEN}＂", PastedBare(TOKEN)),
        (f"- {TOKEN}", PastedBare(TOKEN)),
        (f"_{TOKEN}_", PastedBare(TOKEN)),
        (f"_{WHOLE}_", PastedToken(TOKEN, STATE)),
        (f"here: ***__{WHOLE}__***", PastedToken(TOKEN, STATE)),
        (f"_{HOME}#access_token={TOKEN}_", PastedToken(TOKEN)),
        (f"_{HOME}#access_token={TOKEN}&state={STATE[:-1]}__", PastedToken(TOKEN, f"{STATE[:-1]}_")),
        (f"here:{WHOLE}", PastedToken(TOKEN, STATE)),
        (f"link{WHOLE}", PastedToken(TOKEN, STATE)),
        # Markdown and escapes
        (f"[{WHOLE}]({WHOLE})", PastedToken(TOKEN, STATE)),
        (f"[my link]({WHOLE})", PastedToken(TOKEN, STATE)),
        (f"[{HOME}]({WHOLE})", PastedToken(TOKEN, STATE)),
        (WHOLE.replace("_", r"\_"), PastedToken(TOKEN, STATE)),
        (WHOLE.replace("&", "&amp;"), PastedToken(TOKEN, STATE)),
        (WHOLE.replace("&", "&#38;"), PastedToken(TOKEN, STATE)),
        (WHOLE.replace("&", r"\u0026"), PastedToken(TOKEN, STATE)),
        (WHOLE.replace("&", "&amp;amp;"), PastedToken(TOKEN, STATE)),
        (WHOLE.replace("#", "%23"), PastedToken(TOKEN, STATE)),
        (WHOLE.replace("=", "%3D").replace("&", "%26"), PastedToken(TOKEN, STATE)),
        (f"https://{WHOLE}", PastedToken(TOKEN, STATE)),
        (f"[{HOME}#access_token={TOKEN[:9]}…]({WHOLE})", PastedToken(TOKEN, STATE)),
        (quote(WHOLE, safe=""), PastedToken(TOKEN, STATE)),
        (f"here it is: {quote(WHOLE, safe='')}", PastedToken(TOKEN, STATE)),
        (f"{HOME}%23access_token%3D{TOKEN}%26state%3D{STATE}", PastedToken(TOKEN, STATE)),
        # without a scheme
        (WHOLE.removeprefix("https://"), PastedToken(TOKEN, STATE)),
        (WHOLE.removeprefix("https:"), PastedToken(TOKEN, STATE)),
        (f"here: {WHOLE.removeprefix('https://')}", PastedToken(TOKEN, STATE)),
        # next to another link
        (f"https://www.thingiverse.com/thing:5 {WHOLE}", PastedToken(TOKEN, STATE)),
    ],
)
def test_what_chats_and_phones_do_to_a_link_is_undone(pasted: str, found: object) -> None:
    assert read_pasted(pasted, redirect_uri=HOME) == found


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        (f"{HOME}#access_token={TOKEN[:20]}", "damaged"),
        (f"{HOME}#access_token={LONG_TOKEN[:36]}&state={STATE}", "damaged"),
        (f"{HOME}#access_token={TOKEN[:20]}\nthanks", "damaged"),
        (f"{HOME}#access_token={TOKEN[:20]}\n{TOKEN[20:30]}", "damaged"),
        (f"{HOME}#access_token={TOKEN[:20]}…&state={STATE}", "damaged"),
        (f"{HOME}#access_token={'x9-' * 7}\nmore", "damaged"),
        (f"{HOME}#access_token={'x9-' * 7}…", "damaged"),
        (f"{HOME}?code={TOKEN[:20]}…&state={STATE}", "damaged"),
        (f"{HOME}?code={TOKEN[:20]}...", "damaged"),
        (f"{HOME}#access_token={TOKEN}&state={STATE[:9]}…", "damaged"),
        (f"{HOME}#access_token={TOKEN[:20]}é{TOKEN[20:]}", "damaged"),
        (f"#access_token={TOKEN[:20]}", "damaged"),
        (TOKEN[:20], "damaged"),
        (f"{TOKEN[:20]} {TOKEN[20:30]}", "not_recognized"),
        (f"fixed in commit {TOKEN}{TOKEN[:8]}", "not_recognized"),
        (f"md5 {TOKEN}", "not_recognized"),
        (f"{TOKEN} {TOKEN[::-1]}", "not_recognized"),
        (f"evil.example/landed#access_token={TOKEN}", "foreign_address"),
        (f"https://evil.example/?to={TOKEN}%26access_token%3D{TOKEN}", "foreign_address"),
        (f"bot.example.evil.example/landed#access_token={TOKEN}", "foreign_address"),
        (f"bot.example@evil.example/landed#access_token={TOKEN}", "foreign_address"),
        (f"see evil.example/landed?code={TOKEN}&state={STATE}", "foreign_address"),
        (f"bot.example/other?code={TOKEN}", "foreign_address"),
        (f"https://evil.example/?to={quote(WHOLE, safe='')}", "foreign_address"),
        (f"https://evil.example/?to={WHOLE}", "foreign_address"),
        (f"[{WHOLE}]({HOME}#access_token={TOKEN[::-1]})", "several"),
        (f"access_token={TOKEN} access_token={TOKEN[::-1]}", "several"),
        (f"{HOME}#_=_", "no_answer_in_address"),
    ],
)
def test_what_is_cut_or_from_elsewhere_is_never_used(pasted: str, reason: str) -> None:
    with pytest.raises(NotAnAnswer) as caught:
        read_pasted(pasted, redirect_uri=HOME)
    assert caught.value.reason == reason


@given(st.integers(1, 31), st.sampled_from(["\n", "\r\n", "\n\n", " "]), st.sampled_from(["", f"&state={STATE}"]))
def test_wherever_a_line_breaks_a_key_is_whole_or_refused(at: int, gap: str, behind: str) -> None:
    pasted = f"{HOME}#access_token={TOKEN[:at]}{gap}{TOKEN[at:]}{behind}"
    assert read_pasted(pasted, redirect_uri=HOME) == PastedToken(TOKEN, STATE if behind else None)


@given(st.integers(1, len(WHOLE) - 1), st.sampled_from(["\n", "\r\n"]))
def test_wherever_a_line_breaks_a_link_nothing_cut_comes_out(at: int, gap: str) -> None:
    try:
        found = read_pasted(WHOLE[:at] + gap + WHOLE[at:], redirect_uri=HOME)
    except NotAnAnswer:
        return
    assert found == PastedToken(TOKEN, STATE)


pieces = st.sampled_from(
    [
        HOME,
        "https://",
        "#",
        "?",
        "&",
        "=",
        "access_token",
        "code",
        "state",
        "error",
        TOKEN,
        "@",
        " ",
        "[",
        "%",
        "\x00",
        "é",
    ]
)


@given(st.one_of(st.text(), st.lists(pieces).map("".join)))
def test_nothing_that_can_be_pasted_raises_anything_else_or_echoes(text: str) -> None:
    try:
        read_pasted(text, redirect_uri=HOME)
        read_pasted(text, redirect_uri=None)
    except NotAnAnswer as refused:
        assert TOKEN not in str(refused)
