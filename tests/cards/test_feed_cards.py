"""Cards of feeds stay within Discord's limits, in every language, for the most extreme designs and options."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards import feed_options, feed_panels, feeds, follow
from cards.feed_lines import REASONS, STOPS, line, where_it_stopped
from cards.feed_names import feed_name
from cards.feed_options import ForumTag
from cards.searches import LICENSES
from feed_records import FeedOptions, FeedSource, Subscription, WhyNot
from tests.limits import check_limits
from texts import Texts
from thingiverse.models import Maker, Thing

TEXTS = Texts()
NOW = datetime(2026, 5, 1, tzinfo=UTC)
LANGUAGES = [TEXTS.language(code) for code in TEXTS.codes]

nasty = st.one_of(
    st.text(max_size=300),
    st.sampled_from(["*" * 300, "@everyone " * 30, "א" * 300, "\n" * 300, "<@1>" * 90, "😀" * 300, "[x](y)" * 60, ""]),
)
things = st.builds(
    Thing,
    id=st.integers(1, 2**63 - 1),
    title=st.none() | nasty,
    maker=st.none() | st.builds(Maker, number=st.integers(0, 2**62), login=st.none() | nasty),
    thumbnail=st.none() | nasty.map(lambda text: f"https://{text}"),
    like_count=st.none() | st.integers(-1, 10**15),
    nsfw=st.booleans(),
    ai=st.booleans(),
    is_wip=st.booleans(),
)
sources = st.builds(
    FeedSource,
    kind=st.sampled_from(["tag", "maker", "words", "category", "collection", "popular"]),
    value=nasty,
    name=nasty,
    license=st.sampled_from(["", *LICENSES]),
    category=st.integers(0, 999),
    has_makes=st.booleans(),
    remixes=st.none() | st.booleans(),
)
names = st.lists(nasty.map(lambda text: text[:100]), max_size=20).map(tuple)
options = st.builds(
    FeedOptions,
    every=st.sampled_from(["design", "day", "week"]),
    hour=st.integers(0, 23),
    weekday=st.integers(0, 6),
    zone=st.sampled_from(["UTC", "America/Argentina/ComodRivadavia"]),
    quiet_from=st.none() | st.integers(0, 23),
    quiet_until=st.none() | st.integers(0, 23),
    role=st.sampled_from([0, 2**63 - 1]),
    likes=st.integers(0, 10_000),
    no_ai=st.booleans(),
    without_makers=names,
    without_tags=names,
    silent=st.booleans(),
    forum_tags=st.lists(st.integers(1, 9), max_size=5, unique=True).map(tuple),
)
followed = st.builds(
    Subscription,
    feed=st.integers(1, 2**63 - 1),
    guild=st.just(1),
    channel=st.integers(1, 2**63 - 1),
    target=st.sampled_from(["channel", "thread", "forum", "announcement"]),
    source=sources,
    options=options,
    state=st.sampled_from(["ok", "paused", "suspended"]),
    reason=st.none() | st.sampled_from(list(REASONS)),
    since=st.none() | st.just(NOW),
    started_at=st.just(NOW),
    posted_at=st.none() | st.just(NOW),
    filtered=st.integers(0, 10**9),
    uncertain=st.integers(0, 10**9),
    checked_at=st.none() | st.just(NOW),
)
languages = st.sampled_from(LANGUAGES)


@given(languages, sources, things, st.sampled_from([0, 2**63 - 1]))
def test_a_post_fits(language: Any, source: FeedSource, thing: Thing, role: int) -> None:
    made = feeds.design(language, source, thing, role=role)
    check_limits(made)
    assert "id" not in made[0], "the sender marks it"
    assert 1 <= len(feeds.post_title(language, source, [thing])) <= 100


@given(languages, sources, st.lists(things, min_size=1, max_size=25), st.integers(0, 10**6))
def test_a_digest_fits(language: Any, source: FeedSource, listed: list[Thing], left_out: int) -> None:
    made = feeds.digest(language, source, listed, left_out=left_out, role=2**63 - 1)
    check_limits(made)
    (select,) = [part["components"][0] for part in made[0]["components"] if part["type"] == 1]
    assert {option["value"] for option in select["options"]} == {str(thing.id) for thing in listed}
    assert all(1 <= len(option["label"]) <= 100 for option in select["options"])
    assert 1 <= len(feeds.post_title(language, source, listed, left_out=left_out)) <= 100


@given(languages, st.lists(followed, max_size=25, unique_by=lambda feed: feed.feed), st.integers(-1, 9), st.booleans())
def test_a_list_of_feeds_fits(language: Any, listed: list[Subscription], page: int, personal: bool) -> None:
    notices = None if personal else 2**63
    check_limits(feed_panels.listed(language, listed, page, personal=personal, note="x" * 100, notices=notices))


@given(languages, followed, st.lists(st.builds(ForumTag, st.integers(1, 9), nasty), max_size=20))
def test_the_panels_of_a_feed_fit(language: Any, feed: Subscription, tags: list[ForumTag]) -> None:
    note = "**" + "x" * 200 + "**"
    for card in (
        feed_panels.one(language, feed, note=note),
        feed_panels.remove(language, feed),
        feed_panels.move(language, feed),
        feed_options.panel(language, feed, forum_tags=tags, note=note),
        feeds.stopped(language, feed, feed.reason or "refused"),
        feeds.stopped(language, feed, feed.reason or "refused", here=False),
        feeds.capped(language, feed, 50),
        feeds.caught_up(language, feed, 10**6),
    ):
        check_limits(card)


@given(languages, followed, st.lists(things, max_size=3, unique_by=lambda thing: thing.id))
def test_the_answer_to_follow_fits(language: Any, feed: Subscription, newest: list[Thing]) -> None:
    check_limits(follow.followed(language, feed, newest))
    check_limits(follow.begun(language, feed.source))


@given(languages, sources)
def test_a_name_of_others_has_no_markdown(language: Any, source: FeedSource) -> None:
    assert "\n" not in feed_name(language, source)


@pytest.mark.parametrize("stop", [*STOPS, "posted"])
def test_each_stop_has_a_sentence(stop: Any) -> None:
    for language in LANGUAGES:
        for found in (WhyNot(stop, "5", NOW), WhyNot(stop)):
            said = where_it_stopped(language, found)
            assert said
            assert "{" not in said


@pytest.mark.parametrize("reason", list(REASONS))
@pytest.mark.parametrize("state", ["suspended", "paused"])
def test_each_reason_has_a_sentence(reason: Any, state: Any) -> None:
    feed = Subscription(
        guild=1, channel=7, source=FeedSource(kind="tag", value="x"), state=state, reason=reason, started_at=NOW
    )
    for language in LANGUAGES:
        assert "{" not in line(language, feed)


def test_a_line_says_how_a_feed_is() -> None:
    feed = Subscription(
        guild=1,
        channel=7,
        source=FeedSource(kind="tag", value="x"),
        started_at=NOW,
        checked_at=NOW,
        posted_at=NOW,
        filtered=3,
        uncertain=1,
    )
    when = f"<t:{int(NOW.timestamp())}:R>"
    said = line(TEXTS.english, feed)
    assert said == f"OK · checked {when} · posted {when} · 3 filtered out · 1 post may be missing"
