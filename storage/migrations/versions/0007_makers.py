"""For makers and collectors: the collection of a save in people's activity."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deeds", sa.Column("collection", sa.BigInteger))
    op.add_column("deeds", sa.Column("collection_name", sa.Text))
