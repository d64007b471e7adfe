"""The ledger's tables. The schema itself is made by the migrations; a test keeps both equal."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from services.notifier.ledger.moments import Moment

metadata = MetaData()

endpoints = Table(
    "endpoints",
    metadata,
    Column("endpoint_id", Text, primary_key=True),
    Column("recipient_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("secret", Text, comment="sealed"),
    Column("name", Text),
    Column("state", Text, nullable=False),
    Column("not_before", Moment, comment="the other side asked us to wait until then"),
    Column("failures", Integer, nullable=False, default=0, comment="failed attempts in a row"),
    Column("created_at", Moment, nullable=False),
    Column("options", Text, comment="JSON of what differs from the defaults; null: nothing"),
    Column("secret_before", Text, comment="sealed; signs as well until secret_before_until"),
    Column("secret_before_until", Moment),
    Column("credentials", Text, comment="sealed"),
    Column("place", Integer, nullable=False, server_default="0", comment="its turn among the office's endpoints"),
    Column("failing_since", Moment, comment="the first of its failures in a row"),
    Column("no_information_since", Moment, comment="takes no copies for information only; null: it does"),
    Column("unverified_since", Moment, comment="has to prove itself; null: it did, or somebody vouched for it"),
    Index("endpoints_by_recipient", "recipient_id"),
)

challenges = Table(
    "challenges",
    metadata,
    Column("endpoint_id", Text, ForeignKey("endpoints.endpoint_id"), primary_key=True),
    Column("tries", Integer, nullable=False, default=0),
    Column("due_at", Moment, comment="when it is asked; null: when somebody says so"),
    Column("lease_until", Moment, comment="somebody is asking it"),
    Column("digest", Text, comment="SHA-256 of the challenge that was sent last, in hex"),
    Column("ends_at", Moment, comment="until when that may be answered"),
    Column("tried_at", Moment),
    Column("reason", Text, comment="what came of the last try"),
    comment="endpoints that have to prove that they want their office's copies",
)
Index(
    "challenges_due",
    challenges.c.due_at,
    sqlite_where=challenges.c.due_at.is_not(None),
    postgresql_where=challenges.c.due_at.is_not(None),
)

assignments = Table(
    "assignments",
    metadata,
    Column("assignment_id", Text, primary_key=True, comment="of a recall message: the message's own id"),
    Column("notice_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("recipient_id", Text, nullable=False),
    Column("recipient_name", Text, nullable=False),
    Column("rank", Integer, nullable=False, comment="urgency: 0 is hỏa tốc"),
    Column("body", LargeBinary, nullable=False, comment="what every delivery of it carries"),
    Column("traceparent", Text),
    Column("taken_at", Moment, nullable=False),
    Column("recall_id", Text, comment="null: the assignment itself; else the recall that this message tells of"),
    Column("recalled_assignment_id", Text, comment="the assignment that a recall message or a reminder speaks of"),
    Column("about", Text, comment="null: an assignment or word of its recall; else the reminder, digest, or disabled"),
    Column("purged_at", Moment, comment="its text went from the body then; null: the body is whole"),
    Index("assignments_by_notice", "notice_id"),
    Index("assignments_by_recipient", "recipient_id"),
)

Index(
    "assignments_recalled",
    assignments.c.recalled_assignment_id,
    sqlite_where=assignments.c.recalled_assignment_id.is_not(None),
    postgresql_where=assignments.c.recalled_assignment_id.is_not(None),
)

recalls = Table(
    "recalls",
    metadata,
    Column("recall_id", Text, primary_key=True),
    Column("notice_id", Text, nullable=False),
    Column("revision", Integer, nullable=False, comment="the last one that is meant"),
    Column("body", LargeBinary, nullable=False, comment="the recall as it came"),
    Column("traceparent", Text),
    Column("at", Moment, nullable=False),
    Index("recalls_by_notice", "notice_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("assignment_id", Text, ForeignKey("assignments.assignment_id"), nullable=False),
    Column("endpoint_id", Text, ForeignKey("endpoints.endpoint_id")),
    Column("rank", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text),
    Column("attempt", Integer, nullable=False, default=0, comment="attempts made so far"),
    Column(
        "attempts_before",
        Integer,
        nullable=False,
        server_default="0",
        comment="attempts made before the schedule was last begun",
    ),
    Column("due_at", Moment, comment="when it may be claimed; a leased one when its lease ends; null: never"),
    Column("lease_until", Moment),
    Column("fence", Integer, nullable=False, default=0, comment="grows with every claim"),
    Column("changed_at", Moment, nullable=False),
    Column("bundle_id", Text, comment="of the message that it shares with others; null: it goes alone"),
    Index("deliveries_by_assignment", "assignment_id"),
    Index("deliveries_by_status", "status", "changed_at"),
)
Index(
    "deliveries_due",
    deliveries.c.endpoint_id,
    deliveries.c.rank,
    deliveries.c.due_at,
    sqlite_where=deliveries.c.due_at.is_not(None),
    postgresql_where=deliveries.c.due_at.is_not(None),
)
Index(
    "deliveries_leased",
    deliveries.c.endpoint_id,
    deliveries.c.lease_until,
    sqlite_where=deliveries.c.lease_until.is_not(None),
    postgresql_where=deliveries.c.lease_until.is_not(None),
)

Index(
    "deliveries_by_bundle",
    deliveries.c.bundle_id,
    sqlite_where=deliveries.c.bundle_id.is_not(None),
    postgresql_where=deliveries.c.bundle_id.is_not(None),
)

bundles = Table(
    "bundles",
    metadata,
    Column("endpoint_id", Text, primary_key=True),
    Column("ends_at", Moment, primary_key=True, comment="the end of the window"),
    Column("part", Integer, primary_key=True, comment="from 0: a message has so many notices at most"),
    Column("bundle_id", Text, nullable=False, unique=True),
    Column("members", Integer, nullable=False),
    Column("closed", Integer, nullable=False, server_default="0", comment="1: it was claimed, nothing joins any more"),
    comment="one message per endpoint and window",
)

lanes = Table(
    "lanes",
    metadata,
    Column("endpoint_id", Text, ForeignKey("endpoints.endpoint_id"), primary_key=True),
    Column("rank", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("due_at", Moment, comment="not later than the earliest due delivery; null: nothing to do"),
    Column("served_at", Moment, nullable=False, comment="last claimed from: the longest ago goes next"),
    comment="one queue per endpoint and urgency",
)
Index(
    "lanes_in_turn",
    lanes.c.kind,
    lanes.c.rank,
    lanes.c.served_at,
    sqlite_where=lanes.c.due_at.is_not(None),
    postgresql_where=lanes.c.due_at.is_not(None),
)

attempts = Table(
    "attempts",
    metadata,
    Column("attempt_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("delivery_id", Text, ForeignKey("deliveries.delivery_id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, comment="of the answer, at most 4 kB, redacted"),
    Column("duration_ms", Float, nullable=False),
    Column("at", Moment, nullable=False),
    Index("attempts_by_delivery", "delivery_id"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("receipt_id", Text, primary_key=True),
    Column("assignment_id", Text, ForeignKey("assignments.assignment_id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="the receipt as it is published"),
    Column("at", Moment, nullable=False),
    Column("purged_at", Moment, comment="the name of who said it went then; null: it is there"),
    Index("receipts_by_assignment", "assignment_id", "at"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True, comment="who reads attempts in their order: clocks"),
    Column("attempt_id", BigInteger, nullable=False, comment="the last one that was read"),
)

clocks = Table(
    "clocks",
    metadata,
    Column("assignment_id", Text, primary_key=True),
    Column("track", Text, primary_key=True, comment="word, done, misaddressed"),
    Column("notice_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("recipient_id", Text, nullable=False),
    Column("issuer_id", Text),
    Column("delivered_at", Moment, nullable=False),
    Column("owed_at", Moment, comment="by when it is owed; null: not worked out yet"),
    Column("step", Text, nullable=False, comment="what comes next, or came last"),
    Column("due_at", Moment, comment="when; null: nothing more"),
    Column("settled", Text, comment="why nothing is owed any more; null: it is"),
    Column("digest_id", Text, comment="of the message that told the issuer"),
    Column("detail", Text, comment="what the office said of a notice that is none of its business"),
    Index("clocks_by_notice", "notice_id"),
)
Index(
    "clocks_due",
    clocks.c.due_at,
    sqlite_where=clocks.c.due_at.is_not(None),
    postgresql_where=clocks.c.due_at.is_not(None),
)
Index(
    "clocks_owed",
    clocks.c.owed_at,
    sqlite_where=clocks.c.settled.is_(None),
    postgresql_where=clocks.c.settled.is_(None),
)

digests = Table(
    "digests",
    metadata,
    Column("issuer_id", Text, primary_key=True),
    Column("notice_id", Text, primary_key=True),
    Column("day", Text, primary_key=True, comment="in Vietnam, as 2026-11-27"),
    Column("due_at", Moment, comment="when it is written; null: it was"),
    comment="an issuer is told once a day, of each notice, which offices owe it what",
)
Index(
    "digests_due",
    digests.c.due_at,
    sqlite_where=digests.c.due_at.is_not(None),
    postgresql_where=digests.c.due_at.is_not(None),
)

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="a message; of statuses a page, a list of them"),
    Column("traceparent", Text, comment="null: the page has those of its messages"),
    Column("messages", Integer, nullable=False, server_default="1"),
    sqlite_autoincrement=True,
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False, comment="SHA-256 of the key, in hex"),
    Column("scopes", Text, nullable=False, comment="separated by spaces"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("per_minute", Integer, comment="requests; null: any number"),
    Column("last_used", Moment, comment="written once a minute at most"),
    Column("revoked_at", Moment),
)

audit = Table(
    "audit",
    metadata,
    Column("audit_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("who_id", Text, nullable=False, comment="of the key; operator, link or ingest"),
    Column("who", Text, nullable=False, comment="the key's name then"),
    Column("what", Text, nullable=False),
    Column("on_id", Text, comment="of what was changed; null: many"),
    Column("detail", Text),
    Index("audit_by_time", "at"),
)

holds = Table(
    "holds",
    metadata,
    Column("notice_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    comment="notices of which nothing is purged",
)
