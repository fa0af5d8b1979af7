"""JSON and JSON Lines: lists of records, wrapped lists, columns of lists. Whole numbers are exact."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from components.errors import FileError
from components.tables.importing.cells import table_of_cells
from components.tables.importing.doubts import Doubt, counted, doubt
from components.tables.importing.duck import Report
from components.tables.importing.encoding import scan, write_utf8
from components.tables.importing.header import name_columns
from components.tables.importing.json_stream import JsonStream
from components.tables.importing.result import MOST_COLUMNS, Imported, Workplace

DEEPEST = 4  # records inside records that become columns of their own
TELL_EVERY = 20_000

Rows = Callable[[], Iterator[Any]]


def read_json(report: Report, file: Path, filename: str, title: str, place: Workplace) -> Imported:
    """Read every list of records in the file.

    Raises:
        FileError: It is no JSON, or holds no list that could be a table; the message names the line.
    """
    found = scan(file, filename)
    if not found.tidy:
        target = place.new(".utf8")
        write_utf8(file, found.encoding, target)
        file = target
    result = Imported()
    for word, rows, doubts in _lists(file, filename):
        called = f"{title} {word}" if word else title
        result.tables.append(_table(report, rows, called, place, doubts, filename))
    if not result.tables:
        raise FileError(f"{filename} holds no list of records.", todo="Upload a list of objects, or JSON Lines.")
    return result


@contextmanager
def _open(file: Path) -> Iterator[JsonStream]:
    with file.open(encoding="utf-8", errors="replace") as text:
        yield JsonStream(text)


def _items(file: Path) -> Iterator[Any]:
    with _open(file) as stream:
        yield from stream.items()


def _records(file: Path) -> Iterator[Any]:
    with _open(file) as stream:
        yield from stream.lines()


def _lists(file: Path, filename: str) -> list[tuple[str, Rows, list[Doubt]]]:
    """What of the file can be a table: a word for each where there are several, and its rows."""
    with _open(file) as stream:
        try:
            first = stream.peek()
            if first == "[":
                return [("", lambda: _items(file), [])]
            value = stream.value()
            if stream.peek():  # more values follow: one record a line
                return [("", lambda: _records(file), [])]
        except ValueError as error:
            raise _no_json(filename, stream, error) from error
    return _in_record(value) if isinstance(value, dict) else []


def _in_record(record: dict[str, Any]) -> list[tuple[str, Rows, list[Doubt]]]:
    """The tables inside one object: columns of one length, or lists of records, or the object itself."""
    lists = {key: value for key, value in record.items() if isinstance(value, list) and value}
    plain = {key: value for key, value in lists.items() if not any(isinstance(cell, dict | list) for cell in value)}
    columns = plain if len(plain) == len(record) else {}
    if columns and len({len(value) for value in columns.values()}) == 1:
        return [("", lambda: (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)), [])]
    tables = {key: value for key, value in lists.items() if all(isinstance(cell, dict) for cell in value)}
    if not tables:
        return _deeper(record)
    others = [key for key in record if key not in tables]
    said = f"Only the list was read; {', '.join(others[:5])} beside it is left out." if others else ""
    doubts = [doubt("left_out", said)] if said else []
    several = len(tables) > 1
    return [(key if several else "", _iterator(value), doubts) for key, value in tables.items()]


def _deeper(record: dict[str, Any]) -> list[tuple[str, Rows, list[Doubt]]]:
    for value in record.values():
        if isinstance(value, dict) and any(isinstance(inner, list) and inner for inner in value.values()):
            found = _in_record(value)
            if found:
                return found
    if record and all(isinstance(value, dict) for value in record.values()) and len(record) > 1:
        said = "The file is one object of records; its names are in the column key."
        rows = [{"key": key, **value} for key, value in record.items()]
        return [("", _iterator(rows), [doubt("wrapped", said)])]
    return [("", _iterator([record]), [])] if record else []


def _iterator(rows: Sequence[Any]) -> Rows:
    return lambda: iter(rows)


def _table(report: Report, rows: Rows, title: str, place: Workplace, doubts: list[Doubt], filename: str) -> Any:
    keys = _keys(report, rows, filename)
    names, name_doubts = name_columns(["_".join(key) if key != ("",) else "value" for key in keys], len(keys))
    spread = sorted({key[0] for key in keys if len(key) > 1})
    if spread:
        said = f"{counted(len(spread), 'nested record was', 'nested records were')} spread over columns: "
        doubts = [*doubts, doubt("nested", said + ", ".join(spread[:5]) + ".")]
    cells = ([_cell(_inner(row, key)) for key in keys] for row in rows())
    return table_of_cells(names, cells, title=title, place=place, doubts=[*doubts, *name_doubts])


def _keys(report: Report, rows: Rows, filename: str) -> list[tuple[str, ...]]:
    """The paths to all values, in the order in which they first come."""
    keys: dict[tuple[str, ...], bool] = {}  # True where a value stands there, False where only records were met
    number = 0
    try:
        for number, row in enumerate(rows(), 1):
            _collect(row, (), keys)
            if number % TELL_EVERY == 0:
                report(number, None, f"Looking at {number:,} records")
    except ValueError as error:
        raise FileError(
            f"{filename} is not JSON from record {number + 1:,} on.", todo="Mend the file and upload it again."
        ) from error
    if len(keys) > MOST_COLUMNS:
        raise FileError(
            f"{filename} would have {len(keys):,} columns; {MOST_COLUMNS:,} are the most.",
            todo="Upload records that have the same names.",
        )
    return [key for key, stands in keys.items() if stands] or [("",)]


def _collect(value: Any, path: tuple[str, ...], keys: dict[tuple[str, ...], bool]) -> None:
    if isinstance(value, dict) and (value or not path) and len(path) < DEEPEST:
        for key, inner in value.items():
            _collect(inner, (*path, key), keys)
    else:
        keys[path or ("",)] = True


def _inner(row: Any, path: tuple[str, ...]) -> Any:
    if path == ("",):
        return row if not isinstance(row, dict) or "" in row else None
    for key in path:
        if not isinstance(row, dict):
            return None
        row = row.get(key)
    return None if isinstance(row, dict) and row and len(path) < DEEPEST else row


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return format(value, "f") if isinstance(value, Decimal) else value


def _no_json(filename: str, stream: JsonStream, error: ValueError) -> FileError:
    line = stream.line + (error.lineno - 1 if isinstance(error, json.JSONDecodeError) else 0)
    return FileError(
        f"{filename} is not JSON: line {line:,} breaks off or is malformed.", todo="Mend it and try again."
    )
