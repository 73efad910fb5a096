"""Designs that were shown, servers, preferences, shares, previews."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Search ignores accents, and has an index for the first two and three letters.
_SQLITE_WORDS = (
    "CREATE VIRTUAL TABLE things_words USING fts5(name, maker, content='things', content_rowid='thing', "
    "tokenize='unicode61 remove_diacritics 2', prefix='1 2 3')",
    "CREATE TRIGGER things_words_insert AFTER INSERT ON things BEGIN "
    "INSERT INTO things_words(rowid, name, maker) VALUES (new.thing, new.name, new.maker); END",
    "CREATE TRIGGER things_words_delete AFTER DELETE ON things BEGIN "
    "INSERT INTO things_words(things_words, rowid, name, maker) "
    "VALUES ('delete', old.thing, old.name, old.maker); END",
    "CREATE TRIGGER things_words_update AFTER UPDATE OF name, maker ON things "
    "WHEN old.name <> new.name OR old.maker <> new.maker BEGIN "
    "INSERT INTO things_words(things_words, rowid, name, maker) "
    "VALUES ('delete', old.thing, old.name, old.maker); "
    "INSERT INTO things_words(rowid, name, maker) VALUES (new.thing, new.name, new.maker); END",
)
_POSTGRESQL_WORDS = "CREATE INDEX ix_things_words ON things USING gin (to_tsvector('simple', name || ' ' || maker))"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("locale", sa.Text))
    _things()
    _servers()
    _people()


def _things() -> None:
    op.create_table(
        "things",
        sa.Column("thing", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("maker", sa.Text, nullable=False),
        sa.Column("maker_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("adult", sa.Boolean, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_index("ix_things_maker_key", "things", ["maker_key"])
    for statement in _SQLITE_WORDS if op.get_bind().dialect.name == "sqlite" else (_POSTGRESQL_WORDS,):
        op.execute(statement)


def _servers() -> None:
    op.create_table(
        "servers",
        sa.Column("guild", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("left_at", sa.BigInteger),
    )


def _people() -> None:
    op.create_table(
        "preferences",
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("no_previews", sa.Boolean, nullable=False),
        sa.Column("shows_likes", sa.Boolean, nullable=False),
    )
    op.create_table(
        "shares",
        sa.Column("guild", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("thing", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("person", sa.BigInteger, nullable=False, index=True),
        sa.Column("channel", sa.BigInteger, nullable=False),
        sa.Column("message", sa.BigInteger, nullable=False),
        sa.Column("shared_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "previews",
        sa.Column("message", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("guild", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.BigInteger, nullable=False),
        sa.Column("card", sa.BigInteger, nullable=False),
        sa.Column("person", sa.BigInteger, nullable=False, index=True),
        sa.Column("thing", sa.BigInteger, nullable=False),
        sa.Column("shown_at", sa.BigInteger, nullable=False, index=True),
    )
