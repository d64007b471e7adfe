"""Statuses wait in pages, and clocks read the attempts instead of a list of what arrived."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from pydantic_core import from_json, to_json

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STATUSES = "deliveries.status.v1"
_OUTBOX: sa.TableClause = sa.table(
    "outbox",
    sa.column("outbox_id"),
    sa.column("topic"),
    sa.column("body", sa.LargeBinary),
    sa.column("traceparent"),
)


def upgrade() -> None:
    """Make a page of each status that waits, and a cursor before the first attempt whose copy is still listed."""
    op.add_column("outbox", sa.Column("messages", sa.Integer, nullable=False, server_default="1"))
    for row in _statuses():
        page = to_json([(from_json(row.body), row.traceparent)])
        told = sa.update(_OUTBOX).where(_OUTBOX.c.outbox_id == row.outbox_id)
        op.get_bind().execute(told.values(body=page, traceparent=None))
    op.create_table(
        "cursors",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("attempt_id", sa.BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO cursors SELECT 'clocks', COALESCE("
        "(SELECT MIN(attempt_id) - 1 FROM attempts JOIN deliveries ON deliveries.delivery_id = attempts.delivery_id "
        "JOIN arrived ON arrived.assignment_id = deliveries.assignment_id WHERE result = 'delivered'), "
        "(SELECT MAX(attempt_id) FROM attempts), 0)"
    )
    op.drop_table("arrived")


def downgrade() -> None:
    """Make a row of each status again, and list what arrived after the cursor."""
    for row in _statuses():
        op.get_bind().execute(sa.delete(_OUTBOX).where(_OUTBOX.c.outbox_id == row.outbox_id))
        for told, trace in from_json(row.body):
            single = {"topic": _STATUSES, "body": to_json(told), "traceparent": trace}
            op.get_bind().execute(sa.insert(_OUTBOX).values(single))
    op.drop_column("outbox", "messages")
    op.create_table(
        "arrived",
        sa.Column("assignment_id", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO arrived SELECT assignments.assignment_id, MIN(attempts.at) FROM attempts "
        "JOIN deliveries ON deliveries.delivery_id = attempts.delivery_id "
        "JOIN assignments ON assignments.assignment_id = deliveries.assignment_id "
        "WHERE result = 'delivered' AND recall_id IS NULL AND about IS NULL "
        "AND attempt_id > COALESCE((SELECT attempt_id FROM cursors WHERE name = 'clocks'), 0) "
        "GROUP BY assignments.assignment_id"
    )
    op.drop_table("cursors")


def _statuses() -> list[sa.Row[Any]]:
    waiting = sa.select(_OUTBOX).where(_OUTBOX.c.topic == _STATUSES).order_by(_OUTBOX.c.outbox_id)
    return list(op.get_bind().execute(waiting))
