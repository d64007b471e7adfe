"""Deliveries that leave in one message at the end of a window."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of bundles, and let deliveries name theirs."""
    op.create_table(
        "bundles",
        sa.Column("endpoint_id", sa.Text, primary_key=True),
        sa.Column("ends_at", sa.BigInteger, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("bundle_id", sa.Text, nullable=False, unique=True),
        sa.Column("members", sa.Integer, nullable=False),
        sa.Column("closed", sa.Integer, nullable=False, server_default="0"),
    )
    op.add_column("deliveries", sa.Column("bundle_id", sa.Text))
    named = sa.text("bundle_id IS NOT NULL")
    op.create_index("deliveries_by_bundle", "deliveries", ["bundle_id"], sqlite_where=named, postgresql_where=named)
