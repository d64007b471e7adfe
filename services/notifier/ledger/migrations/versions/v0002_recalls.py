"""Recalls, and the messages that tell offices of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of recalls, and what makes an assignment's row a recall message."""
    op.create_table(
        "recalls",
        sa.Column("recall_id", sa.Text, primary_key=True),
        sa.Column("notice_id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("traceparent", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("recalls_by_notice", "recalls", ["notice_id"])
    op.add_column("assignments", sa.Column("recall_id", sa.Text))
    op.add_column("assignments", sa.Column("recalled_assignment_id", sa.Text))
    spoken_of = sa.text("recalled_assignment_id IS NOT NULL")
    op.create_index(
        "assignments_recalled",
        "assignments",
        ["recalled_assignment_id"],
        sqlite_where=spoken_of,
        postgresql_where=spoken_of,
    )


def downgrade() -> None:
    """Drop what was added, the messages of recalls included."""
    op.execute(
        "DELETE FROM attempts WHERE delivery_id IN (SELECT delivery_id FROM deliveries JOIN assignments "
        "ON assignments.assignment_id = deliveries.assignment_id WHERE recall_id IS NOT NULL)"
    )
    op.execute(
        "DELETE FROM deliveries WHERE assignment_id IN (SELECT assignment_id FROM assignments "
        "WHERE recall_id IS NOT NULL)"
    )
    op.execute("DELETE FROM assignments WHERE recall_id IS NOT NULL")
    op.drop_index("assignments_recalled", table_name="assignments")
    op.drop_column("assignments", "recalled_assignment_id")
    op.drop_column("assignments", "recall_id")
    op.drop_index("recalls_by_notice", table_name="recalls")
    op.drop_table("recalls")
