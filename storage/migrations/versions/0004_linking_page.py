"""Attempts whose reply arrives through the linking page."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("asked_as", sa.Text))
    op.add_column("attempts", sa.Column("state_used_at", sa.BigInteger))
    op.add_column("attempts", sa.Column("parked_until", sa.BigInteger))
    op.add_column("attempts", sa.Column("parked_browser_hash", sa.LargeBinary))
    op.add_column("attempts", sa.Column("parked_sign_in_hash", sa.LargeBinary))
    op.add_column("attempts", sa.Column("parked_proven", sa.Boolean))
    op.create_index("ix_attempts_parked_browser_hash", "attempts", ["parked_browser_hash"])
