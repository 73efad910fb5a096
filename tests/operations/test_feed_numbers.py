"""What operators read about feeds: a line of `check`, and numbers for Prometheus."""

from __future__ import annotations

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry

from feed_records import FeedCounts
from operations.database_checks import of_feeds
from operations.feed_metrics import FeedMetrics
from tests.storage.records import NOW


def counts(
    *,
    feeds: dict[str, int] | None = None,
    outbox: dict[str, int] | None = None,
    oldest: datetime | None = None,
    checked: datetime | None = NOW,
    failing: datetime | None = None,
) -> FeedCounts:
    return FeedCounts({"ok": 3, "suspended": 1} if feeds is None else feeds, outbox or {}, oldest, 2, checked, failing)


def test_check_says_how_feeds_are() -> None:
    assert of_feeds(counts(feeds={}), NOW) is None
    well = of_feeds(counts(outbox={"ready": 2, "claimed": 1, "sent": 9, "uncertain": 1}), NOW)
    assert well is not None
    assert well.how == "well"
    assert well.what == "4 feeds, 1 of them suspended; 3 posts waiting; 1 posts may not have arrived"
    hour = NOW - timedelta(hours=1)
    for bad, said in (
        (counts(failing=hour), "Thingiverse hasn't answered for feeds since 2026-05-01 11:00 UTC"),
        (counts(checked=hour), "new designs were last read at 2026-05-01 11:00 UTC"),
        (counts(oldest=hour), "the oldest since 2026-05-01 11:00 UTC"),
    ):
        finding = of_feeds(bad, NOW)
        assert finding is not None
        assert finding.how == "warning"
        assert said in finding.what


def test_the_numbers_follow_what_is_there() -> None:
    registry = CollectorRegistry()
    metrics = FeedMetrics(registry)
    metrics.show(counts(outbox={"ready": 5}, oldest=NOW - timedelta(seconds=30)), NOW + timedelta(seconds=9))
    assert registry.get_sample_value("thingamabot_feeds", {"state": "suspended"}) == 1
    assert registry.get_sample_value("thingamabot_feed_outbox", {"state": "ready"}) == 5
    assert registry.get_sample_value("thingamabot_feed_outbox_oldest_seconds") == 39
    assert registry.get_sample_value("thingamabot_feed_age_seconds") == 9
    metrics.show(counts(feeds={}, checked=None), NOW)
    assert registry.get_sample_value("thingamabot_feeds", {"state": "suspended"}) is None
    assert registry.get_sample_value("thingamabot_feed_age_seconds") == 0
