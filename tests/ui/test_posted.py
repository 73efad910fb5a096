"""Which designs' addresses a message shows as links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.posted import Posted, posted

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
        (f"`open {ONE}", SHOWN),
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


@given(st.lists(pieces, max_size=30).map("".join))
def test_what_is_in_code_is_never_found(content: str) -> None:
    inside = content.replace("`", "").replace("\\", "")
    assert posted(f"```{inside}```" if inside else "") == []
