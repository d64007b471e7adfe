"""How the ledger's database is opened, and how its schema is kept up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.schema import CreateTable

from services.notifier.ledger.tables import metadata

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_WRITERS: Final = 7_311_966
"""The number of the lock that writers to one PostgreSQL database share."""
_BUSY_TIMEOUT_MS: Final = 10_000
_CACHE_KIB: Final = 5_120
_PAGE_BYTES: Final = 8_192
"""Of a new database: with half as many pages to write, a delivery costs a tenth less in the ledger."""
_CHECKPOINT_PAGES: Final = 8_000
"""A write-ahead log of so many pages is copied back within a commit, where `checkpoints` did not come to its end."""
_VERSIONS: Final = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Alembic's own table, of one row."""


def open_engine(url: str) -> Engine:
    """An engine for the ledger. Nothing is connected yet; a SQLite file's folder is made."""
    parsed = make_url(url)
    engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    if parsed.get_backend_name() == "postgresql":
        event.listen(engine, "begin", _begin_postgresql)
    if parsed.get_backend_name() == "sqlite":
        Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "do_connect", _make_private)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def file_of(engine: Engine) -> str | None:
    """The path of a SQLite database; None of one that is in memory or elsewhere."""
    path = engine.url.database if engine.url.get_backend_name() == "sqlite" else None
    return path if path != ":memory:" else None


def migrate(conn: Connection) -> None:
    """Make the tables of an empty database, or run the migrations that an older one has not seen."""
    found = inspect(conn).get_table_names()
    if not found:
        metadata.create_all(conn)
        conn.execute(CreateTable(_VERSIONS))
        conn.execute(insert(_VERSIONS).values(version_num=newest()))
    elif _VERSIONS.name not in found or conn.execute(select(_VERSIONS.c.version_num)).scalars().all() != [newest()]:
        _upgrade(conn)


def newest() -> str:
    """The version to which the last migration leads: its file is named after it."""
    return max(path.stem for path in (_MIGRATIONS / "versions").glob("v*.py")).partition("_")[0][1:]


def _upgrade(conn: Connection) -> None:
    """Run the migrations. Alembic takes 11 MiB, for as long as the process lives: most starts do without it."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def _begin_postgresql(conn: Connection) -> None:
    """Writers take turns, in all replicas together: each sees what the one before it decided, as in SQLite."""
    if not conn.get_execution_options().get("read_only", False):
        conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


def _make_private(_dialect: Any, _record: Any, args: Sequence[str], _more: Any) -> None:
    """Make a new database that only its owner reads: it holds secrets. SQLite gives its -wal and -shm the same mode.

    O_EXCL, because closing a file that SQLite has open in this process would drop its locks. What else goes
    wrong, SQLite says in its own words.
    """
    with suppress(OSError):
        os.close(os.open(args[0], os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _set_up_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    """A commit survives a power cut (FULL); readers do not wait for the writer (WAL)."""
    connection.isolation_level = None
    for setting in (
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        f"page_size = {_PAGE_BYTES}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{_CACHE_KIB}",
        "temp_store = MEMORY",  # what a savepoint keeps until it is released
        f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(conn: Connection) -> None:
    """Writers take the lock at once, so that none fails half-way for having read first."""
    reading = conn.get_execution_options().get("read_only", False)
    conn.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
