"""Opening the store's database: SQLite in WAL with writers that begin at once, or PostgreSQL by address."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event


def new_id() -> str:
    """A random id of 32 hexadecimal digits; it says nothing of what it names."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Database:
    """One open database. ``reading`` and ``writing`` are the only ways to a connection."""

    engine: sa.Engine

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection for reading; on SQLite it never waits for a writer."""
        with self.engine.connect().execution_options(groundwork_reading=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction for writing, committed at the end, rolled back on any error."""
        with self.engine.begin() as connection:
            yield connection

    def now(self) -> float:
        """Seconds since 1970 by the database's clock, which all processes share."""
        if self.engine.dialect.name == "sqlite":
            return time.time()
        with self.reading() as connection:
            return float(connection.scalar(sa.text("select extract(epoch from clock_timestamp())")) or 0.0)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a database; its tables are made by ``store.migrate``, not here."""
    if not url.startswith("sqlite"):
        return Database(sa.create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True))
    engine = sa.create_engine(url, pool_size=10, max_overflow=40)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Writers take the lock at once: the default, DEFERRED, fails at its first write while another writes."""
    reading = connection.get_execution_options().get("groundwork_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
