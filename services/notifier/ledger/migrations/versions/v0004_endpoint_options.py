"""What an office chose for its endpoint, its sealed credentials, the secret before the present one, and its health."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. Endpoints that are there get every default."""
    for column in _added():
        op.add_column("endpoints", column)


def downgrade() -> None:
    """Drop them."""
    for column in reversed(_added()):
        op.drop_column("endpoints", column.name)


def _added() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("options", sa.Text),
        sa.Column("secret_before", sa.Text),
        sa.Column("secret_before_until", sa.BigInteger),
        sa.Column("credentials", sa.Text),
        sa.Column("place", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failing_since", sa.BigInteger),
    )
