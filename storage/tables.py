"""Every table, declared once. A column that holds a person's Discord id is called `person`, wherever it is."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


def from_milliseconds(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as milliseconds since 1970 on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        return round(value.timestamp() * 1000)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_milliseconds(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

links = Table(
    "links",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("maker_id", BigInteger, nullable=False, index=True),
    Column("maker_name", Text, nullable=False),
    Column("maker_picture", Text),
    Column("token", LargeBinary, nullable=False),
    Column("linked_at", Moment, nullable=False),
    Column("dead_at", Moment),
)

attempts = Table(
    "attempts",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("state_hash", LargeBinary, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("then_like", BigInteger),
    Column("parked_token", LargeBinary),
    Column("parked_maker_id", BigInteger),
    Column("parked_maker_name", Text),
    Column("parked_maker_picture", Text),
    Column("parked_audience_checked", Boolean),
    Column("locale", Text),  # the language to answer in, for a DM has none
    Column("asked_as", Text),
    Column("state_used_at", Moment),
    Column("parked_until", Moment),
    Column("parked_browser_hash", LargeBinary, index=True),
    Column("parked_sign_in_hash", LargeBinary),
    Column("parked_proven", Boolean),
    UniqueConstraint("state_hash"),
)

likes = Table(
    "likes",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("thing", BigInteger, primary_key=True, autoincrement=False, index=True),
    Column("name", Text, nullable=False),
    Column("guild", BigInteger),
    Column("liked_at", Moment, nullable=False),
    Index("ix_likes_guild_liked_at", "guild", "liked_at"),
)

# The designs that the bot has shown, to be found again without asking Thingiverse. The words are searched by what
# only the engines know (see the migration): FTS5 on SQLite, a text search index on PostgreSQL.
things = Table(
    "things",
    metadata,
    Column("thing", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("maker", Text, nullable=False),
    Column("maker_key", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False, index=True),
    Column("adult", Boolean, nullable=False),
    Column("card", Text, nullable=False),  # as lists show it
    Column("seen_at", Moment, nullable=False, index=True),
)

# A Discord server's settings, as `actions.servers` writes them; no person's id among them.
servers = Table(
    "servers",
    metadata,
    Column("guild", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", Text, nullable=False),
    Column("left_at", Moment),
)

# What people have chosen for themselves.
preferences = Table(
    "preferences",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("no_previews", Boolean, nullable=False),
    Column("shows_likes", Boolean, nullable=False),
)

shares = Table(
    "shares",
    metadata,
    Column("guild", BigInteger, primary_key=True, autoincrement=False),
    Column("thing", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, nullable=False, index=True),
    Column("channel", BigInteger, nullable=False),
    Column("message", BigInteger, nullable=False),
    Column("shared_at", Moment, nullable=False, index=True),
)

# The cards under posted addresses, each by the message it belongs to and goes with.
previews = Table(
    "previews",
    metadata,
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("guild", BigInteger, nullable=False),
    Column("channel", BigInteger, nullable=False),
    Column("card", BigInteger, nullable=False),
    Column("person", BigInteger, nullable=False, index=True),
    Column("thing", BigInteger, nullable=False),
    Column("shown_at", Moment, nullable=False, index=True),
)

# What was done in a person's name. Two actions in one millisecond with one design are one.
deeds = Table(
    "deeds",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("done_at", Moment, primary_key=True, autoincrement=False, index=True),
    Column("thing", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("liked", Boolean, nullable=False),
    Column("maker_id", BigInteger, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
