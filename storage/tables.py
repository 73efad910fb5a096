"""All tables. A column with a person's Discord ID is always called `person`."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    literal_column,
)

from storage.vault import HEAD_BYTES


def from_milliseconds(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)


class Moment(TypeDecorator[datetime]):
    """A time with its zone, stored as milliseconds since 1970 on both engines."""

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


def head_of(column: Column[bytes]) -> ColumnElement[bytes]:
    """The bytes of an encrypted value that name its key. The numbers are literals, or the index isn't used."""
    return func.substr(column, literal_column("1"), literal_column(str(HEAD_BYTES)), type_=LargeBinary)


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
    Column("with_state", Boolean),  # whether Thingiverse's reply had a state
)
Index("ix_links_token_head", head_of(links.c.token))  # for Seals.keys_in_use

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
    Column("locale", Text),  # the language for replies in DMs, where Discord doesn't say it
    Column("asked_as", Text),
    Column("state_used_at", Moment),
    Column("parked_until", Moment),
    Column("parked_browser_hash", LargeBinary, index=True),
    Column("parked_sign_in_hash", LargeBinary),
    Column("parked_proven", Boolean),
    Column("then_save", BigInteger),
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

# Designs the bot has shown in public, for suggestions. Words are searched with FTS5 on SQLite, and with a text search
# index on PostgreSQL. The migration creates them.
things = Table(
    "things",
    metadata,
    Column("thing", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("maker", Text, nullable=False),
    Column("maker_key", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False, index=True),
    Column("adult", Boolean, nullable=False),
    Column("card", Text, nullable=False),  # the design as JSON, as lists have it
    Column("seen_at", Moment, nullable=False, index=True),
)

# A Discord server's settings, written by `actions.servers`, without IDs of people.
servers = Table(
    "servers",
    metadata,
    Column("guild", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", Text, nullable=False),
    Column("left_at", Moment),
)

# People's own choices.
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

# Link previews, by the message with the link. Each is deleted with its message.
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

# Likes, unlikes, saves, and removals made through the bot. Two of one design in the same millisecond count as one.
history = Table(
    "deeds",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("done_at", Moment, primary_key=True, autoincrement=False, index=True),
    Column("thing", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("liked", Boolean, nullable=False),  # or saved; otherwise unliked or removed
    Column("maker_id", BigInteger, nullable=False),
    Column("collection", BigInteger),  # None for a like
    Column("collection_name", Text),
    Column("unsure", Boolean),  # begun, and nobody knows yet if it was done
)

# Makers whose designs are counted each day, because they used /my-designs.
design_reports = Table(
    "design_reports",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("locale", Text, nullable=False),
    Column("daily", Boolean, nullable=False),  # whether they get a DM
    Column("due_at", Moment, nullable=False, index=True),
    Column("used_at", Moment, nullable=False),
    Column("closed_at", Moment),  # when the DM was turned off because it couldn't be sent
)

# The first count of each day, in UTC.
design_counts = Table(
    "design_counts",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Moment, primary_key=True, autoincrement=False, index=True),
    Column("maker_id", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),  # JSON, by design
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
