"""An index on the bytes of each link's token that name the key it is encrypted with."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("ix_links_token_head", "links", [sa.text("substr(token, 1, 5)")])
