"""Statuses wait as the messages that they will be."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pydantic_core import from_json, to_json

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STATUSES = "deliveries.status.v1"
_OUTBOX: sa.TableClause = sa.table(
    "outbox", sa.column("outbox_id"), sa.column("topic"), sa.column("body", sa.LargeBinary)
)


def upgrade() -> None:
    """Nothing: pages of both kinds are read."""


def downgrade() -> None:
    """Make a list of the changes of each page again, each with its traceparent."""
    waiting = sa.select(_OUTBOX).where(_OUTBOX.c.topic == _STATUSES)
    for row in list(op.get_bind().execute(waiting)):
        of_whom, *bodies = row.body.split(b"\n")
        if bodies:
            traces = [trace for *_, trace in from_json(of_whom)]
            page = to_json([(from_json(body), trace) for body, trace in zip(bodies, traces, strict=True)])
            op.get_bind().execute(sa.update(_OUTBOX).where(_OUTBOX.c.outbox_id == row.outbox_id).values(body=page))
