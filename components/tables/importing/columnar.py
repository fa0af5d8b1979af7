"""Parquet files as they come: read whole once, so that a damaged one is found now, and written in our own way."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from components.errors import FileError
from components.tables.importing.doubts import Doubt, doubt
from components.tables.importing.duck import Report, Tell, column_types, connect, name, run, text, write_parquet
from components.tables.importing.header import name_columns
from components.tables.importing.naming import table_name
from components.tables.importing.result import ImportedTable, Workplace

NESTED = re.compile(r"STRUCT|MAP|\[|UNION|JSON|VARIANT|UUID|BIT|BLOB|GEOMETRY")
WIDE = ("HUGEINT", "UHUGEINT", "UBIGINT")  # would be written as floating numbers


def read_parquet(report: Report, file: Path, filename: str, title: str, place: Workplace) -> ImportedTable:
    """Read one Parquet file.

    Raises:
        FileError: It is damaged or cut off.
    """
    size = file.stat().st_size
    tell: Tell = lambda done: report(min(done, size), size, "Reading the table")  # noqa: E731
    connection = connect(place.folder, place.memory_mb)
    try:
        columns = column_types(connection, f"SELECT * FROM read_parquet({text(file)})")
        names, doubts = name_columns([column for column, _ in columns], len(columns))
        select = ", ".join(f"{_value(c, t)} AS {name(n)}" for (c, t), n in zip(columns, names, strict=True))
        target = place.new(".parquet")
        rows = write_parquet(connection, f"SELECT {select} FROM read_parquet({text(file)})", target, tell)
        types = column_types(connection, f"SELECT * FROM {text(target)}")
        _same(connection, file, rows)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        todo = "Write it again and upload that."
        raise FileError(f"{filename} is a damaged or half-copied Parquet file.", todo=todo) from error
    finally:
        connection.close()
    doubts += [item for column, type_ in columns for item in _type_doubts(column, type_)]
    return ImportedTable(
        table_name(title), title, str(target), rows, target.stat().st_size, tuple(types), tuple(doubts)
    )


def _value(column: str, type_: str) -> str:
    if type_ in WIDE:
        return f"CAST({name(column)} AS DECIMAL(38, 0))"
    if type_ == "BLOB":
        return f"hex({name(column)})"
    if type_ in ("UUID", "BIT", "JSON") or type_.startswith(("ENUM", "INTERVAL")):
        return f"CAST({name(column)} AS VARCHAR)"
    return f"CAST(to_json({name(column)}) AS VARCHAR)" if NESTED.search(type_) else name(column)


def _same(connection: duckdb.DuckDBPyConnection, file: Path, rows: int) -> None:
    said = run(connection, f"SELECT num_rows FROM parquet_file_metadata({text(file)})")[0][0]
    if said != rows:
        raise duckdb.InvalidInputException(f"{said} rows are announced, {rows} are there")


def _type_doubts(column: str, type_: str) -> list[Doubt]:
    if type_ == "BLOB":
        return [doubt("nested", f"`{column}` holds bytes; they are shown as hexadecimal digits.", column=column)]
    if NESTED.search(type_) and type_ not in ("UUID", "BIT"):
        return [doubt("nested", f"`{column}` holds lists or records; they are kept as JSON text.", column=column)]
    return []
