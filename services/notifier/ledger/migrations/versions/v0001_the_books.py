"""The books: endpoints, assignments, deliveries, lanes, attempts, receipts, outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make all tables."""
    _make_endpoints()
    _make_assignments()
    _make_deliveries()
    _make_lanes()
    _make_attempts()
    _make_receipts()
    _make_outbox()


def downgrade() -> None:
    """Drop all tables."""
    for table in ("outbox", "receipts", "attempts", "lanes", "deliveries", "assignments", "endpoints"):
        op.drop_table(table)


def _make_endpoints() -> None:
    op.create_table(
        "endpoints",
        sa.Column("endpoint_id", sa.Text, primary_key=True),
        sa.Column("recipient_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("secret", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("endpoints_by_recipient", "endpoints", ["recipient_id"])


def _make_assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("assignment_id", sa.Text, primary_key=True),
        sa.Column("notice_id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("recipient_id", sa.Text, nullable=False),
        sa.Column("recipient_name", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("traceparent", sa.Text),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
    )
    op.create_index("assignments_by_notice", "assignments", ["notice_id"])
    op.create_index("assignments_by_recipient", "assignments", ["recipient_id"])


def _make_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.Text, primary_key=True),
        sa.Column("assignment_id", sa.Text, sa.ForeignKey("assignments.assignment_id"), nullable=False),
        sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.endpoint_id")),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    op.create_index("deliveries_by_assignment", "deliveries", ["assignment_id"])
    op.create_index("deliveries_by_status", "deliveries", ["status", "changed_at"])
    _partial_index("deliveries_due", "deliveries", ["endpoint_id", "rank", "due_at"], "due_at IS NOT NULL")
    _partial_index("deliveries_leased", "deliveries", ["endpoint_id", "lease_until"], "lease_until IS NOT NULL")


def _make_lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.endpoint_id"), primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("served_at", sa.BigInteger, nullable=False),
    )
    _partial_index("lanes_in_turn", "lanes", ["kind", "rank", "served_at"], "due_at IS NOT NULL")


def _make_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("attempt_id", _COUNTED, primary_key=True, autoincrement=True),
        sa.Column("delivery_id", sa.Text, sa.ForeignKey("deliveries.delivery_id"), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("duration_ms", sa.Float, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("attempts_by_delivery", "attempts", ["delivery_id"])


def _make_receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("receipt_id", sa.Text, primary_key=True),
        sa.Column("assignment_id", sa.Text, sa.ForeignKey("assignments.assignment_id"), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("receipts_by_assignment", "receipts", ["assignment_id", "at"])


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("outbox_id", _COUNTED, primary_key=True, autoincrement=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("traceparent", sa.Text),
        sqlite_autoincrement=True,
    )


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
