"""What was purged when, and which notices are held back from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty, and the table."""
    op.add_column("assignments", sa.Column("purged_at", sa.BigInteger))
    op.add_column("receipts", sa.Column("purged_at", sa.BigInteger))
    op.create_table(
        "holds",
        sa.Column("notice_id", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("holds")
    with op.batch_alter_table("receipts") as table:
        table.drop_column("purged_at")
    with op.batch_alter_table("assignments") as table:
        table.drop_column("purged_at")
