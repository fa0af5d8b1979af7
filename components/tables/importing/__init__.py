"""Reading tables out of files: in a child process, without changing a value in silence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from components.errors import AppError, FileError, StorageFullError
from components.tables.importing.doubts import doubt
from components.tables.importing.kinds import kind_of
from components.tables.importing.naming import stem
from components.tables.importing.result import Imported, Workplace

DEEPEST = 2  # an archive within an archive


class Report(Protocol):
    """Tells how far the work is."""

    def __call__(self, *, done: int | None = None, total: int | None = None, words: str | None = None) -> object:
        """Tell it."""
        ...


def read_file(
    report: Report, *, source: str, filename: str, out_folder: str, memory_mb: int = 2048, unpacked_bytes: int = 8 << 30
) -> dict[str, Any]:
    """Read every table of one file into Parquet files; made to run in a child process.

    Args:
        report: Told bytes, rows or sheets done, their total, and words for the user.
        source: Path of the file.
        filename: What its user calls it; the kind is found by its content.
        out_folder: An empty folder where results and whatever else is needed are written.
        memory_mb: Memory that the process may take.
        unpacked_bytes: Most bytes that an archive may unpack to.

    Returns:
        ``Imported.plain()``: tables and what was left out.

    Raises:
        FileError: Nothing of it can be read; the text names file, place and remedy.
        StorageFullError: No room is left for the results.
    """

    def told(done: int, total: int | None, words: str) -> None:
        report(done=done, total=total, words=words)

    place = Workplace(Path(out_folder), memory_mb, unpacked_bytes)
    with _full_disk_said(), _want_of_memory_said(filename):
        return _read(told, Path(source), filename, stem(filename), place, 0).plain()


@contextmanager
def _full_disk_said() -> Iterator[None]:
    """Say a full disk as what it is: Python and the engine each have their own words for it."""
    import duckdb

    try:
        yield
    except (OSError, duckdb.IOException) as error:
        if getattr(error, "errno", None) != errno.ENOSPC and "No space left" not in str(error):
            raise
        raise StorageFullError("There is no room left on the disk for this import.") from error


@contextmanager
def _want_of_memory_said(filename: str) -> Iterator[None]:
    """Say of every kind of file where the engine may take no more."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise FileError(f"{filename} needs more memory than one import may take.", todo="Split the file.") from error


def _read(told: Any, file: Path, filename: str, title: str, place: Workplace, depth: int) -> Imported:
    kind = kind_of(file, filename)
    if kind in ("gzip", "bzip2", "xz"):
        return _read_packed(told, file, filename, title, place, depth, kind)
    if kind == "zip":
        return _read_zip(told, file, filename, place, depth)
    if kind == "workbook":
        from components.tables.importing.workbook import read_workbook

        return read_workbook(told, file, filename, title, place)
    if kind == "json":
        from components.tables.importing.json_rows import read_json

        return read_json(told, file, filename, title, place)
    if kind == "markup":
        from components.tables.importing.markup import read_markup

        return read_markup(file, filename, title, place)
    if kind == "parquet":
        from components.tables.importing.columnar import read_parquet

        return Imported([read_parquet(told, file, filename, title, place)])
    from components.tables.importing.text import read_text

    return Imported([read_text(told, file, filename, title, place)])


def _read_packed(told: Any, file: Path, filename: str, title: str, place: Workplace, depth: int, kind: str) -> Imported:
    from components.tables.importing.archives import unpack_one

    if depth >= DEEPEST:
        raise FileError(f"{filename} is packed more than {DEEPEST} times.", todo="Unpack it and upload the table.")
    target = place.new(".unpacked")
    unpack_one(file, kind, filename, target, place.unpacked_bytes)
    return _read(told, target, filename, title, place, depth + 1)


def _read_zip(told: Any, file: Path, filename: str, place: Workplace, depth: int) -> Imported:
    from components.tables.importing.archives import unpacked

    if depth:
        raise FileError(f"{filename} holds an archive within an archive.", todo="Unpack it and upload the tables.")
    result = Imported()
    last: AppError | None = None
    for member, path in unpacked(file, filename, place.unpacked_bytes, place.new):
        try:
            found = _read(told, path, member, stem(member), place, depth + 1)
        except FileError as error:
            last = error
            result.left_out.append(doubt("left_out", f"{member} in {filename} was left out. {error.what}"))
        else:
            result.tables += found.tables
            result.left_out += found.left_out
    if not result.tables and last is not None:
        raise FileError(f"Nothing in {filename} could be read. {last.what}", todo=last.todo) from last
    return result
