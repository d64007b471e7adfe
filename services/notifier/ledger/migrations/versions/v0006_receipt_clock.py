"""What offices owe once they have their copies, and the messages about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the clocks, the issuers' digests, and what makes an assignment's row a message about one."""
    op.add_column("assignments", sa.Column("about", sa.Text))
    op.create_table(
        "arrived",
        sa.Column("assignment_id", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "clocks",
        sa.Column("assignment_id", sa.Text, primary_key=True),
        sa.Column("track", sa.Text, primary_key=True),
        sa.Column("notice_id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("recipient_id", sa.Text, nullable=False),
        sa.Column("issuer_id", sa.Text),
        sa.Column("delivered_at", sa.BigInteger, nullable=False),
        sa.Column("owed_at", sa.BigInteger),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("settled", sa.Text),
        sa.Column("digest_id", sa.Text),
        sa.Column("detail", sa.Text),
    )
    op.create_index("clocks_by_notice", "clocks", ["notice_id"])
    _index_where("clocks_due", "clocks", "due_at", "due_at IS NOT NULL")
    _index_where("clocks_owed", "clocks", "owed_at", "settled IS NULL")
    op.create_table(
        "digests",
        sa.Column("issuer_id", sa.Text, primary_key=True),
        sa.Column("notice_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("due_at", sa.BigInteger),
    )
    _index_where("digests_due", "digests", "due_at", "due_at IS NOT NULL")


def downgrade() -> None:
    """Drop what was added, the messages included."""
    ours = "(SELECT assignment_id FROM assignments WHERE about IS NOT NULL)"
    op.execute(
        "DELETE FROM attempts WHERE delivery_id IN (SELECT delivery_id FROM deliveries "  # noqa: S608 (from the code)
        f"WHERE assignment_id IN {ours})"
    )
    op.execute(f"DELETE FROM deliveries WHERE assignment_id IN {ours}")  # noqa: S608
    op.execute("DELETE FROM assignments WHERE about IS NOT NULL")
    op.drop_table("digests")
    op.drop_table("clocks")
    op.drop_table("arrived")
    op.drop_column("assignments", "about")


def _index_where(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
