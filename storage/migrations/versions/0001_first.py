"""Links, attempts, likes, meta."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("maker_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("maker_name", sa.Text, nullable=False),
        sa.Column("maker_picture", sa.Text),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("linked_at", sa.BigInteger, nullable=False),
        sa.Column("dead_at", sa.BigInteger),
    )
    op.create_table(
        "attempts",
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state_hash", sa.LargeBinary, nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("then_like", sa.BigInteger),
        sa.Column("parked_token", sa.LargeBinary),
        sa.Column("parked_maker_id", sa.BigInteger),
        sa.Column("parked_maker_name", sa.Text),
        sa.Column("parked_maker_picture", sa.Text),
        sa.Column("parked_audience_checked", sa.Boolean),
        sa.UniqueConstraint("state_hash", name="uq_attempts_state_hash"),
    )
    op.create_table(
        "likes",
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("thing", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("guild", sa.BigInteger),
        sa.Column("liked_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_likes_guild_liked_at", "likes", ["guild", "liked_at"])
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
