"""Discord's limits hold for the worst designs that can be made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.servers import ServerSettings
from thingiverse.models import Details, File, Listing, Maker, Picture, Thing, _Size
from ui import design_card, doctor_card, gallery, help_card, likers_card, linking, settings_panel, thing_card
from ui.components import MOST_ALT, MOST_COMPONENTS, MOST_LABEL, MOST_TEXT, Component, walk
from ui.gallery import LAST, Look, Place, page_of
from ui.texts import Texts

TEXTS = Texts()
ENGLISH = TEXTS.english
NOW = datetime(2026, 5, 1, tzinfo=UTC)

nasty = st.one_of(
    st.text(max_size=400),
    st.sampled_from(["*" * 400, "@everyone " * 40, "א" * 300, "\n" * 300, "<@1>" * 90, "😀" * 300, "[x](y)" * 60, ""]),
)
counts = st.none() | st.integers(-1, 10**15)
things = st.builds(
    Thing,
    id=st.integers(1, 10**12),
    title=st.none() | nasty,
    maker=st.none()
    | st.builds(Maker, number=st.integers(0, 2**62), login=st.none() | nasty, thumbnail=st.none() | nasty),
    public_url=st.none() | nasty,
    thumbnail=st.none() | nasty.map(lambda text: f"https://{text}"),
    like_count=counts,
    make_count=counts,
    license=st.none() | nasty,
    nsfw=st.booleans(),
    ai=st.booleans(),
    wip=st.booleans(),
    tagged=st.none() | st.lists(nasty, max_size=20).map(tuple),
)


values = st.none() | nasty | st.integers() | st.lists(st.integers()) | st.dictionaries(nasty, nasty)
known = st.sampled_from(["printer", "Rafts", "supports", "resolution", "infill", "filament_material"])
settings = st.fixed_dictionaries(
    {"type": st.just("settings"), "data": st.lists(st.dictionaries(known, values) | values)}
)
parents = st.fixed_dictionaries({"id": st.integers(1, 10**9), "name": nasty, "public_url": nasty})
designs = st.builds(
    Details,
    id=st.integers(1, 10**12),
    title=st.none() | nasty,
    maker=st.none() | st.builds(Maker, number=st.integers(0, 2**62), login=st.none() | nasty),
    like_count=counts,
    make_count=counts,
    download_count=counts,
    remix_count=counts,
    license=st.none() | nasty,
    added=st.none() | nasty | st.sampled_from(["-001-11-30T00:00:00+00:00", "2026-01-01T00:00:00", "9999-12-31"]),
    description_html=values | nasty.map(lambda text: f"<p>{text}<li>{text}" * 9),
    description=values,
    details_parts=st.none() | st.lists(settings | values, max_size=4),
    parents=st.none() | st.lists(parents | values, max_size=6),
    default_image=values,
    tagged=st.none() | st.lists(nasty, max_size=20).map(tuple),
)
pictures = st.builds(
    Picture, sizes=st.lists(st.builds(_Size, type=st.just("display"), size=st.just("large"), url=nasty)).map(tuple)
)


def check_limits(components: list[Component]) -> None:
    parts = list(walk(components))
    assert len(parts) <= MOST_COMPONENTS
    assert sum(len(part.get("content", "")) for part in parts) <= MOST_TEXT
    ids = [part["custom_id"] for part in parts if "custom_id" in part]
    assert len(ids) == len(set(ids))
    for part in parts:
        assert 1 <= len(part.get("custom_id", "x")) <= 100
        assert 1 <= len(part.get("label", "x")) <= MOST_LABEL
        assert len(part.get("content", "x")) >= 1
        assert 1 <= len(part.get("description", "x")) <= MOST_ALT
        assert len(part.get("url", "")) <= 512
        assert "@everyone" not in part.get("content", "").replace(r"\@everyone", "")


@given(st.lists(things, max_size=31), st.booleans(), st.booleans(), st.integers(0, 2**63), st.integers(LAST, 40))
def test_a_gallery_fits(listed: list[Thing], adult: bool, liked: bool, owner: int, offset: int) -> None:
    listing = Listing(things=tuple(listed), total=None, page=999_999, more=True)
    page = page_of(listing, Place("popular", 999_999, offset, owner), adult=adult)
    assert adult or not any(thing.is_nsfw for thing in page.things)
    beside = {thing.id: "**123,456,789 people** here like it" for thing in listed}
    look = Look("Popular on Thingiverse", ("-# a note",) * 2, NOW, liked, beside, can_hand_over=not adult)
    check_limits(gallery.render(ENGLISH, look, page))


@given(things, st.booleans(), st.booleans(), st.booleans(), nasty)
def test_a_card_fits(thing: Thing, wanted: bool, changed: bool, shown: bool, maker: str) -> None:
    for small in (design_card.compact(ENGLISH, thing), design_card.shared(ENGLISH, thing, by=2**63, note=maker)):
        check_limits(small)
    card = thing_card.after_like(ENGLISH, thing, wanted=wanted, changed=changed, shown=shown, maker=maker)
    check_limits(card)
    if not shown and thing.name:
        assert thing.name not in str(card) or len(thing.name) < 20


@given(designs, st.lists(pictures, max_size=20), st.booleans(), st.booleans())
def test_a_full_card_fits(thing: Details, given_: list[Picture], sharable: bool, again: bool) -> None:
    check_limits(design_card.full(ENGLISH, thing, given_, sharable=sharable, again=again))


@given(designs, st.lists(st.builds(File, title=nasty, size=counts, public_url=st.none() | nasty), max_size=40))
def test_a_list_of_files_fits(thing: Details, files: list[File]) -> None:
    check_limits(design_card.files(ENGLISH, thing, files))


@given(st.none() | things, st.integers(0, 10**9), st.lists(st.integers(1, 2**63), max_size=20), st.booleans())
def test_who_likes_it_fits(thing: Thing | None, count: int, people: list[int], shows: bool) -> None:
    check_limits(likers_card.card(ENGLISH, 10**12, thing, count=count, people=people, asker_shows=shows))


@pytest.mark.parametrize("code", TEXTS.codes)
def test_the_moderators_panel_fits_in_each_language(code: str) -> None:
    most = tuple(range(2**63 - 25, 2**63))
    settings_ = ServerSettings(
        previewed=most, quiet=most, sharers=most, showcase=most[0], share_again_days=365, adult="never", language=code
    )
    for changed in (None, "previewed", "sharers", "language"):
        for possible in (True, False):
            check_limits(
                settings_panel.panel(
                    TEXTS.language(code), TEXTS, settings_, previews_possible=possible, changed=changed
                )
            )


@pytest.mark.parametrize("code", TEXTS.codes)
def test_the_doctors_card_fits_in_each_language(code: str) -> None:
    needs = tuple(doctor_card.NEEDS)
    channels = [doctor_card.Channel(2**63 - n, doctor_card.PREVIEWED, True, (), needs) for n in range(12)]
    health = doctor_card.Health(commands=False, message_content=False, thingiverse=False, since=NOW)
    check_limits(doctor_card.card(TEXTS.language(code), channels, health))


@given(nasty, nasty, st.none() | nasty, st.booleans())
def test_the_cards_of_linking_fit(name: str, wish: str, replaces: str | None, flag: bool) -> None:
    given_: list[list[Any]] = [
        linking.start(
            ENGLISH, url="https://w/authorize", expires_at=NOW, linked_as=name, wish=wish, crowded=flag, approved=False
        ),
        linking.confirm(
            ENGLISH,
            maker_id=2**62,
            maker=name,
            picture=None,
            url="https://w/x",
            checked=flag,
            replaces=replaces,
            by_dm=True,
        ),
        linking.account(ENGLISH, maker=name, picture=None, url="https://w/x", linked_at=NOW, alive=None, liked=10**9),
        linking.exposed(ENGLISH, deleted=flag, revoke_url="https://w/apps"),
        linking.unlinked(ENGLISH, was_linked=True, revoke_url="https://w/apps"),
        help_card.card(ENGLISH, support_url="https://w/help"),
    ]
    for card in given_:
        check_limits(card)
