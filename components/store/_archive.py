"""What a backup is: one zip file with the database, the files that its rows name, the key file, and a list of them.

The list is written last, and a zip's directory after it: an archive that was cut short has neither.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from components.errors import AppError, ConfigurationError
from components.settings import Settings
from components.store.blobs import Blobs, open_blobs

FORMAT = 1
DATABASE, KEY, LIST = "groundwork.sqlite3", "groundwork.key", "groundwork.json"
FILES = "blobs/"
_MOST_LIST = 1 << 28
_BLOCK = 1 << 20


class ArchiveError(AppError):
    """A file is no backup of Groundwork's, or is not whole; or a backup cannot be written where it was asked for."""

    kept = "Nothing was changed."
    todo = "Choose another file."


@dataclass(frozen=True)
class Entry:
    """One file of an archive: how many bytes it has, and their SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. ``revision`` is the migration of its database; ``lost`` are files that rows named and
    that were nowhere to be found when it was made."""

    revision: str
    made_at: float
    files: dict[str, Entry]
    lost: tuple[str, ...] = ()
    format: int = FORMAT


def require_local(settings: Settings) -> tuple[Path, Blobs]:
    """The database file and the blobs, where both lie on this machine.

    Raises:
        ConfigurationError: They lie on a server, which has its own ways of backing up.
    """
    blobs = open_blobs(settings)
    if settings.sqlite_file is None:
        raise ConfigurationError(
            "GROUNDWORK_DATABASE_URL names a database server: this saves SQLite and a folder of files alone.",
            todo="Use the server's own backup (pg_dump), then copy the files that GROUNDWORK_BLOBS_URL names.",
        )
    if blobs.folder is None:
        raise ConfigurationError(
            "GROUNDWORK_BLOBS_URL names an object store: this saves SQLite and a folder of files alone.",
            todo="Copy the object store by its own means, and the home folder while the app is stopped.",
        )
    return settings.sqlite_file, blobs


def add(archive: ZipFile, name: str, source: BinaryIO, *, compressed: bool = False) -> Entry:
    """Add a file under a name, readable for its owner alone."""
    info = ZipInfo(name)
    info.external_attr = 0o600 << 16
    info.compress_type = 8 if compressed else 0  # deflated or stored: tables and documents are compressed already
    with archive.open(info, "w", force_zip64=True) as out:
        return copy(source, out)


def add_list(archive: ZipFile, manifest: Manifest) -> None:
    """Write the list: the last thing of an archive."""
    archive.writestr(LIST, json.dumps(asdict(manifest)))


def copy(source: IO[bytes], out: IO[bytes]) -> Entry:
    """Copy to the end; what it was that was copied."""
    digest, count = hashlib.sha256(), 0
    for block in _blocks(source):
        digest.update(block)
        count += len(block)
        out.write(block)
    return Entry(count, digest.hexdigest())


@contextmanager
def private_file(file: Path) -> Iterator[BinaryIO]:
    """A new file for its owner alone; it is on the disk when the block ends."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


def copy_exactly(archive: ZipFile, manifest: Manifest, name: str, out: IO[bytes]) -> None:
    """Copy a file out of an archive.

    Raises:
        ArchiveError: It is not what the list says.
    """
    wanted = manifest.files[name]
    try:
        with archive.open(name) as source:
            same = archive.getinfo(name).file_size == wanted.bytes and copy(source, out) == wanted
    except (BadZipFile, EOFError, KeyError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault, not the archive's
        same = False
    if not same:
        raise ArchiveError(f"The backup is damaged: {name} is not what was saved.")


def is_same(file: Path, wanted: Entry) -> bool:
    """Whether a file is there with the very bytes of an entry."""
    if not file.is_file() or file.stat().st_size != wanted.bytes:
        return False
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest() == wanted.sha256


def read_list(archive: ZipFile) -> Manifest:
    """What an archive holds.

    Raises:
        ArchiveError: It is no backup, or of a newer kind.
    """
    if LIST not in archive.namelist() or archive.getinfo(LIST).file_size > _MOST_LIST:
        raise ArchiveError("This zip file is not a backup of Groundwork's.")
    try:
        told = json.loads(archive.read(LIST))
        known = told.get("format") == FORMAT
        manifest = _manifest(told) if known else None
    except (BadZipFile, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ArchiveError("The backup is damaged: its list cannot be read.") from error
    if manifest is None:
        raise ArchiveError("The backup was made by a newer Groundwork.", todo="Restore it with that one.")
    return manifest


def _manifest(told: dict[str, object]) -> Manifest:
    files = told.pop("files")
    if not isinstance(files, dict) or DATABASE not in files:
        raise ValueError("no database")
    if not isinstance(told.get("revision"), str) or not isinstance(told.get("made_at"), int | float):
        raise TypeError("no revision, or no time")
    lost = told.pop("lost", ())
    entries = {str(name): Entry(**entry) for name, entry in files.items()}
    return Manifest(files=entries, lost=tuple(lost), **told)  # type: ignore[arg-type]  # TypeError where it is not so


def _blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        yield block
