"""Saving everything that lasts into one file, while the app runs.

The database is copied as it stands at one moment; files are written once and never changed, so those that its rows
name can be copied afterwards. One that was deleted in between is found missing: then the database is copied anew.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import sqlalchemy as sa

from components.errors import StoreError
from components.settings import Settings
from components.store import faults
from components.store._archive import (
    DATABASE,
    FILES,
    KEY,
    ArchiveError,
    Entry,
    Manifest,
    add,
    add_list,
    private_file,
    require_local,
)
from components.store._files import REFERENCES
from components.store.blobs import Blobs

_MOST_PASSES = 50
_PREFIX, _DAY = ".backup-", 86_400.0


@dataclass(frozen=True)
class Saved:
    """What was saved: where, how many files and bytes, and how many files were nowhere to be found."""

    file: Path
    count: int
    bytes: int
    lost: int


def back_up(settings: Settings, file: Path) -> Saved:
    """Save database, files and key file into ``file``, a zip archive that only its owner may read.

    The app may run meanwhile. The archive appears whole or not at all.

    Raises:
        ConfigurationError: The data lies on a server, not in a folder.
        ArchiveError: There is a file of this name.
        StoreError: There is nothing to save, or the database cannot be read.
        StorageFullError: No room for the archive.
    """
    source, blobs = require_local(settings)
    if not source.exists():
        raise StoreError(f"There is nothing to save in {settings.home}.", todo="Set GROUNDWORK_HOME to the data.")
    with faults.of_disk(file.parent), _written_whole(file) as (archive, folder):
        saving = _Saving(archive, source, blobs, folder / DATABASE)
        manifest = saving.save(settings.home / KEY)
    return Saved(file, len(manifest.files), file.stat().st_size, len(manifest.lost))


@dataclass
class _Saving:
    archive: ZipFile
    source: Path
    blobs: Blobs
    snapshot: Path
    files: dict[str, Entry] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    def save(self, key: Path) -> Manifest:
        revision = self._save_files()
        with self.snapshot.open("rb") as copied:
            self.files[DATABASE] = add(self.archive, DATABASE, copied, compressed=True)
        if key.exists():  # after the database: whatever it holds was encrypted with a key that was there before
            with key.open("rb") as secret:
                self.files[KEY] = add(self.archive, KEY, secret)
        manifest = Manifest(revision, time.time(), self.files, tuple(sorted(self.lost)))
        add_list(self.archive, manifest)
        return manifest

    def _save_files(self) -> str:
        """Copy the database, and the files that it names, until none of them was deleted in between."""
        gone: set[str] = set()
        for _ in range(_MOST_PASSES):
            named, revision = _copy_database(self.source, self.snapshot)
            self.lost = (self.lost | gone) & named  # missing, and named even later: not deleted, but lost
            gone = {key for key in sorted(named - self.lost) if not self._has(key)}
            if not gone:
                return revision
        raise StoreError(
            "Files are deleted faster than they can be saved.",
            kept="Nothing was changed, and nothing was saved.",
            todo="Try again in a quieter moment.",
        )

    def _has(self, key: str) -> bool:
        """See that the archive holds a file; False where there is no such file."""
        name = FILES + key
        if name not in self.files:
            try:
                with self.blobs.open(key) as source:
                    self.files[name] = add(self.archive, name, source)
            except FileNotFoundError:
                return False
        return True


def _copy_database(source: Path, target: Path) -> tuple[set[str], str]:
    """Copy the database as it stands now; the files that its rows name, and its migration."""
    target.unlink(missing_ok=True)
    with faults.of_sqlite(), closing(_open(source)) as live, closing(sqlite3.connect(target)) as copied:
        live.backup(copied)
        copied.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        named = {row[0] for column in REFERENCES for row in copied.execute(str(sa.select(column)))}
        (revision,) = copied.execute("select version_num from alembic_version").fetchone()
    return named - {None}, str(revision)


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=15)


@contextmanager
def _written_whole(file: Path) -> Iterator[tuple[ZipFile, Path]]:
    """An archive that is there under its name once it is whole, and a folder beside it for what is needed meanwhile."""
    if file.exists():
        raise ArchiveError(f"There is a file {file} already.", todo="Give another name.")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_old(file.parent)
    with TemporaryDirectory(prefix=_PREFIX, dir=file.parent) as made:
        part = Path(made) / "part.zip"
        with private_file(part) as out, ZipFile(out, "w") as archive:
            yield archive, Path(made)
        part.replace(file)


def _forget_old(folder: Path) -> None:
    """Delete what backups left that were killed; one that is being made was touched within a day."""
    for left in folder.glob(f"{_PREFIX}*"):
        if max(item.stat().st_mtime for item in (left, *left.iterdir())) < time.time() - _DAY:
            shutil.rmtree(left, ignore_errors=True)
