"""What is odd about whole rows of a table that was read: empty ones, repeated ones, a total at the end.

They stay in the table as they stand in the file; who counts or sums should know of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from components.tables.importing.doubts import Doubt, by_weight, counted, doubt, quoted
from components.tables.importing.duck import connect, name, text

MOST_ROWS, MOST_COLUMNS = 500_000, 60  # of a table that is looked over: half a second
LEAST_ROWS, LEAST_COLUMNS = 20, 4  # below these, rows that are alike mean nothing
MOST_ALIKE = 0.05  # of all rows: where more are alike, it lies in the nature of the table
TOTAL = re.compile(r"\W*((sub|grand )?totals?|sum|summe|gesamt\w*|insgesamt|somme|suma|totale)\b", re.IGNORECASE)
ROW, BLANK = "row_number", "is_blank"  # in the view, beside c0, c1, ...: whatever the columns are called in the file
FIRST_CELLS = 2  # among which a total names itself


def add_row_doubts(tables: Sequence[dict[str, Any]], folder: Path, memory_mb: int) -> None:
    """Add to each table's doubts what is odd about its rows; tables that are large or wide are left as they are.

    Args:
        tables: As ``read_file`` gives them.
        folder: Where the engine may spill.
        memory_mb: Memory of the whole import.
    """
    for table in tables:
        if 0 < table["rows"] <= MOST_ROWS and len(table["columns"]) <= MOST_COLUMNS:
            connection = connect(folder, memory_mb)
            try:
                found = _row_doubts(connection, table)
            finally:
                connection.close()
            table["doubts"] = by_weight([*table["doubts"], *found])


def _row_doubts(connection: duckdb.DuckDBPyConnection, table: dict[str, Any]) -> list[Doubt]:
    columns = [f"c{n}" for n in range(len(table["columns"]))]
    read = ", ".join(f"{name(column)} AS {ours}" for (column, _), ours in zip(table["columns"], columns, strict=True))
    blank = " AND ".join(f"{column} IS NULL" for column in columns)
    connection.execute(
        f"CREATE VIEW numbered AS SELECT *, row_number() OVER () AS {ROW}, {blank} AS {BLANK} "
        f"FROM (SELECT {read} FROM read_parquet({text(table['parquet'])}))"
    )
    return [*_total(connection, columns), *_repeated(connection, columns), *_blank(connection)]


def _blank(connection: duckdb.DuckDBPyConnection) -> list[Doubt]:
    many, first = _one(connection, f"SELECT count(*), min({ROW}) FROM numbered WHERE {BLANK}")
    if not many:
        return []
    said = f"{counted(many, 'row is', 'rows are')} empty in every column, e.g. row {first:,}. They are kept."
    return [doubt("blank_rows", said, count=many)]


def _repeated(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> list[Doubt]:
    if len(columns) < LEAST_COLUMNS:
        return []
    alike = f"row_number() OVER (PARTITION BY hash({', '.join(columns)}) ORDER BY {ROW}) > 1"
    again = f"SELECT {ROW} AS n, {alike} AS again FROM numbered WHERE NOT {BLANK}"
    rows, many, first = _one(
        connection, f"SELECT count(*), count(*) FILTER (again), min(n) FILTER (again) FROM ({again})"
    )
    if not many or rows < LEAST_ROWS or many > MOST_ALIKE * rows:
        return []
    said = f"{counted(many, 'row says', 'rows say')} the same as an earlier one in every column, e.g. row {first:,}."
    return [doubt("repeated_rows", f"{said} All are kept, and count.", count=many)]


def _total(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> list[Doubt]:
    cells = ", ".join(f"{column}::VARCHAR" for column in columns[:FIRST_CELLS])
    last = f"SELECT {ROW}, {cells} FROM numbered WHERE NOT {BLANK} ORDER BY {ROW} DESC LIMIT 1"
    row = connection.execute(last).fetchone()
    word = next((cell for cell in (row or ())[1:] if cell and TOTAL.match(cell)), None)
    if row is None or word is None:
        return []
    said = f"The last row, row {row[0]:,}, looks like a total: {quoted(word)}. It is kept, and counts in every sum."
    return [doubt("total_row", said)]


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # an aggregate gives one row
    return tuple(row)
