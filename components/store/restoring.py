"""Putting a backup in the place of what is there, while the app is stopped.

Everything is brought beside its place first, and looked at; until then an interruption changes nothing. Then a mark is
set and the places are changed, which takes a moment: if that is interrupted, the store does not open until the next
restore has brought it to its end.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import sqlalchemy as sa

from components.settings import Settings
from components.store import faults
from components.store._archive import (
    DATABASE,
    FILES,
    KEY,
    ArchiveError,
    Manifest,
    copy_exactly,
    is_same,
    private_file,
    read_list,
    require_local,
)
from components.store._files import restore_mark
from components.store.blobs import Blobs
from components.store.lock import FolderLock
from components.store.migrate import known_revisions
from components.store.schema_people import codes, flows, logins, tickets

BEFORE = "before"
_BESIDE = ("-wal", "-shm", "")
_ENDED = (tickets, logins, flows, codes)


@dataclass(frozen=True)
class Restored:
    """What was restored: from which file, when it was saved (seconds since 1970), how many files it has; ``before`` is
    a home folder with all that was there, or None where nothing was."""

    archive: str
    made_at: float
    count: int
    before: str | None


def restore(settings: Settings, file: Path) -> Restored:
    """Put a backup in the place of what is in the home folder. Everybody signs in anew afterwards.

    What was there is kept, as a home folder of its own; hard links let its files take no room twice.

    Raises:
        ConfigurationError: The data lies on a server, not in a folder.
        StoreInUseError: The app runs.
        ArchiveError: The file is no backup, is damaged, or was made by a newer Groundwork. Nothing was changed.
        StorageFullError: No room. Nothing was changed.
    """
    _, blobs = require_local(settings)
    with faults.of_disk(settings.home), _holding(settings.home), _opened(file) as archive:
        ended = _finish(settings.home, blobs)
        if ended and ended.archive == str(file.absolute()):
            return ended
        return _restore(settings.home, archive, blobs, str(file.absolute()))


def _restore(home: Path, archive: ZipFile, blobs: Blobs, name: str) -> Restored:
    manifest = read_list(archive)
    _require_known(manifest)
    stage = _stage(home)
    stage.mkdir(mode=0o700)
    try:
        _bring(archive, manifest, stage)
        before = _keep_files(home, stage, blobs)
        _bring_files(archive, manifest, blobs)
        told = Restored(name, manifest.made_at, len(manifest.files), before)
        _mark(home, told)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise
    return _finish(home, blobs) or told


def _finish(home: Path, blobs: Blobs) -> Restored | None:
    """Bring a marked restore to its end, wherever it was interrupted; forget one that had changed nothing yet."""
    stage, mark = _stage(home), restore_mark(home)
    if not mark.exists():
        shutil.rmtree(stage, ignore_errors=True)
        return None
    told = Restored(**json.loads(mark.read_text()))
    _change_places(home, stage)
    blobs.disown()
    shutil.rmtree(home / "index", ignore_errors=True)  # made again from the rows
    if told.before and (stage / BEFORE).exists():
        (stage / BEFORE).rename(told.before)
    _sync(home)
    mark.unlink()
    shutil.rmtree(stage)
    return told


def _change_places(home: Path, stage: Path) -> None:
    """Move away what is there, and in what was brought. What was moved in before an interruption is staged no more."""
    for name in (DATABASE, KEY):
        if (stage / name).exists():
            for old in (home / (name + ending) for ending in _BESIDE):
                if old.exists():
                    old.replace(stage / BEFORE / old.name)
            _sync(stage / BEFORE)
            (stage / name).replace(home / name)
            _sync(home)


def _mark(home: Path, told: Restored) -> None:
    part = _stage(home) / "part.json"
    with part.open("w") as out:
        json.dump(asdict(told), out)
        out.flush()
        os.fsync(out.fileno())
    _sync(_stage(home))
    part.replace(restore_mark(home))
    _sync(_stage(home))


def _stage(home: Path) -> Path:
    return restore_mark(home).parent


def _require_known(manifest: Manifest) -> None:
    if manifest.revision not in known_revisions():
        what = f"The backup was made by a newer Groundwork (its tables stand at {manifest.revision})."
        raise ArchiveError(what, todo="Restore it with that one.")


def _bring(archive: ZipFile, manifest: Manifest, stage: Path) -> None:
    """Bring the database and the key file beside their places, and make the database ready."""
    for name in (DATABASE, KEY):
        if name in manifest.files:
            with private_file(stage / name) as out:
                copy_exactly(archive, manifest, name, out)
    with faults.of_sqlite(), closing(sqlite3.connect(stage / DATABASE)) as connection:
        _make_ready(connection)


def _make_ready(connection: sqlite3.Connection) -> None:
    """Look at the database, and end every sign-in: who was signed out since then must not be signed in again."""
    (answer,) = connection.execute("PRAGMA quick_check").fetchone()
    if answer != "ok":
        raise ArchiveError(f"The backup's database is damaged: {answer}")
    present = {row[0] for row in connection.execute("select name from sqlite_master")}
    for table in _ENDED:
        if table.name in present:
            connection.execute(str(sa.delete(table)))
    connection.commit()


def _bring_files(archive: ZipFile, manifest: Manifest, blobs: Blobs) -> None:
    """Put the files where they belong. Until the rows that name them are there, they are nobody's, and are swept."""
    for name, wanted in manifest.files.items():
        if name.startswith(FILES):
            key = name.removeprefix(FILES)
            if not is_same(_place(blobs, key), wanted):
                with blobs.open_writer(key) as out:
                    copy_exactly(archive, manifest, name, out)


def _place(blobs: Blobs, key: str) -> Path:
    try:
        return blobs.local_path(key)
    except ValueError as error:
        raise ArchiveError(f"The backup is damaged: it holds {key!r}.") from error


def _keep_files(home: Path, stage: Path, blobs: Blobs) -> str | None:
    """Begin the folder of what is there now, with its files; where it will lie, or None where nothing is there."""
    before = stage / BEFORE
    before.mkdir(mode=0o700)
    if not any((home / name).exists() for name in (DATABASE, KEY)):
        return None
    for key in blobs.keys():  # noqa: SIM118 - it is no dict
        _link(blobs.local_path(key), before / FILES / key)
    return str(_free(home / f"before-restore-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"))


def _link(file: Path, name: Path) -> None:
    """Give a file a second name; where the disk knows no such thing, a copy."""
    name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(file, name)
    except FileNotFoundError:
        return  # deleted meanwhile
    except OSError:
        shutil.copy2(file, name)


def _free(wanted: Path) -> Path:
    names = (wanted, *(wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 1000)))
    return next(name for name in names if not name.exists())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _holding(home: Path) -> Iterator[None]:
    """Keep the app from starting meanwhile."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(home)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _opened(file: Path) -> Iterator[ZipFile]:
    try:
        archive = ZipFile(file)
    except BadZipFile as error:
        raise ArchiveError(f"{file} is not a backup, or was cut short.") from error
    except OSError as error:
        raise ArchiveError(f"{file} cannot be read: {(error.strerror or 'it is no file').lower()}.") from error
    with archive:
        yield archive
