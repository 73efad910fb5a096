"""Numbers of feeds for Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Gauge

from feed_records import FeedCounts


class FeedMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.feeds = Gauge("thingamabot_feeds", "Feeds", ["state"], registry=registry)
        self.outbox = Gauge("thingamabot_feed_outbox", "Designs found for feeds", ["state"], registry=registry)
        self.oldest = Gauge(
            "thingamabot_feed_outbox_oldest_seconds", "How long the oldest post has been due", registry=registry
        )
        self.age = Gauge(
            "thingamabot_feed_age_seconds", "Since new designs were last read from Thingiverse", registry=registry
        )
        self.queries = Gauge("thingamabot_feed_queries", "Queries that feeds are read from", registry=registry)

    def show(self, counts: FeedCounts, now: datetime | None = None) -> None:
        now = now or datetime.now(UTC)
        for gauge, states in ((self.feeds, counts.feeds), (self.outbox, counts.outbox)):
            gauge.clear()  # a state that nothing is in anymore
            for state, count in states.items():
                gauge.labels(state).set(count)
        self.oldest.set(_since(counts.oldest_ready, now))
        self.age.set(_since(counts.checked_at, now))
        self.queries.set(counts.queries)


def _since(moment: datetime | None, now: datetime) -> float:
    """In seconds; 0 if there's nothing to count from."""
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
