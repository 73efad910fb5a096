"""Cards stay within Discord's limits for the most extreme designs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.retention import RULES
from cards import (
    doctor,
    gallery,
    help,
    licenses,
    linking,
    privacy,
    settings_panel,
    thing_details,
    thing_summary,
    who_likes,
)
from cards.components import button
from cards.gallery import LAST, PER_PAGE, Look, Position, page_of
from records import Attempt, Candidate, Likers, Link, LinkOffer, Parked, ServerSettings, Standing
from tests.limits import check_limits
from texts import Texts
from thingiverse.details import Details, File, Picture, _Size
from thingiverse.errors import Unreachable
from thingiverse.models import Listing, Maker, Thing

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
    is_wip=st.booleans(),
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


@given(st.lists(things, max_size=31), st.booleans(), st.booleans(), st.integers(0, 2**63), st.integers(LAST, 40))
def test_a_gallery_fits(listed: list[Thing], adult: bool, liked: bool, owner: int, offset: int) -> None:
    listing = Listing(things=tuple(listed), total=None, page=999_999, more=True)
    page = page_of(listing, Position("popular", 999_999, offset, owner), adult=adult)
    assert adult or not any(thing.is_nsfw for thing in page.things)
    beside = {thing.id: "Liked by **123,456,789 people** here" for thing in listed}
    look = Look("Popular on Thingiverse", ("-# a note",) * 2, NOW, liked, beside, can_hand_over=not adult)
    check_limits(gallery.render(ENGLISH, look, page))


def full_page(count: int = 30, **given_: Any) -> gallery.Page:
    made = [
        Thing(
            id=number,
            title=f"Design {number}",
            maker=Maker(login="mira"),
            thumbnail="https://x/1.png",
            like_count=4_741,
            make_count=304,
            license="Creative Commons - Attribution - Share Alike",
        )
        for number in range(1, count + 1)
    ]
    return page_of(
        Listing(things=tuple(made), total=None, page=2, more=True), Position("popular", **given_), adult=True
    )


def test_a_gallery_is_a_frame_with_dividers_and_the_page_buttons_stand_below_it() -> None:
    frame, pages = gallery.render(ENGLISH, Look("Popular", can_hand_over=True), full_page(offset=4))
    assert (frame["type"], pages["type"]) == (17, 1)
    assert "accent_color" in frame
    kinds = [part["type"] for part in frame["components"]]
    assert kinds == [10] + [14, 9, 1] * PER_PAGE, "a divider, the design, and its buttons"
    assert [each["label"] for each in pages["components"]] == ["Back", "Next", "Let everyone browse"]


@pytest.mark.parametrize("liked", [True, False])
def test_a_like_count_is_shown_once(liked: bool) -> None:
    frame, _ = gallery.render(ENGLISH, Look("Popular", liked=liked), full_page())
    assert str(frame).count("4,741") == PER_PAGE
    (thing,) = full_page(1).things
    for card in (
        thing_details.compact(ENGLISH, thing),
        thing_details.shared(ENGLISH, thing, by=1),
        thing_details.full(ENGLISH, Details(id=1, like_count=4_741, title="Gears"), []),
        thing_summary.after_like(ENGLISH, thing, wanted=True, changed=True, shown=True, maker="mira"),
    ):
        assert str(card).count("4,741") == 1


@pytest.mark.parametrize("offset", [0, 5, 10, 15, 20, 25, 29, 30, 1_000, LAST])
def test_buttons_from_when_a_page_had_five_designs_lead_to_their_design(offset: int) -> None:
    page = full_page(offset=offset)
    assert (30 if offset in {LAST, 30, 1_000} else offset + 1) in {thing.id for thing in page.things}
    assert page.before is None or page.before.offset == page.position.offset - PER_PAGE
    assert page.after is not None
    assert page.number == page.position.offset // PER_PAGE + 1
    check_limits(gallery.render(ENGLISH, Look("Popular", can_hand_over=True), page))


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("Creative Commons - Attribution", "CC BY"),
        ("Creative Commons - Attribution - Share Alike", "CC BY-SA"),
        ("Attribution-NonCommercial-ShareAlike", "CC BY-NC-SA"),
        ("Creative Commons - Attribution - No Derivatives", "CC BY-ND"),
        ("Creative Commons - Attribution - Non-Commercial - No Derivatives", "CC BY-NC-ND"),
        ("Creative Commons - Public Domain Dedication", "Public domain"),
        ("GNU - LGPL", "LGPL"),
        ("BSD License", "BSD"),
        ("All Rights Reserved", "All rights reserved"),
        ("Somebody's Own License 1.0", "Somebody's Own License…"),
    ],
)
def test_a_license_has_a_short_name(full: str, short: str) -> None:
    assert licenses.short(ENGLISH, full) == short


@pytest.mark.parametrize("code", TEXTS.codes)
def test_every_card_fits_in_each_language(code: str) -> None:
    language = TEXTS.language(code)
    language.commands.learn({})
    look = Look("Search: " + "x" * 50, ("-# a note",) * 2, NOW, can_hand_over=True)
    everything = dict.fromkeys(("links", "attempts", "likes", "deeds", "preferences", "shares", "previews"), 10**6)
    rules = [(rule.what, rule.why, rule.until) for rule in RULES]
    offer = LinkOffer("https://w/authorize", Attempt(1, b"", NOW, NOW, then_like=1), _link("x" * 100), crowded=True)
    for card in (
        gallery.render(language, look, full_page(offset=4)),
        help.card(language, linked=False, install_url="https://w/install", support_url="https://w/help"),
        privacy.card(language, everything, policy_url="https://w/policy"),
        privacy.details(language, rules, policy_url="https://w/policy"),
        linking.start(language, offer, wish="x" * 100, approved=False, sent=True, in_dm=True, because="x" * 100),
    ):
        check_limits(card)
        assert card[0]["type"] == 17


@given(things, st.booleans(), st.booleans(), st.booleans(), nasty)
def test_a_card_fits(thing: Thing, wanted: bool, changed: bool, shown: bool, maker: str) -> None:
    remove = button("Remove", "t1:remove:1")
    for small in (
        thing_details.compact(ENGLISH, thing, remove),
        thing_details.shared(ENGLISH, thing, by=2**63, note=maker),
    ):
        check_limits(small)
    card = thing_summary.after_like(ENGLISH, thing, wanted=wanted, changed=changed, shown=shown, maker=maker)
    check_limits(card)
    if not shown and thing.name:
        assert thing.name not in str(card) or len(thing.name) < 20


@given(designs, st.lists(pictures, max_size=20), st.booleans(), st.booleans())
def test_a_full_card_fits(thing: Details, given_: list[Picture], sharable: bool, again: bool) -> None:
    check_limits(thing_details.full(ENGLISH, thing, given_, sharable=sharable, again=again))


@given(designs, st.lists(st.builds(File, title=nasty, size=counts, public_url=st.none() | nasty), max_size=40))
def test_a_list_of_files_fits(thing: Details, files: list[File]) -> None:
    check_limits(thing_details.files(ENGLISH, thing, files))


@given(st.none() | things, st.integers(0, 10**9), st.lists(st.integers(1, 2**63), max_size=20), st.booleans())
def test_who_likes_it_fits(thing: Thing | None, count: int, people: list[int], shows: bool) -> None:
    check_limits(who_likes.card(ENGLISH, 10**12, thing, Likers(count, tuple(people), shows)))


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
    needs = tuple(doctor.NEEDS)
    troubles = (doctor.ONLY_MODERATED_TAGS, doctor.TOO_MANY_THREADS)
    channels = [doctor.Channel(2**63 - n, doctor.PREVIEWED, True, (), needs) for n in range(12)]
    channels.append(doctor.Channel(1, doctor.SHOWCASE, True, (), needs, troubles))
    health = doctor.Health(
        commands=False, message_content=False, trouble=Unreachable("closed", since=NOW), timed_out_until=NOW
    )
    check_limits(doctor.card(TEXTS.language(code), channels, health))


def _link(name: str) -> Link:
    return Link(1, 2**62, name, None, b"", NOW)


@given(nasty, nasty, st.none() | nasty, st.booleans())
def test_the_cards_of_linking_fit(name: str, wish: str, replaces: str | None, flag: bool) -> None:
    attempt = Attempt(1, b"", NOW, NOW, then_like=1, then_save=2 if flag else None)
    account = Parked(b"", 2**62, name, None, flag)
    given_: list[list[Any]] = [
        linking.start(
            ENGLISH,
            LinkOffer("https://w/authorize", attempt, _link(name), crowded=flag),
            wish=wish,
            approved=False,
        ),
        linking.confirm(
            ENGLISH,
            Candidate(account, None if replaces is None else _link(replaces), shared=flag),
            url="https://w/x",
            by_dm=True,
        ),
        linking.account(ENGLISH, Standing(_link(name), None, others=10**6), url="https://w/x", liked=10**9),
        linking.confirm_unlink(ENGLISH, maker=name),
        linking.kept(ENGLISH, maker=name),
        linking.exposed(ENGLISH, deleted=flag, revoke_url="https://w/apps"),
        linking.unlinked(ENGLISH, was_linked=True, revoke_url="https://w/apps"),
        help.card(ENGLISH, linked=False, install_url="https://w/install", support_url="https://w/help"),
    ]
    for card in given_:
        check_limits(card)
