"""The design that someone wants to save once they're linked, and saves of which it isn't known if they were done."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("then_save", sa.BigInteger))
    op.add_column("deeds", sa.Column("unsure", sa.Boolean))
