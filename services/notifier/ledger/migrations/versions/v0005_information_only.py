"""A mailbox may do without copies for information only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add since when an endpoint takes no copies for information only."""
    op.add_column("endpoints", sa.Column("no_information_since", sa.BigInteger))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("endpoints", "no_information_since")
