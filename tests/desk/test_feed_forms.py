"""The forms of feeds: what Discord takes, and what is read from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.feed_forms import LIKES, MAKERS, QUIET, TAGS, ZONE, options_form, options_from, time_zone, why_form
from errors import BotError
from feed_records import FeedOptions
from texts import Texts

TEXTS = Texts()
LONGEST_LABEL, LONGEST_HINT = 45, 100  # Discord's
FULL = FeedOptions(
    zone="America/Argentina/ComodRivadavia",
    quiet_from=22,
    quiet_until=7,
    likes=10_000,
    without_makers=("x" * 100,) * 20,
    without_tags=("y" * 100,) * 20,
)


@pytest.mark.parametrize("code", TEXTS.codes)
@pytest.mark.parametrize("options", [FeedOptions(), FULL], ids=["empty", "full"])
async def test_discord_takes_the_forms_in_each_language(code: str, options: FeedOptions) -> None:
    language = TEXTS.language(code)
    for form in (options_form(language, 2**63 - 1, options), why_form(language, 2**63 - 1)):
        sent = form.to_dict()
        assert len(sent["title"]) <= LONGEST_LABEL
        assert len(sent["custom_id"]) <= 100
        assert len(sent["components"]) <= 5
        for label in sent["components"]:
            assert 1 <= len(label["label"]) <= LONGEST_LABEL
            assert len(label.get("description") or "") <= LONGEST_HINT
            field = label["component"]
            assert len(field.get("value") or "") <= field["max_length"] <= 4_000


@pytest.mark.parametrize(
    ("given_", "zone"),
    [
        ("", "UTC"),
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/berlin ", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
        ("Asia/Tokyo", "Asia/Tokyo"),
    ],
)
def test_a_time_zone_is_known_by_its_city(given_: str, zone: str) -> None:
    assert time_zone(given_) == zone


@pytest.mark.parametrize(
    ("typed", "hours"),
    [("22-7", (22, 7)), ("22:00 - 07:00", (22, 7)), ("0–24", None), ("9 to 17", (9, 17)), ("", (None, None))],
)
def test_quiet_hours_are_read_as_people_write_them(typed: str, hours: tuple[int | None, int | None] | None) -> None:
    if hours is None:
        with pytest.raises(BotError):
            options_from(FeedOptions(), {QUIET: typed})
        return
    read = options_from(FeedOptions(), {QUIET: typed})
    assert (read.quiet_from, read.quiet_until) == hours


@given(st.fixed_dictionaries({name: st.text(max_size=1_000) for name in (ZONE, QUIET, LIKES, MAKERS, TAGS)}))
def test_whatever_is_typed_is_read_or_refused(fields: dict[str, str]) -> None:
    try:
        read = options_from(FeedOptions(), fields)
    except BotError:
        return
    assert 0 <= read.likes <= 10_000
    assert len(read.without_makers) <= 20
    assert len(read.without_tags) <= 20
    assert all(0 < len(name) <= 100 for name in (*read.without_makers, *read.without_tags))
    assert (read.quiet_from is None) == (read.quiet_until is None)


def test_makers_and_tags_to_leave_out_may_be_links() -> None:
    site = "https://www.thingiverse.com"
    typed = {MAKERS: f"{site}/mira/designs, @tobias.k", TAGS: f"#gear,{site}/tag:desk%20lamp"}
    options = options_from(FeedOptions(), typed)
    assert (options.without_makers, options.without_tags) == (("mira", "tobias.k"), ("gear", "desk lamp"))
    for field in (MAKERS, TAGS):
        with pytest.raises(BotError):
            options_from(FeedOptions(), {field: f"{site}/thing:5"})
