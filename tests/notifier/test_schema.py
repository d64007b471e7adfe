"""A new ledger and one that was brought up to date are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text

from services.notifier.ledger import engine as ledger_engine
from services.notifier.ledger.engine import migrate, newest
from services.notifier.ledger.tables import metadata

MIGRATIONS = Path(ledger_engine.__file__).parent / "migrations"


def migrated() -> Engine:
    """An empty database that went through every migration."""
    engine = create_engine("sqlite://")
    with engine.begin() as conn:
        conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        migrate(conn)
    return engine


def shape(conn: Connection) -> dict[str, Any]:
    """Tables and indices as SQLite keeps them, whatever the order of the columns."""
    found: dict[str, Any] = {}
    for name, kind, sql in conn.execute(text("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL")).all():
        if kind == "table":
            columns = conn.execute(text(f"PRAGMA table_info({name})")).all()
            keys = conn.execute(text(f"PRAGMA foreign_key_list({name})")).all()
            found[name] = sorted(tuple(row[1:]) for row in columns), sorted(tuple(row[2:]) for row in keys)
        else:
            columns = conn.execute(text(f"PRAGMA index_info({name})")).all()
            found[name] = [row[2] for row in columns], "UNIQUE" in sql, sql.partition(" WHERE ")[2]
    return found


def version(conn: Connection) -> str:
    return str(conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def test_the_migrations_make_the_tables_of_the_code() -> None:
    """After all migrations nothing differs from the declared tables."""
    with migrated().begin() as conn:
        differences = compare_metadata(MigrationContext.configure(conn), metadata)
    assert [each for each in differences if "modify" not in str(each[0])] == []


def test_a_new_ledger_is_what_the_migrations_make() -> None:
    """Down to the conditions of its indices and the defaults that the database fills in."""
    with create_engine("sqlite://").begin() as new, migrated().begin() as old:
        migrate(new)
        assert shape(new) == shape(old)
        assert version(new) == version(old) == newest()


def test_the_newest_version_is_the_one_that_alembic_leads_to() -> None:
    """A file's name and the revision in it say the same."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [newest()]


def test_a_ledger_of_today_is_left_alone() -> None:
    """A second start changes nothing."""
    with create_engine("sqlite://").begin() as conn:
        migrate(conn)
        before = shape(conn)
        migrate(conn)
        assert shape(conn) == before
