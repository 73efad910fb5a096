"""Whether a link's reply had a state. Designs that were looked at in private leave the index."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("links", sa.Column("with_state", sa.Boolean))
    # it isn't known which were shown in public; they return when they're shown again
    op.execute("DELETE FROM things")
