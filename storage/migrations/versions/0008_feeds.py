"""Feeds: what is followed, what was seen, what is to be posted, and which process does it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _feeds()
    _reading()
    _outbox()
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("feed", _ID, primary_key=True),
        sa.Column("guild", sa.BigInteger, index=True),
        sa.Column("person", sa.BigInteger, index=True),
        sa.Column("channel", sa.BigInteger, nullable=False, index=True),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("since", sa.BigInteger),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("again_at", sa.BigInteger),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("posted_at", sa.BigInteger),
        sa.Column("digest_at", sa.BigInteger, index=True),
        sa.Column("filtered", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )


def _reading() -> None:
    op.create_table(
        "feed_queries",
        sa.Column("query", sa.Text, primary_key=True),
        sa.Column("interval", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("began", sa.Boolean, nullable=False),
        sa.Column("checked_at", sa.BigInteger),
        sa.Column("newest_at", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("empty", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("until", sa.Integer, nullable=False),
        sa.Column("deepest", sa.Integer, nullable=False),
        sa.Column("missed", sa.Boolean, nullable=False),
    )
    op.create_table(
        "feed_seen",
        sa.Column("query", sa.Text, primary_key=True),
        sa.Column("thing", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "feed_things",
        sa.Column("thing", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False, index=True),
    )


def _outbox() -> None:
    op.create_table(
        "feed_outbox",
        sa.Column("feed", _ID, sa.ForeignKey("feeds.feed", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("thing", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("person", sa.BigInteger),
        sa.Column("channel", sa.BigInteger, nullable=False),
        sa.Column("post", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("digest", sa.Boolean, nullable=False),
        sa.Column("left_out", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("first_try_at", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("message", sa.BigInteger),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("publish", sa.Text),
    )
    for columns in (["person"], ["post"], ["done_at"], ["state", "due_at"], ["channel", "state"]):
        op.create_index(f"ix_feed_outbox_{'_'.join(columns)}", "feed_outbox", columns)
