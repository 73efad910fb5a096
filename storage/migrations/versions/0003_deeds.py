"""The history of likes and unlikes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "deeds",
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("done_at", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
        sa.Column("thing", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("liked", sa.Boolean, nullable=False),
        sa.Column("maker_id", sa.BigInteger, nullable=False),
    )
