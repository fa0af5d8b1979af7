"""Text tables: CSV, TSV and their kin, to Parquet, with every doubt said.

The engine reads the file twice: once to check every cell against the guessed forms, once to write. Files that it
refuses are first cut by our own forgiving reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from components.errors import FileError
from components.tables.importing.columns import Column, decide
from components.tables.importing.dialect import Dialect, sniff
from components.tables.importing.doubts import Doubt, by_weight, doubt, quoted
from components.tables.importing.duck import Report, Tell, column_types, connect, prepared, run, text, write_parquet
from components.tables.importing.encoding import Scan, scan, write_utf8
from components.tables.importing.header import name_columns
from components.tables.importing.letters import NAMES
from components.tables.importing.naming import table_name
from components.tables.importing.result import MOST_COLUMNS, ImportedTable, Workplace
from components.tables.importing.rewrite import Rewritten, rewrite
from components.tables.importing.set_aside import Rejected, rejected, rows_doubt, write_set_aside
from components.tables.importing.telling import column_doubts, wrong_order

SAMPLE_CELLS = 400_000
MANY_LINES = 20  # lines in one cell that make us look whether a quote was left open


@dataclass
class _Reading:
    """One file on its way: how it is cut, and how far it is."""

    connection: duckdb.DuckDBPyConnection
    path: Path
    dialect: Dialect
    report: Report
    size: int
    rewritten: Rewritten | None = None
    stored: bool = False  # the first pass has stored what it refused
    rows: int = -1  # as the last pass counted them; -1: not yet

    def relation(self) -> str:
        """SQL of the rows, every cell as text, columns c0, c1 ..."""
        width, skip = self.dialect.width, self.dialect.skipped
        mark = self.dialect.mark
        separator, quote, escape = mark.separator, mark.quote, mark.escape
        if self.rewritten:
            separator, quote, escape, skip = ",", '"', '"', 0
        names = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(width))
        refuse = "ignore_errors=true" if self.stored else "store_rejects=true, rejects_limit=100000"
        return (
            f"read_csv({text(self.path)}, auto_detect=false, header=false, skip={skip}, delim={text(separator)}, "
            f"quote={text(quote)}, escape={text(escape)}, columns={{{names}}}, strict_mode=true, "
            f"max_line_size=16777216, buffer_size=33554432, {refuse})"
        )

    def query(self, what: str, cells: str = "*", then: str = "") -> list[tuple[Any, ...]]:
        """Aggregates over all rows; the first call stores the rows that do not fit."""
        source = prepared(self.relation(), cells, then)
        rows = run(self.connection, f"SELECT count(*), {what} FROM {source}", self.telling(0, "Checking every value"))
        self.stored, self.rows = True, int(rows[0][0])
        return [row[1:] for row in rows]

    def counted(self) -> int:
        """How many rows there are."""
        if self.rows < 0:
            self.query("1")
        return self.rows

    def write(self, select: str, target: Path) -> int:
        """Write the rows as Parquet."""
        tell = self.telling(self.size, "Writing the table")
        return write_parquet(self.connection, f"SELECT {select} FROM {self.relation()}", target, tell)

    def telling(self, start: int, words: str) -> Tell:
        """A function that reports bytes done; the whole counts twice, checking and writing."""
        return lambda done: self.report(start + min(done, self.size), 2 * self.size, words)


def read_text(report: Report, file: Path, filename: str, title: str, place: Workplace) -> ImportedTable:
    """Read one text table.

    Raises:
        FileError: It is empty, binary, too wide, or too irregular to be a table.
    """
    found = scan(file, filename)
    doubts: list[Doubt] = []
    path = _as_utf8(file, found, place, doubts)
    dialect = sniff(path, filename)
    if dialect.width > MOST_COLUMNS:
        raise FileError(
            f"{filename} would have {dialect.width:,} columns; {MOST_COLUMNS:,} are the most.",
            todo="Put what is in columns into rows, or split the file.",
        )
    connection = connect(place.folder, place.memory_mb)
    try:
        reading = _Reading(connection, path, dialect, report, path.stat().st_size)
        return _read(reading, found, doubts, filename, title, place)
    finally:
        connection.close()


def _as_utf8(file: Path, found: Scan, place: Workplace, doubts: list[Doubt]) -> Path:
    if found.nuls:
        doubts.append(doubt("nuls", f"{found.nuls:,} NUL characters were dropped.", count=found.nuls))
    if found.tidy:
        return file
    target = place.new(".utf8")
    lost = write_utf8(file, found.encoding, target)
    if not found.certain:
        words = f"We read this file as {NAMES.get(found.encoding, found.encoding)}."
        doubts.append(
            doubt("encoding", f"{words} If é, ü or € look wrong, save the file as UTF-8 and upload it again.")
        )
    if lost:
        doubts.append(doubt("encoding", f"{lost:,} characters could not be read; they are shown as �.", count=lost))
    return target


def _read(
    reading: _Reading, found: Scan, doubts: list[Doubt], filename: str, title: str, place: Workplace
) -> ImportedTable:
    if not reading.dialect.simple or reading.dialect.ragged > 0.05:
        _rewrite(reading, place)
    columns, refused = _decided(reading, place, found)
    names, name_doubts = name_columns(reading.dialect.header, reading.dialect.width)
    for column, word in zip(columns, names, strict=True):
        column.name = word
    kept = _without_empty_tail(columns, reading, name_doubts)
    target = place.new(".parquet")
    rows = _write(reading, kept, target)
    if not rows and refused and reading.dialect.width > 1:
        raise FileError(f"No row of {filename} fits its {reading.dialect.width} columns.", todo="Check the separator.")
    doubts += _above_doubts(reading.dialect) + name_doubts
    doubts += [rows_doubt(refused, rows)] if refused else []
    doubts += reading.rewritten.doubts() if reading.rewritten else []
    doubts += column_doubts(kept, reading.query, _line_finder(reading, refused, found))
    types = column_types(reading.connection, f"SELECT * FROM {text(target)}")
    aside = write_set_aside(refused, place.new(".left-out.csv")) if refused else ""
    return ImportedTable(
        table_name(title),
        title,
        str(target),
        rows,
        target.stat().st_size,
        tuple(types),
        tuple(by_weight(doubts)),
        aside,
    )


def _decided(reading: _Reading, place: Workplace, found: Scan) -> tuple[list[Column], list[Rejected]]:
    """Types for all columns and the rows that do not fit; reads forgivingly where the strict reader stumbles."""
    try:
        columns = _columns(reading)
        refused = rejected(reading.connection, reading.path) if reading.rewritten is None else []
        if reading.rewritten is None and (wrong_order(refused, reading.dialect) or _swallowed(reading, found, refused)):
            _rewrite(reading, place)
            columns = _columns(reading)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        if reading.rewritten is not None:
            raise
        _rewrite(reading, place)
        columns = _columns(reading)
    return columns, reading.rewritten.refused if reading.rewritten else refused


def _rewrite(reading: _Reading, place: Workplace) -> None:
    target = place.new(".rewritten")
    tell = reading.telling(0, "Cutting irregular lines")
    reading.rewritten = rewrite(reading.path, reading.dialect, target, tell)
    reading.path, reading.stored, reading.rows = target, True, -1


def _columns(reading: _Reading) -> list[Column]:
    width = reading.dialect.width
    limit = max(100, min(3000, SAMPLE_CELLS // width))
    head = run(reading.connection, f"SELECT * FROM {reading.relation()} LIMIT {limit}")
    if not reading.stored:
        reading.connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    header = reading.dialect.header or ()
    columns = []
    for number in range(width):
        sample = list(dict.fromkeys(row[number] for row in head if row[number] is not None))[:1000]
        columns.append(Column(f"c{number}", header[number] if number < len(header) else "", sample))
    decide(columns, reading.query, separator=reading.dialect.mark.separator)
    reading.counted()
    return columns


def _swallowed(reading: _Reading, found: Scan, refused: list[Rejected]) -> bool:
    """True where some cell holds so many lines that a quote may have been left open."""
    if not reading.dialect.mark.quote:
        return False
    rows = reading.counted() if found.tidy else -1
    if rows >= 0 and found.lines <= rows + len(refused) + reading.dialect.skipped + MANY_LINES:
        return False
    cells = [f"max(length(c{n}) - length(replace(c{n}, chr(10), '')))" for n in range(reading.dialect.width)]
    return max((int(most or 0) for most in reading.query(", ".join(cells))[0]), default=0) >= MANY_LINES


def _without_empty_tail(columns: list[Column], reading: _Reading, doubts: list[Doubt]) -> list[Column]:
    """Drop nameless last columns in which no row has anything."""
    header = reading.dialect.header
    kept = list(columns)
    while header and len(kept) > 1 and not kept[-1].sample and not header[len(kept) - 1].strip():
        kept.pop()
    if len(kept) < len(columns):
        doubts[:] = [item for item in doubts if item["kind"] != "names" or "had no name" not in item["text"]]
        doubts.append(doubt("names", "Nameless columns at the end that are empty in every row were left out."))
        named = sum(not header[number].strip() for number in range(len(kept))) if header else 0
        if named:
            doubts.append(doubt("names", f"{named:,} columns had no name and were given one.", count=named))
    return kept


def _write(reading: _Reading, columns: list[Column], target: Path) -> int:
    select = ", ".join(f'{column.value} AS "{column.name.replace(chr(34), chr(34) * 2)}"' for column in columns)
    return reading.write(select, target)


def _above_doubts(dialect: Dialect) -> list[Doubt]:
    if not dialect.above:
        return []
    lines = len(dialect.above)
    first = quoted(re.sub(r"\s+", " ", dialect.above[0]), 80)
    were = "1 line above the table was left out" if lines == 1 else f"{lines:,} lines above the table were left out"
    return [doubt("above", f"{were}: {first}", count=lines)]


def _line_finder(reading: _Reading, refused: list[Rejected], found: Scan) -> Callable[[str], str]:
    """Where the first row stands in which a SQL value is not NULL: ``line 501``, or ``row 480`` where lines differ."""
    skipped = reading.dialect.skipped
    aside = sorted(item.line for item in refused)

    def place_of(value: str) -> str:
        numbered = f"SELECT row_number() OVER () AS n, {value} AS v FROM {reading.relation()}"
        row = run(reading.connection, f"SELECT n FROM ({numbered}) WHERE v IS NOT NULL LIMIT 1")
        if not row:
            return ""
        number = int(row[0][0])
        if reading.rewritten:
            return f"line {reading.rewritten.lines[number - 1]:,}"
        line = number + skipped
        for other in aside:
            line += other <= line
        return f"line {line:,}" if found.tidy and not _broken_lines(reading, found, refused) else f"row {number:,}"

    return place_of


def _broken_lines(reading: _Reading, found: Scan, refused: list[Rejected]) -> bool:
    return abs(found.lines - reading.counted() - len(refused) - reading.dialect.skipped) > 1
