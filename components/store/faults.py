"""What goes wrong under the store, in words for the user: full disks, missing permissions, databases that are away."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.errors import StorageFullError, StoreError

FULL = {errno.ENOSPC, errno.EDQUOT}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}

_FAULTY = 10  # SQLite's code for a disk that does not do as it should
_LEAST_ROOM = 1 << 16  # bytes
_KEPT = "What was there before is untouched."
_NO_ROOM = "No room is left on the disk that holds the data."
_SQLITE: dict[int, StoreError] = {  # by SQLite's primary result codes
    5: StoreError("The database was busy for too long, so nothing was written.", kept=_KEPT),
    8: StoreError(
        "The database file may be read but not written.",
        kept=_KEPT,
        todo="Make the data folder writable, then start again.",
    ),
    10: StoreError(
        "The disk that holds the database reported a fault.",
        kept="What was saved before it is in your last backup.",
        todo="Check the disk, then start again.",
    ),
    11: StoreError(
        "The database file is damaged.",
        kept="Nothing in it was changed.",
        todo="Put back your last backup (make restore), or set GROUNDWORK_HOME to another folder.",
    ),
    13: StorageFullError(_NO_ROOM),
    14: StoreError(
        "The database file cannot be opened.", kept=_KEPT, todo="Make the data folder writable, then start again."
    ),
    26: StoreError(
        "The database file is not one of Groundwork's.",
        kept="Nothing in it was changed.",
        todo="Move it away, or set GROUNDWORK_HOME to another folder.",
    ),
}


def of_database(context: Any) -> StoreError | None:
    """The user's error for a database's error, or None where it is a bug of ours. Listens to ``handle_error``."""
    cause = context.original_exception
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:
        return _of_postgres(cause)
    known = _SQLITE.get(code & 0xFF)
    if code & 0xFF == _FAULTY and _is_full(context.engine):
        known = StorageFullError(_NO_ROOM)
    return known and _anew(known)


def _is_full(engine: Any) -> bool:
    """Whether the database's disk has no room: where SQLite needs some for its index alone, it calls that a fault."""
    file: str = (engine.url.database or "") if engine is not None else ""
    return bool(file) and shutil.disk_usage(Path(file).parent).free < _LEAST_ROOM


def _anew(known: StoreError) -> StoreError:
    """The same words in an error of its own: one that is raised twice would hold on to where it was before."""
    return type(known)(known.what, kept=known.kept, todo=known.todo)


def _of_postgres(cause: BaseException) -> StoreError | None:
    if type(cause).__module__.partition(".")[0] != "psycopg":
        return None
    state: str | None = getattr(cause, "sqlstate", None)
    if state == "53100":
        return StorageFullError("No room is left on the disk of the database server.")
    away = state is None and type(cause).__name__ == "OperationalError"
    if away or (state or "").startswith(("08", "53", "57P")):
        return StoreError(
            "The database server cannot be reached, or turned us away.",
            kept="What was saved before is kept there.",
            todo="Check that it runs, then try again.",
        )
    return None


@contextmanager
def of_sqlite() -> Iterator[None]:
    """Inside, a fault that SQLite itself tells of becomes a ``StoreError``; for what does not go by SQLAlchemy."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        known = _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if known is None:
            raise
        raise _anew(known) from error


@contextmanager
def of_disk(place: Path | str) -> Iterator[None]:
    """Inside, an ``OSError`` of a full or forbidden disk at ``place`` becomes a ``StoreError`` that names it."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFullError(f"No room is left on the disk that holds {place}.") from error
        if error.errno in FORBIDDEN and _is_about(error, str(place)):
            raise StoreError(
                f"{place} cannot be written: {(error.strerror or 'no permission').lower()}.",
                kept=_KEPT,
                todo="Make it writable, or set GROUNDWORK_HOME to another folder.",
            ) from error
        raise


def _is_about(error: OSError, place: str) -> bool:
    """Whether the error is of ``place``, and not of a file that was being copied there."""
    name = str(error.filename or place)
    return name.startswith(place) or place.startswith(name)
