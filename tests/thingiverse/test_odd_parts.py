"""Only the odd parts of a response are left out, and real responses can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cards import thing_details
from cards.components import LONGEST_URL, link
from cards.descriptions import short
from texts import Texts
from thingiverse.answers import Answer, read, read_each, read_things
from thingiverse.details import Details, File, Make
from thingiverse.errors import Refused, Unexpected
from thingiverse.models import Category, Maker, Thing
from thingiverse.token_answers import read_token
from thingiverse.transport import MOST_BYTES

SHARED = Path(__file__).parents[3] / "shared"
TOKEN = "0123456789abcdef0123456789abcdef"


def answer(body: Any) -> Answer:
    return Answer(200, {"content-type": "application/json"}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        ({"printer brand": "<div><p>Creality</p></div>\n"}, {"printer brand": "Creality"}),
        (
            {"filament_color": "<div><p>Blue, Green &amp; Silver</p></div>\n"},
            {"filament color": "Blue, Green & Silver"},
        ),
        ({"infill": "15 %"}, {"infill": "15 %"}),
        ({"resolution": "<p>0.2</p><p>0.3</p>"}, {"resolution": "0.2 0.3"}),
        ({"resolution": "walls < 2 & > 1"}, {"resolution": "walls < 2 & > 1"}),
        ({"rafts": "<div><p></p></div>"}, {}),
        ({"rafts": "N<b>o</b><br/>never"}, {"rafts": "No never"}),
        ({"infill": 20, "supports": None, "printer": ["x"]}, {"infill": "20"}),
    ],
)
def test_print_settings_are_text(given: dict[str, Any], settings: dict[str, str]) -> None:
    body = {"id": 1, "details_parts": [{"type": "settings", "data": [given]}]}
    assert read(answer(body), Details).settings == settings


@pytest.mark.parametrize(
    "odd",
    [
        {"tags": {}},
        {"tags": "vase"},
        {"creator": []},
        {"creator": "mira"},
        {"like_count": "many"},
        {"like_count": {}},
        {"is_nsfw": []},
        {"is_liked": "maybe"},
        {"thumbnail": 7},
        {"preview_image": "https://", "thumbnail": "https:///a.jpg"},
        {"preview_image": "https://[::1/a.jpg", "thumbnail": "https://mira:x@cdn.example/a.jpg"},
        {"license": {"name": "cc"}},
        {"added": 5},
        {"default_image": "x", "ancestors": 5, "details_parts": {}},
        {"tags": {}, "creator": [], "like_count": "many", "thumbnail": 7},
    ],
)
def test_one_odd_part_never_costs_the_design(odd: dict[str, Any]) -> None:
    body = {"id": 5, "name": "x", "make_count": 3, **odd}
    design = read(answer(body), Details)
    assert (design.id, design.name, design.make_count) == (5, "x", 3)
    assert design.tags == []
    (listed,) = read_things(answer([body]), 1, 30).things
    assert (listed.id, listed.name, listed.make_count) == (5, "x", 3)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("//cdn.thingiverse.com/a.jpg", None),
        ("HTTPS://cdn.thingiverse.com/a b.jpg", "HTTPS://cdn.thingiverse.com/a%20b.jpg"),
        ("http://127.0.0.1:8080/a.jpg?x=1#y", "http://127.0.0.1:8080/a.jpg?x=1#y"),
        ("https://cdn.thingiverse.com", "https://cdn.thingiverse.com"),
        ("https://", None),
        ("https:///a.jpg", None),
        ("https://.", None),
        ("https://a..b/x", None),
        ("https://[::1/a.jpg", None),
        ("https://a:port/x", None),
        ("https://mira:x@cdn.example/a.jpg", None),
        ("/a.jpg", None),
    ],
)
def test_a_picture_without_a_whole_url_is_left_out(given: str, url: str | None) -> None:
    """Discord would reject the whole card."""
    assert read(answer({"id": 5, "thumbnail": given}), Thing).picture == url


@pytest.mark.parametrize(
    ("given", "text"),
    [("<div><p>Printed in <b>PLA</b></p><p>0.2 &amp; fine</p></div>", "Printed in PLA 0.2 & fine"), ("a < b", "a < b")],
)
def test_what_is_said_of_a_make_is_text(given: str, text: str) -> None:
    assert read(answer({"id": 5, "description": given}), Make).text == text


@pytest.mark.parametrize(("odd", "adult"), [("yes", True), ([1], True), ("no", False), ("", False), ({}, False)])
def test_an_odd_flag_never_shows_a_design_that_is_hidden(odd: object, adult: bool) -> None:
    design = read(answer({"id": 5, "name": "x", "is_nsfw": odd, "is_private": odd}), Details)
    assert design.is_nsfw is adult
    assert design.is_public is not adult


def test_print_settings_may_be_one_object() -> None:
    body = {"id": 1, "details_parts": [{"type": "settings", "data": {"rafts": "<p>No</p>"}}]}
    assert read(answer(body), Details).settings == {"rafts": "No"}


def test_of_an_inner_object_or_list_only_the_odd_part_is_lost() -> None:
    body = {
        "id": 5,
        "creator": {"id": 9, "name": "mira", "thumbnail": []},
        "tags": [{"name": "a"}, 5, {"name": []}, "b"],
    }
    design = read(answer(body), Details)
    assert design.maker is not None
    assert (design.maker.id, design.maker.name, design.maker.picture) == (9, "mira", None)
    assert design.tags == ["a", "b"]
    assert read(answer({"id": 9, "name": "mira", "count_of_designs": []}), Maker).name == "mira"
    assert [file.name for file in read_each(answer([{"name": "a", "size": []}]), File)] == ["a"]


@pytest.mark.parametrize("body", [{"name": "x"}, {"id": "five", "tags": {}}, {"id": None}, [], "x", None])
def test_what_has_no_id_is_no_design(body: Any) -> None:
    with pytest.raises(Unexpected):
        read(answer(body), Details)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<table><tr><td>PLA</td><td>200</td></tr><tr><td>PETG</td><td>230</td></tr></table>", "PLA 200\nPETG 230"),
        ("<table><tr><th>Part</th><th>Count</th></tr></table>", "Part Count"),
        ("<dl><dt>Nozzle</dt><dd>0.4</dd><dt>Layer</dt><dd>0.2</dd></dl>", "Nozzle 0.4\nLayer 0.2"),
        ("<figure><img><figcaption>Front</figcaption></figure>More", "Front\nMore"),
        ("<ul><li class='x'>a</li><li>b</li></ul>", "• a\n• b"),
        ("one<hr>two", "one\ntwo"),
        ("<table><tr><td>PLA<td>200<tr><td >PETG</td ><td>230</table>", "PLA 200\nPETG 230"),
        ("<dl><dt>Nozzle<dd>0.4<dt>Layer<dd>0.2</dl>", "Nozzle 0.4\nLayer 0.2"),
        ("<p>one<p class='x'>two", "one\ntwo"),
        ("one<div>two</div>", "one\ntwo"),
        ("one<br class='x'>two", "one\ntwo"),
        ("<details><summary>one</summary>two</details>", "one\ntwo"),
        ("<ul><li><p>a</p></li><li>b</ul>", "• a\n• b"),
        ("a<b>b</b><i>c</i>", "abc"),
        ("<link>a", "a"),
    ],
)
def test_cells_and_terms_stay_apart(html: str, text: str) -> None:
    assert short(html, as_html=True) == text


def test_a_token_is_read_as_v2_has_it() -> None:
    jwt = {"access": "eyJh.eyJ1.c2ln", "refresh": "eyJh.eyJ2.c2ln"}
    assert read_token(answer({"message": "ok", "token": TOKEN, "jwt": jwt})) == TOKEN
    assert read_token(answer({"token": TOKEN, "jwt": jwt})) == TOKEN
    with pytest.raises(Unexpected):
        read_token(answer({"message": "ok", "jwt": jwt}))
    with pytest.raises(Refused):
        read_token(answer({"error": "Invalid code"}))


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://www.thingiverse.com/thing:5", "https://www.thingiverse.com/thing:5"),
        ("http://thingiverse.com/thing:5", "http://thingiverse.com/thing:5"),
        ("https://evil.example/thing:5", "https://www.thingiverse.com/thing:5"),
        ("https://www.thingiverse.com@evil.example/thing:5", "https://www.thingiverse.com/thing:5"),
        ("https://www.thingiverse.com/a)[free](https://evil.example/thing:5", "https://www.thingiverse.com/thing:5"),
        ("https://www.thingiverse.com/thing:6", "https://www.thingiverse.com/thing:5"),
        (None, "https://www.thingiverse.com/thing:5"),
    ],
)
def test_a_design_links_to_its_own_page_only(given: str | None, url: str) -> None:
    assert Thing(id=5, public_url=given).url == url


def test_no_url_ends_the_link_it_stands_in() -> None:
    odd = "https://www.thingiverse.com/a)[free nitro](https://evil.example"
    english = Texts().english
    heading, _ = thing_details.maker_heading(english, Maker(login="mira", public_url=odd), "mira")
    listed = thing_details.files(english, Details(id=5), [File(title="x.stl", public_url=odd)])
    assert heading.count("](") == 1
    assert str(listed).count("](") == 2  # the design's link and the file's


def test_a_url_that_discord_takes_in_no_button_does_not_cost_the_card() -> None:
    assert "url" in link("Open", "https://x.example/" + "a" * (LONGEST_URL - 18))
    shut = [link("Open", "https://x.example/" + letter * LONGEST_URL) for letter in "ab"]
    assert all(button["disabled"] and "url" not in button for button in shut)
    assert shut[0]["custom_id"] != shut[1]["custom_id"]


def captured(path: str) -> Any:
    found = SHARED / path
    if not found.exists():
        pytest.skip("the captured answers are not here")
    assert found.stat().st_size < MOST_BYTES
    return json.loads(found.read_text())


def test_captured_answers_of_other_years_read_well() -> None:
    design = read(answer(captured("reports/captured/things_5828243_2023.json")), Details)
    assert design.name
    assert design.settings
    assert not any("<" in value for value in design.settings.values())
    liked = read_things(answer(captured("reports/captured/users_NAME_likes_2018.json")), 1, 30)
    assert len(liked.things) == 30
    assert all(thing.name for thing in liked.things)
    newest = read_things(answer(captured("reports/captured/newest_2019.json")), 1, 30)
    assert len(newest.things) == 2
    files = read_each(answer(captured("reports/captured/things_3730558_files_2019.json")), File)
    assert all(file.name and file.size and file.url for file in files)


def test_categories_without_ids_are_none_that_can_be_asked_for() -> None:
    with pytest.raises(Unexpected):
        read_each(answer(captured("reports/captured/categories_about2014.json")), Category)
