"""Links to designs as people write them. Messages and commands find the same ones."""

from __future__ import annotations

import pytest

from desk.posted import posted
from thingiverse.urls import NotAThing, find_things, names_thing, read_collection, read_maker, read_tag, read_thing

SITE = "https://www.thingiverse.com"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # a Markdown link whose label is its URL
        (f"[{SITE}/thing:6689537]({SITE}/thing:6689537)", [6689537]),
        (f"see [{SITE}/thing:4748043]({SITE}/thing%3A4748043), or use tape", [4748043]),
        (f"[thingiverse.com/thing:5]({SITE}/thing:5)", [5]),
        (f"[a vase]({SITE}/thing:5/files)", [5]),
        (f'[a vase]({SITE}/thing:5 "a vase")', [5]),
        # no space before the URL
        (f"Here is a good vat cover.{SITE}/thing:2837171", [2837171]),
        (f"Turntable parts -{SITE}/thing:4167615", [4167615]),
        (f"//{SITE}/thing:3255257", [3255257]),
        (f"model{SITE}/thing:4689602", [4689602]),
        (f"model_{SITE}/thing:4689602", [4689602]),
        (f"@{SITE}/thing:5", [5]),
        # punctuation that is not ASCII
        (f"（{SITE}/thing:4331477）", [4331477]),
        (f"链接：{SITE}/thing:4331477，很好", [4331477]),
        (f"これ{SITE}/thing:2962525 です", [2962525]),
        (f"これ{SITE}/thing:2962525です", [2962525]),
        (f"“{SITE}/thing:1038”", [1038]),
        (f"«{SITE}/thing:1038»", [1038]),
        (f"「{SITE}/thing:1038」と『www.thingiverse.com/thing:1001』", [1038, 1001]),
        (f"{SITE}/thing:1038。{SITE}/thing:1001、", [1038, 1001]),
        (f"{SITE}/thing:1038…", [1038]),
        (f"{SITE}/thing:1038🎉", [1038]),
        # Discord's own marks
        (f"~~{SITE}/thing:1038~~", [1038]),
        (f"__{SITE}/thing:1038__", [1038]),
        ("__www.thingiverse.com/thing:1038__", [1038]),
        (f"***{SITE}/thing:1038***", [1038]),
        (f"||{SITE}/thing:1038||", [1038]),
        (f"> {SITE}/thing:1038", [1038]),
        (f"- {SITE}/thing:1038\n- {SITE}/thing:1001", [1038, 1001]),
        (f"## {SITE}/thing:1038", [1038]),
        (rf"{SITE}/thing\:6212974", [6212974]),
        # several without spaces
        (f"{SITE}/thing:1001,{SITE}/thing:1038", [1001, 1038]),
        (f"[a]({SITE}/thing:1001)/[b]({SITE}/thing:1038)", [1001, 1038]),
        (f"{SITE}/thing:1001{SITE}/thing:1038", [1001, 1038]),
        (f"{SITE}/thing:1001;www.thingiverse.com/thing:1038", [1001, 1038]),
        (f"https://www.printables.com/model/3,{SITE}/thing:1038", [1038]),
        # pages of a design
        (f"{SITE}/apps/customizer/run?thing_id=2942689", [2942689]),
        (f"{SITE}/apps/customizer/run?code=7&thing_id=2942689&x=1", [2942689]),
        (f"{SITE}/thing:1038/comments#comment-5", [1038]),
        (f"{SITE}/thing:1038?fbclid=abc", [1038]),
        (f"{SITE}:443/thing:1038", [1038]),
        (f"{SITE}/app:22/?thing_id=2942689", [2942689]),
        (f"{SITE}/apps/print/run?thing_id=2942689", [2942689]),
        # a scheme twice
        (f"http://{SITE}/thing:1038", [1038]),
        (f"see https://{SITE}/thing:1038,{SITE}/thing:1001", [1038, 1001]),
        # redirectors and archives
        (f"https://web.archive.org/web/20151029074704/{SITE}/thing:134066", [134066]),
        ("https://web.archive.org/web/2015*/www.thingiverse.com/thing:134066", [134066]),
        (f"https://archive.ph/20200101/{SITE}/thing:134066", [134066]),
        ("https://medium.com/r/?url=https%3A%2F%2Fwww.thingiverse.com%2Fthing%3A3970110", [3970110]),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.thingiverse.com%2Fthing%3A5%3Ffbclid%3Dx&h=AT1", [5]),
        (f"https://www.google.com/url?sa=t&url={SITE}/thing:5&usg=x", [5]),
        ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fthingiverse.com%2Fthing%3A5&data=x", [5]),
        ("https://www.google.co.uk/url?q=https%3A%2F%2Fwww.thingiverse.com%2Fthing%3A5&sa=D", [5]),
        (f"https://www.deviantart.com/users/outgoing?{SITE}/thing:5", [5]),
        ("https://disq.us/url?url=https%3A%2F%2Fwww.thingiverse.com%2Fthing%3A5%3Aabc&cuid=1", [5]),
        (f"https://webcache.googleusercontent.com/search?q=cache:Ab-1:{SITE}/thing:5", [5]),
        (f"https://archive.vn/2020/{SITE}/thing:5", [5]),
        # not links to designs
        ("notthingiverse.com/thing:5", []),
        ("a@thingiverse.com/thing:5", []),
        ("https://evil.example/thingiverse.com/thing:5", []),
        (f"https://evil.example/{SITE}/thing:5", []),
        (f"https://evil.example/?url={SITE}/thing:5", []),
        ("https://evil.example/?url=https%3A%2F%2Fwww.thingiverse.com%2Fthing%3A5", []),
        (f"https://web.archive.org.evil.example/web/2015/{SITE}/thing:5", []),
        (f"https://evilgoogle.com/url?q={SITE}/thing:5", []),
        (f"https://www.google.com.evil.example/url?q={SITE}/thing:5", []),
        ("https://href.li/?https://evil.example/thingiverse.com/thing:5", []),
        ("https://www.google.com/url?q=https://evil.example/thingiverse.com/thing:5", []),
        ("https://medium.com/r/?url=https%3A%2F%2Fthingiverse.com%40evil.example%2Fthing%3A5", []),
        (f"https://medium.com/r/?url=https%3A%2F%2Fmedium.com%2Fr%2F%3Furl%3D{SITE}/thing:5", []),
        ("https://www.thingiverse.com.evil.example/thing:5", []),
        ("https://www.thingiverse.com@evil.example/thing:5", []),
        (r"https://www.thingiverse.com\@evil.example/thing:5", []),
        ("https://www.thingiverse.com:8443/thing:5", []),
        ("https://thіngiverse.com/thing:5", []),
        ("оthingiverse.com/thing:5", []),
        ("https://www.thingiverse.com/make:5 https://www.thingiverse.com/thing:download/5", []),
        (f"{SITE}/thing:5abc", []),
        (f"{SITE}/thing:5３", []),
        (f"{SITE}/search?q=thing:5", []),
        # invisible characters, and spaces that aren't ASCII
        (f"\u2068{SITE}/thing:5\u2069", [5]),
        (f"{SITE}/thing:\u20665", [5]),
        (f"{SITE}/thing:5\ufe0f", [5]),
        (f"{SITE}/thing:5\u2028{SITE}/thing:6", [5, 6]),
        (f"{SITE}/thing:5\u202f!", [5]),
    ],
)
def test_links_are_found_as_discord_shows_them(text: str, found: list[int]) -> None:
    assert find_things(text) == found
    assert [each.thing for each in posted(text)] == found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{SITE}/apps/customizer/run?thing_id=6150590", 6150590),
        (f"Herringbone gear set by mira {SITE}/thing:1038", 1038),
        (f"Herringbone gear set by mira\n{SITE}/thing:1038", 1038),
        (f"{SITE}/thing:1038 - nice one", 1038),
        (f"[Herringbone]({SITE}/thing:1038)", 1038),
        (f"[{SITE}/thing:1038]({SITE}/thing:1038)", 1038),
        (f"**{SITE}/thing:1038**", 1038),
        (f"||{SITE}/thing:1038||", 1038),
        (f"{SITE}/thing:1038.", 1038),
        (f"{SITE}/thing:1038。", 1038),
        (f"“{SITE}/thing:1038”", 1038),
        (rf"{SITE}/thing\:6212974", 6212974),
        (r"thing\:6212974", 6212974),
        ("https%3A%2F%2Fwww.thingiverse.com%2Fthing%3A1038", 1038),
        (f"{SITE}/thing/7", 7),
        ("Herringbone thing:1038 by mira", 1038),
        ("(thing:1038)", 1038),
        ("[thing:1038]", 1038),
        ("thing: 1038", 1038),
        ("Thing #1038", 1038),
        ("/thing:1038", 1038),
        ("thing:1038 thing:1038/files", 1038),
        ("1038.", 1038),
        ("(1038)", 1038),
        ("#1038,", 1038),
        (f"{SITE}/mira {SITE}/thing:1038", 1038),
        (f"\u2068{SITE}/thing:1038\u2069", 1038),
        ("\u20681038\u2069", 1038),
        (f"{SITE}/thing:1038\u2028nice one", 1038),
        (f"{SITE}/thing:1038\u202fnice", 1038),
        ("thing：１０３８", 1038),
        ("＃１０３８", 1038),
        (f"https://web.archive.org/web/20151029074704/{SITE}/thing:134066", 134066),
        ("https://medium.com/r/?url=https%3A%2F%2Fwww.thingiverse.com%2Fthing%3A3970110", 3970110),
    ],
)
def test_a_design_is_read_with_anything_around_its_link(text: str, number: int) -> None:
    assert read_thing(text) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{SITE}/thing:1 {SITE}/thing:2", "several"),
        (f"look {SITE}/make:5", "make"),
        (f"{SITE}/make/5", "make"),
        (f"{SITE}/makes/5", "make"),
        (f"{SITE}/makes", "other_page"),
        (f"{SITE}/users/mira", "other_page"),
        ("https://cdn.thingiverse.com/assets/a/b/vase.stl", "download"),
        ("https://support.thingiverse.com/hc", "other_page"),
        ("https://support.thingiverse.com.evil.example/hc", "foreign"),
        ("thing:1 or thing:2", "several"),
        ("swamp thing 2", "not_recognized"),
        ("anything:5", "not_recognized"),
        (f"by {SITE}/mira.", "maker"),
        (f"{SITE}/thing/seven", "other_page"),
        (f"{SITE}/thing", "other_page"),
        (f"{SITE}/omriharel/collections/deej", "collection"),
        ("https://evil.example/thingiverse.com/thing:5", "foreign"),
        (f"https://evil.example/?url={SITE}/thing:5", "foreign"),
        ("a@thingiverse.com/thing:5", "not_recognized"),
        ("notthingiverse.com/thing:5", "not_recognized"),
    ],
)
def test_the_reason_is_of_what_was_given(text: str, reason: str) -> None:
    with pytest.raises(NotAThing) as caught:
        read_thing(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"my page: {SITE}/mira.", "mira"),
        (f"[mira]({SITE}/mira)", "mira"),
        (f"{SITE}/john.doe/designs, and more", "john.doe"),
        (f"https://web.archive.org/web/2015/{SITE}/mira", "mira"),
        (f"{SITE}/thing:5 {SITE}/mira", "mira"),
        (f"{SITE}/@mira", "mira"),
        ("\u2068דפוס_ירושלים\u2069", "דפוס_ירושלים"),
        ("**mira**", "mira"),
        ("||mira||", "mira"),
        ("mira,", "mira"),
        ("@@mira", "mira"),
        ("_mira_", "_mira_"),
    ],
)
def test_a_maker_is_read_with_anything_around_their_link(text: str, name: str) -> None:
    assert read_maker(text) == name


@pytest.mark.parametrize(
    "page",
    [
        "www.thingiverse.com/" + path
        for path in ("thing/12345", "make/5", "makes/5", "collections/5", "embed:5", "users/5")
    ]
    + ["api.thingiverse.com/users/mira"],
)
def test_a_page_of_something_else_is_no_maker(page: str) -> None:
    with pytest.raises(NotAThing, match="not_recognized"):
        read_maker(f"https://{page}")


@pytest.mark.parametrize("named", ["<@123456789012345678>", "<#123456789012345678>", "<:vase:123456789012345678>"])
def test_what_discord_names_is_neither_a_design_nor_a_maker(named: str) -> None:
    for read in (read_thing, read_maker, read_collection):
        with pytest.raises(NotAThing, match="not_recognized"):
            read(named)


@pytest.mark.parametrize("text", ["me", "@Me", f"{SITE}/me/designs"])
def test_the_account_that_owns_the_apps_token_is_no_maker(text: str) -> None:
    """The API takes "me" for it."""
    with pytest.raises(NotAThing, match="not_recognized"):
        read_maker(text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (f"{SITE}/tag:vase", "vase"),
        (f"{SITE}/tag:desk%20lamp/relevant?page=2", "desk lamp"),
        (f"see <{SITE}/tag:vase>.", "vase"),
        ("#vase", "#vase"),
        ("desk lamp", "desk lamp"),
    ],
)
def test_a_tag_is_read_from_a_link_to_its_page(text: str, tag: str) -> None:
    assert read_tag(text) == tag


@pytest.mark.parametrize("text", [f"{SITE}/thing:5", f"{SITE}/mira", "thingiverse.com", "evil-thingiverse.com/tag:x"])
def test_a_link_to_something_else_is_no_tag(text: str) -> None:
    with pytest.raises(NotAThing):
        read_tag(text)


def test_collections_are_read_with_anything_around_their_link_and_old_links_have_a_reason_of_their_own() -> None:
    assert read_collection(f"[mine]({SITE}/mira/collections/16001/things)") == 16001
    assert read_collection(f"mine: {SITE}/mira/collections/16001.") == 16001
    assert read_collection(f"{SITE}/thing:5 {SITE}/mira/collections/16001") == 16001
    for marked in ("16001,", "(16001)", "\u206816001\u2069", "１６００１"):
        assert read_collection(marked) == 16001
    for old in (f"{SITE}/omriharel/collections/deej", "thingiverse.com/omriharel/collections/deej-parts"):
        with pytest.raises(NotAThing, match="old_collection"):
            read_collection(old)
    with pytest.raises(NotAThing, match="not_recognized"):
        read_collection(f"{SITE}/omriharel/designs")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"{SITE}/thing:1038", True),
        ("thing:1038", True),
        (f"gears {SITE}/thing:1038", True),
        ("www.thingiverse.com/thing:1038", True),
        ("https://www.printables.com/model/1", True),
        ("thing:1038/files", True),
        ("thing:1038.", True),
        ("<thing:1038>", True),
        ("(thing:1038)", True),
        ("“thing:1038”", True),
        ("\u2068thing:1038\u2069", True),
        ("thing:1038mm", False),
        ("gears", False),
        ("1038", False),
        ("thing: 1", False),
        ("https", False),
        ("", False),
    ],
)
def test_what_is_no_search(text: str, named: bool) -> None:
    assert names_thing(text) is named
