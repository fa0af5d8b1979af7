"""The engine as the importer uses it: bounded, telling how far it is, its own words kept from the user."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb

Report = Callable[[int, int | None, str], None]
MEMORY_SHARE = 0.28  # of the import's memory for the engine's buffers; readers, writers and Python take the rest
POLL = 0.25  # seconds between two looks at how far a statement is
READ_BYTES = Path("/proc/self/io")  # Linux; elsewhere an import tells its steps, not its bytes
Tell = Callable[[int], None]


def connect(folder: Path, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """Open an engine in memory that spills into ``folder`` and fetches nothing from outside."""
    config: dict[str, Any] = {
        "threads": min(4, os.cpu_count() or 1),
        "memory_limit": f"{max(128, int(memory_mb * MEMORY_SHARE))}MB",
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(config=config)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def run(connection: duckdb.DuckDBPyConnection, sql: str, tell: Tell | None = None) -> list[tuple[Any, ...]]:
    """Run one statement and fetch its rows, telling while it runs how many bytes it has read from disk.

    The count is the system's own: asking the engine from a second thread can hang it.
    """
    if tell is None or not READ_BYTES.exists():
        return connection.execute(sql).fetchall()
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(tell, over), daemon=True)
    watcher.start()
    try:
        return connection.execute(sql).fetchall()
    finally:
        over.set()
        watcher.join()


def _watch(tell: Tell, over: threading.Event) -> None:
    before = _bytes_read()
    while not over.wait(POLL):
        tell(_bytes_read() - before)


def _bytes_read() -> int:
    return int(READ_BYTES.read_text(encoding="ascii").split()[1])


def prepared(relation: str, cells: str = "*", then: str = "") -> str:
    """A relation whose columns are ``cells`` of the first, and ``then`` more that are made of these."""
    source = relation if cells == "*" else f"(SELECT {cells} FROM {relation})"
    return f"(SELECT *, {then} FROM {source})" if then else source


def text(value: object) -> str:
    """A value as a SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def name(word: str) -> str:
    """A word as a SQL name."""
    return '"' + word.replace('"', '""') + '"'


def write_parquet(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    target: Path,
    tell: Tell | None = None,
) -> int:
    """Write the rows of a query, in their order, as one Parquet file; returns how many there are."""
    sql = f"COPY ({query}) TO {text(target)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    run(connection, sql, tell)
    counted = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({text(target)})").fetchone()
    return int(counted[0]) if counted else 0


def column_types(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    """Names and types of the columns that a query gives."""
    rows: Sequence[tuple[Any, ...]] = connection.execute(f"DESCRIBE {query}").fetchall()
    return [(str(row[0]), str(row[1])) for row in rows]
