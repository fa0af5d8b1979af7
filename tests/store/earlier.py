"""A data folder as an earlier release left it: its tables, with what they can hold of the rows of today."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from components.store import migrate
from components.store.database import open_database


def turn_back(home: Path, revision: str) -> None:
    """Give the tables of a closed SQLite store the form that they had at ``revision``; their rows stay."""
    now, earlier = home / "groundwork.sqlite3", home / "earlier.sqlite3"
    old, new = open_database(f"sqlite:///{now}"), open_database(f"sqlite:///{earlier}")
    with old.reading() as read, new.writing() as written:
        make_tables(written, revision)
        today = {table.name: table for table in _tables(read)}
        for table in _tables(written):
            there = today[table.name].columns
            bare = _bare(table.name, [column.name for column in table.columns if column.name in there])
            rows = [dict(row._mapping) for row in read.execute(sa.select(bare))]
            if rows:
                written.execute(sa.insert(bare), rows)
    old.close()
    new.close()
    for left in home.glob("groundwork.sqlite3*"):
        left.unlink()
    for part in home.glob("earlier.sqlite3*"):
        part.rename(part.with_name(part.name.replace("earlier", "groundwork")))


def make_tables(connection: sa.Connection, revision: str) -> None:
    """The tables of an empty database, as they were at ``revision``."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    command.upgrade(config, revision)


def _tables(connection: sa.Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _bare(name: str, columns: Iterable[str]) -> sa.TableClause:
    """A table without the kinds of its columns: what was read goes in as it is, JSON as its text."""
    return sa.table(name, *map(sa.column, columns))
