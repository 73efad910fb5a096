"""Which links to designs a message shows as links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.posted import Posted, _without_code, posted

ONE = "https://www.thingiverse.com/thing:1001"
TWO = "https://www.thingiverse.com/thing:2002"
SHOWN, HIDDEN = [Posted(1001, False)], [Posted(1001, True)]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (ONE, SHOWN),
        (f"look at {ONE}, it is nice", SHOWN),
        (f"({ONE})", SHOWN),
        (f"[a vase]({ONE})", SHOWN),
        (f"**{ONE}**", SHOWN),
        (f"> {ONE}", SHOWN),
        ("www.thingiverse.com/thing:1001", SHOWN),
        (f"{ONE}/files#x {ONE}", SHOWN),
        (f"{ONE} {TWO}", [Posted(1001, False), Posted(2002, False)]),
        (f"<{ONE}>", []),
        (f"[a vase](<{ONE}>)", []),
        (f"`{ONE}`", []),
        (f"``a ` {ONE}``", []),
        (f"```\n{ONE}\n```", []),
        (f"```py\n{ONE}\n``` {TWO}", [Posted(2002, False)]),
        (f"```\n{ONE}\n````", []),
        (f"````\n{ONE}\n```", []),
        (f"`a`` {ONE} `", []),
        (f"``a` {ONE} ``", []),
        (f"`a``{ONE}", SHOWN),
        (rf"`C:\` {ONE} `x`", SHOWN),
        (rf"\``{ONE}`", []),
        (f"`open {ONE}", SHOWN),
        (f"``open {ONE}`", SHOWN),
        (rf"\`{ONE}\`", SHOWN),
        (f"||{ONE}||", HIDDEN),
        (f"|| look: {ONE} ||", HIDDEN),
        (f"||a|| {ONE} ||b||", SHOWN),
        (f"|| {ONE}", SHOWN),
        (f"{ONE} ||{ONE}||", HIDDEN),
        ("https://www.thingiverse.com/make:1001", []),
        ("https://www.thingiverse.com/mira", []),
        ("https://evil.example/thing:1001", []),
        ("https://www.thingiverse.com.evil.example/thing:1001", []),
        ("thing:1001", []),
        ("", []),
    ],
)
def test_as_discord_reads_it(content: str, found: list[Posted]) -> None:
    assert posted(content) == found


pieces = st.sampled_from(["`", "``", "```", "||", "<", ">", "\\", " ", "\n", ONE, TWO, "(", ")", "[", "]", "x", "*"])


@given(st.text(max_size=300) | st.lists(pieces, max_size=40).map("".join))
def test_whatever_is_written_it_finds_only_what_stands_there(content: str) -> None:
    for each in posted(content):
        assert str(each.thing) in content
        assert not each.spoiler or content.count("||") >= 2


def slow_hidden(content: str) -> str:
    """The same rules, one character at a time and slowly, to compare with."""
    shown, at = "", 0
    while at < len(content):
        if content[at] == "\\" and content[at + 1 : at + 2] in {"\\", "`", "|", "<"}:
            shown, at = shown + "  ", at + 2
            continue
        fence = len(content[at:]) - len(content[at:].lstrip("`"))
        end = code_end(content, at + fence, min(fence, 3)) if fence else None
        step = (end or at + max(fence, 1)) - at
        shown, at = shown + (" " * step if end else content[at : at + step]), at + step
    return shown


def code_end(content: str, at: int, fence: int) -> int | None:
    while at < len(content):
        run = len(content[at:]) - len(content[at:].lstrip("`"))
        if run == fence or run > fence == 3:
            return at + fence
        at += max(run, 1)
    return None


@given(st.lists(st.sampled_from(["`", "``", "```", "````", "\\", " ", "a", "|", "<"]), max_size=40).map("".join))
def test_code_ends_where_a_slow_reader_says(content: str) -> None:
    assert _without_code(content) == slow_hidden(content)


@given(st.lists(pieces, max_size=30).map("".join))
def test_what_is_in_code_is_never_found(content: str) -> None:
    inside = content.replace("`", "").replace("\\", "")
    assert posted(f"```{inside}```" if inside else "") == []
