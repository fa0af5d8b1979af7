"""Bringing a database's tables to what this code expects. Alembic is imported only where something is to be done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from components.errors import StoreError
from components.store.database import Database
from components.store.schema import metadata

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0002"
"""The newest migration in ``migrations/versions``; a test keeps it true."""

SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x67726F756E64  # "ground": any number that other users of the server are unlikely to lock


def migrate(database: Database) -> None:
    """Make or change the tables, in one transaction, so that they are those of ``schema``.

    Replicas that start at once wait for the first; the others then find nothing to do.

    Raises:
        StoreError: The database was made by a newer Groundwork, or holds tables that are none of ours.
    """
    if revision(database) != HEAD:
        with database.writing() as connection:
            if not database.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            _upgrade(connection)


def revision(database: Database) -> str | None:
    """The migration that a database stands at, or None for a fresh one."""
    with database.reading() as connection:
        return _revision(connection)


def known_revisions() -> frozenset[str]:
    """The migrations that this code can make, and so the databases that it can open."""
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _revision(connection: sa.Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("select version_num from alembic_version"))
    return found


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command

    present = _revision(connection)
    if present is not None and present not in known_revisions():
        raise StoreError(
            f"The data was written by a newer Groundwork (its tables stand at {present}, this one knows {HEAD}).",
            kept="Nothing was changed.",
            todo="Start the newer Groundwork, or set GROUNDWORK_HOME to another folder.",
        )
    if present is None:
        _refuse_strange_tables(connection)
    command.upgrade(_config(connection=connection), "head")


def _config(**attributes: sa.Connection) -> Config:
    from alembic.config import Config

    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def _refuse_strange_tables(connection: sa.Connection) -> None:
    strange = sorted(set(sa.inspect(connection).get_table_names()) & set(metadata.tables))
    if strange:
        raise StoreError(
            f"The database holds tables of the same names that are not Groundwork's: {', '.join(strange)}.",
            kept="They are as they were.",
            todo="Give Groundwork a database, or a schema, of its own.",
        )
