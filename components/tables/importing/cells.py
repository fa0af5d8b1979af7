"""Rows of Python cells (from workbooks, JSON, HTML) into the same hands as text files.

Cells are written to a table of the engine as text beside what kind each column holds; columns of text then pass the
same checks as those of a CSV file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb

from components.tables.importing.columns import Column, decide
from components.tables.importing.doubts import Doubt, by_weight, doubt, quoted
from components.tables.importing.duck import column_types, connect, name, prepared, run, text, write_parquet
from components.tables.importing.naming import table_name
from components.tables.importing.result import ImportedTable, Workplace
from components.tables.importing.telling import column_doubts

LARGEST_BIGINT = 2**63 - 1


@dataclass
class Kinds:
    """What kinds of cells a column holds, with an example of each."""

    examples: dict[str, Any] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, cell: Any, row: int) -> None:
        """Note one cell."""
        if kind not in self.examples:
            self.examples[kind], self.places[kind] = cell, row

    def type(self) -> str:
        """The engine's type that holds every cell as it is; text where only text does."""
        kinds = set(self.examples)
        for accepted, type_ in TYPES:
            if kinds and kinds <= accepted:
                return type_
        return "VARCHAR"


TYPES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"truth"}), "BOOLEAN"),
    (frozenset({"integer"}), "BIGINT"),
    (frozenset({"integer", "long"}), "DECIMAL(38,0)"),
    (frozenset({"integer", "decimal"}), "DOUBLE"),
    (frozenset({"date"}), "DATE"),
    (frozenset({"date", "moment"}), "TIMESTAMP"),
    (frozenset({"time"}), "TIME"),
)
NAMED = {"truth": "true or false", "integer": "numbers", "long": "numbers", "decimal": "numbers", "date": "dates"}


def kind_and_text(cell: Any) -> tuple[str, str]:
    """What a cell is and how it is written down exactly: nothing is rounded on the way."""
    if cell is None or cell == "":
        return "", ""
    if isinstance(cell, bool):
        return "truth", "true" if cell else "false"
    if isinstance(cell, int):
        return _integer(cell)
    if isinstance(cell, float):
        return _float(cell)
    if isinstance(cell, datetime):
        return "moment", cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return ("date" if isinstance(cell, date) else "time"), cell.isoformat()
    return "text", _duration(cell) if isinstance(cell, timedelta) else str(cell)


def _integer(cell: int) -> tuple[str, str]:
    if abs(cell) <= LARGEST_BIGINT:
        return "integer", str(cell)
    return ("long" if abs(cell) < 10**38 else "text"), str(cell)


def _float(cell: float) -> tuple[str, str]:
    if cell != cell or cell in (float("inf"), float("-inf")):
        return "text", repr(cell)
    exact = cell.is_integer() and abs(cell) < 2**53
    return ("integer", str(int(cell))) if exact else ("decimal", repr(cell))


def _duration(cell: timedelta) -> str:
    seconds = int(cell.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def table_of_cells(
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str,
    place: Workplace,
    doubts: Sequence[Doubt] = (),
    numbers: bool = False,
    first_row: int = 1,
) -> ImportedTable:
    """Write rows of Python cells as one table.

    Args:
        names: Columns, each with a name of its own.
        rows: As many cells each; None is an empty cell.
        title: What the table is called.
        place: Where to work.
        doubts: What is known already.
        numbers: Whether text that looks like a number is one (HTML) or stays text (workbooks, JSON).
        first_row: The number of the first row where the user finds it, for the doubts.
    """
    written = place.new(".cells.csv")
    kinds = [Kinds() for _ in names]
    _write_cells(rows, kinds, written)
    connection = connect(place.folder, place.memory_mb)
    try:
        relation = _relation(written, len(names))
        columns, found = _typed(connection, relation, names, kinds, numbers, first_row)
        target = place.new(".parquet")
        select = ", ".join(f"{value} AS {name(word)}" for word, value in zip(names, columns, strict=True))
        count = write_parquet(connection, f"SELECT {select} FROM {relation}", target)
        types = column_types(connection, f"SELECT * FROM {text(target)}")
    finally:
        connection.close()
    all_doubts = tuple(by_weight([*doubts, *found]))
    return ImportedTable(table_name(title), title, str(target), count, target.stat().st_size, tuple(types), all_doubts)


def _write_cells(rows: Iterable[Sequence[Any]], kinds: Sequence[Kinds], target: Path) -> None:
    with target.open("w", encoding="utf-8", errors="replace", newline="") as out:
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for number, row in enumerate(rows):
            line = []
            for cell, column in zip(row, kinds, strict=True):
                kind, written = kind_and_text(cell)
                if kind:
                    column.add(kind, written, number)
                line.append(written.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", ""))
            writer.writerow(line)


def _relation(file: Path, width: int) -> str:
    names = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(width))
    return (
        f"read_csv({text(file)}, auto_detect=false, header=false, delim=',', quote='\"', escape='\"', "
        f"columns={{{names}}}, strict_mode=true, max_line_size=33554432, buffer_size=67108864)"
    )


def _typed(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    names: Sequence[str],
    kinds: Sequence[Kinds],
    numbers: bool,
    first_row: int,
) -> tuple[list[str], list[Doubt]]:
    """SQL of each column's value, and the doubts about them."""

    def query(what: str, cells: str = "*", then: str = "") -> list[tuple[Any, ...]]:
        return run(connection, f"SELECT {what} FROM {prepared(relation, cells, then)}")

    def place_of(value: str) -> str:
        numbered = f"SELECT row_number() OVER () AS n, {value} AS v FROM {relation}"
        row = run(connection, f"SELECT n FROM ({numbered}) WHERE v IS NOT NULL LIMIT 1")
        return f"row {int(row[0][0]) + first_row - 1:,}" if row else ""

    words = [number for number, kind in enumerate(kinds) if set(kind.examples) == {"text"}]
    columns = _text_columns(connection, relation, names, words)
    decide(list(columns.values()), query, numbers=numbers)
    found = column_doubts(list(columns.values()), query, place_of)
    values = []
    for number, kind in enumerate(kinds):
        type_ = kind.type()
        plain = f"c{number}" if type_ == "VARCHAR" else f"CAST(c{number} AS {type_})"
        values.append(columns[number].value if number in columns else plain)
        if type_ == "VARCHAR" and len(kind.examples) > 1:
            found.append(_mixed(names[number], kind, first_row))
    return values, found


def _text_columns(
    connection: duckdb.DuckDBPyConnection, relation: str, names: Sequence[str], which: Sequence[int]
) -> dict[int, Column]:
    if not which:
        return {}
    head = run(connection, f"SELECT {', '.join(f'c{number}' for number in which)} FROM {relation} LIMIT 2000")
    return {
        number: Column(f"c{number}", names[number], list(dict.fromkeys(row[i] for row in head if row[i] is not None)))
        for i, number in enumerate(which)
    }


def _mixed(column: str, kinds: Kinds, first_row: int) -> Doubt:
    kind = next(word for word in kinds.examples if word in NAMED or word == "moment")
    words = [word for word in kinds.examples if word != kind]
    other = "text" if "text" in words else words[0]
    said = (
        f"`{column}` holds {NAMED.get(kind, 'dates')} and other things, so it is text: {quoted(kinds.examples[kind])} "
        f"in row {kinds.places[kind] + first_row:,}, {quoted(kinds.examples[other])} in row "
        f"{kinds.places[other] + first_row:,}."
    )
    return doubt("mixed", said, column=column)
