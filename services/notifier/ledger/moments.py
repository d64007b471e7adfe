"""Moments as the ledger's tables keep them: whole microseconds since 1970 UTC, in SQLite as in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Dialect, TypeDecorator

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S: Final = 86_400


def micros_of(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC, of an aware moment."""
    since = moment - _EPOCH
    return (since.days * _DAY_S + since.seconds) * 1_000_000 + since.microseconds


def moment_of(micros: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored as whole microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect | None) -> int | None:  # noqa: ARG002
        """Microseconds since 1970."""
        return None if value is None else micros_of(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The moment, in UTC."""
        return None if value is None else moment_of(value)
