"""Rows that do not fit the table: kept in a file of their own, counted, with the lines where they stand."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from components.tables.importing.doubts import Doubt, doubt


@dataclass(frozen=True)
class Rejected:
    """One row that did not fit: its line from 1, why, and its text."""

    line: int
    why: str
    raw: str


def rejected(connection: duckdb.DuckDBPyConnection, file: Path) -> list[Rejected]:
    """What the engine's reader refused in its first pass, with true line numbers (the engine counts rows)."""
    known = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'").fetchall()
    if not known:
        return []
    rows = connection.execute(
        "SELECT any_value(csv_line), line_byte_position, any_value(error_type), max(column_idx)"
        " FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position"
    ).fetchall()
    lines = _lines_at(file, [int(row[1]) - 1 for row in rows])
    return [Rejected(line, _why(str(row[2])), str(row[0])) for line, row in zip(lines, rows, strict=True)]


def _why(kind: str) -> str:
    reasons = {
        "MISSING COLUMNS": "too few values",
        "TOO MANY COLUMNS": "too many values",
        "UNQUOTED VALUE": "a quote that does not close",
        "LINE SIZE OVER MAXIMUM": "longer than 16 MB",
    }
    return reasons.get(kind, kind.lower())


def _lines_at(file: Path, positions: Sequence[int]) -> list[int]:
    """The line numbers, from 1, at byte positions that rise; one pass over the file up to the last."""
    found: list[int] = []
    line, at = 1, 0
    with file.open("rb") as stream:
        for position in positions:
            while at < position:
                block = stream.read(min(1 << 20, position - at))
                if not block:
                    break
                line += block.count(b"\n")
                at += len(block)
            found.append(line)
    return found


def rows_doubt(refused: Sequence[Rejected], rows: int) -> Doubt:
    """What the user reads of rows that were left out."""
    first = refused[0]
    total = rows + len(refused)
    text = f"{len(refused):,} of {total:,} rows did not fit: line {first.line:,} has {first.why}. Left out."
    return doubt("rows", text, line=first.line, count=len(refused), lines=[item.line for item in refused[:100]])


def write_set_aside(refused: Sequence[Rejected], target: Path) -> str:
    """Write the rows to a CSV with the columns line, why, text; returns its path."""
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["line", "why", "text"])
        writer.writerows((item.line, item.why, item.raw) for item in refused)
    return str(target)
