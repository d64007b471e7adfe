"""A delivery that is tried again by hand begins its schedule anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add how many attempts were made before the schedule was last begun."""
    op.add_column("deliveries", sa.Column("attempts_before", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("deliveries", "attempts_before")
