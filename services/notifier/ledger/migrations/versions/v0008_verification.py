"""Endpoints that have to prove that they want their office's copies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Endpoints that are there count as verified."""
    op.add_column("endpoints", sa.Column("unverified_since", sa.BigInteger))
    op.create_table(
        "challenges",
        sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.endpoint_id"), primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("digest", sa.Text),
        sa.Column("ends_at", sa.BigInteger),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("reason", sa.Text),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index("challenges_due", "challenges", ["due_at"], sqlite_where=due, postgresql_where=due)


def downgrade() -> None:
    """Forget them. What was never verified is paused: a version before this would hold nothing for it."""
    op.execute("UPDATE endpoints SET state = 'paused' WHERE state = 'unverified'")
    op.execute("UPDATE deliveries SET reason = 'paused' WHERE status = 'held' AND reason = 'unverified'")
    op.drop_table("challenges")
    op.drop_column("endpoints", "unverified_since")
