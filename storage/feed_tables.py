"""The tables of feeds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from storage.tables import Moment, metadata

_Id = BigInteger().with_variant(Integer, "sqlite")

feeds = Table(
    "feeds",
    metadata,
    Column("feed", _Id, primary_key=True),
    Column("guild", BigInteger, index=True),
    Column("person", BigInteger, index=True),  # of a personal feed
    Column("channel", BigInteger, nullable=False, index=True),
    Column("target", Text, nullable=False),
    Column("source", Text, nullable=False),  # FeedSource as JSON
    Column("options", Text, nullable=False),  # FeedOptions as JSON
    Column("query", Text, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("since", Moment),
    Column("told", Boolean, nullable=False),  # whether the channel was told about the reason
    Column("tries", Integer, nullable=False),  # while it's suspended
    Column("again_at", Moment),  # when a suspended feed is tried again
    Column("started_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
    Column("posted_at", Moment),
    Column("digest_at", Moment, index=True),  # when collected designs are posted together
    Column("filtered", Integer, nullable=False),
    sqlite_autoincrement=True,  # a button of a removed feed must not reach another one
)

# What is read from Thingiverse for feeds: one row for each distinct query.
feed_queries = Table(
    "feed_queries",
    metadata,
    Column("query", Text, primary_key=True),
    Column("interval", Integer, nullable=False),  # seconds
    Column("due_at", Moment, nullable=False, index=True),
    Column("began", Boolean, nullable=False),  # whether what was there at first is stored
    Column("checked_at", Moment),
    Column("newest_at", Moment),  # when the newest design was published, by Thingiverse's clock
    Column("failing_since", Moment),
    Column("empty", Integer, nullable=False),  # polls in a row without anything new
    Column("page", Integer, nullable=False),  # to continue at
    Column("until", Integer, nullable=False),  # read at least to this page
    Column("deepest", Integer, nullable=False),  # page with something new, in this catch-up
    Column("missed", Boolean, nullable=False),  # whether it's catching up after an outage
)

feed_seen = Table(
    "feed_seen",
    metadata,
    Column("query", Text, primary_key=True),
    Column("thing", BigInteger, primary_key=True, autoincrement=False),
    Column("seen_at", Moment, nullable=False, index=True),
)

# Designs that matched a feed, as lists have them.
feed_things = Table(
    "feed_things",
    metadata,
    Column("thing", BigInteger, primary_key=True, autoincrement=False),
    Column("card", Text, nullable=False),  # JSON, with tags
    Column("published_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, index=True),
)

# One row for each design in a feed. Rows with the same post are one message.
feed_outbox = Table(
    "feed_outbox",
    metadata,
    Column("feed", _Id, ForeignKey("feeds.feed", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("thing", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, index=True),  # of a personal feed
    Column("channel", BigInteger, nullable=False),
    Column("post", BigInteger, index=True),  # none until it's decided which message it's in
    Column("state", Text, nullable=False),  # see storage/outbox.py
    Column("digest", Boolean, nullable=False),
    Column("left_out", Integer, nullable=False),  # designs that a digest doesn't show
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("epoch", BigInteger, nullable=False),  # of the lease it was claimed with
    Column("lease_until", Moment),
    Column("first_try_at", Moment),  # since then, it may have arrived
    Column("tries", Integer, nullable=False),
    Column("message", BigInteger),
    Column("done_at", Moment, index=True),
    Column("publish", Text),  # "wanted", "done", or "failed", in announcement channels
    Index("ix_feed_outbox_state_due_at", "state", "due_at"),
    Index("ix_feed_outbox_channel_state", "channel", "state"),
)

# Which process does what only one may do.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)
