"""For makers and collectors: the collection of a save, and makers' daily counts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("deeds", sa.Column("collection", sa.BigInteger))
    op.add_column("deeds", sa.Column("collection_name", sa.Text))
    op.create_table(
        "design_reports",
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("daily", sa.Boolean, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
    )
    op.create_table(
        "design_counts",
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
        sa.Column("maker_id", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
    )
