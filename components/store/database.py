"""Opening the store's database: SQLite in WAL with writers that begin at once, or PostgreSQL by address."""

from __future__ import annotations

import json
import math
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from components.store import faults


def new_id() -> str:
    """A random id of 32 hexadecimal digits; it says nothing of what it names."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Database:
    """One open database. ``reading`` and ``writing`` are the only ways to a connection."""

    engine: sa.Engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, where one process holds the store."""
        return self.engine.dialect.name == "sqlite"

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

    def clock(self) -> sa.ColumnElement[float]:
        """Now, as an expression for a statement: seconds since 1970 by the clock that all processes share."""
        if self.is_sqlite:
            return sa.literal(time.time(), sa.Float(53))
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Float(53))

    def now(self) -> float:
        """Now, in seconds since 1970 by the clock that all processes share."""
        if self.is_sqlite:
            return time.time()
        with self.reading() as connection:
            return float(connection.scalar(sa.select(self.clock())) or 0.0)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a database; its tables are made by ``migrate``, not here.

    A full disk, a folder without permission, a damaged file, and a server that is away raise a ``StoreError``.
    """
    if url.startswith("sqlite"):
        engine = sa.create_engine(url, pool_size=10, max_overflow=40, json_serializer=_to_json)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = sa.create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, json_serializer=_to_json)
    event.listen(engine, "handle_error", faults.of_database)
    return Database(engine)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Writers take the lock at once: the default, DEFERRED, fails at its first write while another writes."""
    reading = connection.get_execution_options().get("groundwork_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _to_json(value: Any) -> str:
    """JSON as both databases take it: a number that is not finite becomes null, for JSON has no word for it."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
