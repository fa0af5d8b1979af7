"""Opening and closing the store."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from components.errors import ConfigurationError, StoreError
from components.settings import Settings
from components.store import faults
from components.store._files import restore_mark
from components.store.blobs import Blobs, open_blobs
from components.store.database import Database, open_database
from components.store.lock import FolderLock
from components.store.migrate import migrate
from components.store.secrets import Secrets


@dataclass(frozen=True)
class Store:
    """What every function of the store takes first: rows, files, and the key for what is encrypted.

    Attributes:
        home: The data folder on this machine; what can be made again from the rows is kept there too.
    """

    database: Database
    blobs: Blobs
    secrets: Secrets
    home: Path
    lock: FolderLock | None = field(default=None, repr=False, compare=False)


def open_store(settings: Settings) -> Store:
    """Open the store, making and migrating whatever is missing.

    Raises:
        StoreInUseError: Another copy of the app holds the SQLite folder.
        StorageFullError: No room for the first rows.
        StoreError: The folder is not writable, the database is away, or was made by a newer Groundwork.
        ConfigurationError: The database's address, the files' address, or the encryption key is malformed.
    """
    url = _database_url(settings)
    secrets = Secrets(settings.home / "groundwork.key", settings.encryption_key)
    with faults.of_disk(settings.home):
        _make_folder(settings.home)
        lock = FolderLock(settings.home) if settings.sqlite_file else None
    try:
        return Store(_open_migrated(settings, url), open_blobs(settings), secrets, settings.home, lock)
    except BaseException:
        if lock:
            lock.release()
        raise


def close_store(store: Store) -> None:
    """Give back every connection and the folder's lock. Closing twice is harmless."""
    store.database.close()
    if store.lock:
        store.lock.release()


def _open_migrated(settings: Settings, url: str) -> Database:
    if settings.sqlite_file:
        if restore_mark(settings.home).exists():
            raise StoreError(
                "A restore was interrupted here.",
                kept="The backup, and what was here before it, are whole.",
                todo="Run make restore with the same backup again.",
            )
        with faults.of_disk(settings.sqlite_file):
            _make_private_file(settings.sqlite_file)
    database = open_database(url)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def _database_url(settings: Settings) -> str:
    if settings.sqlite_file:
        return f"sqlite:///{settings.sqlite_file}"
    scheme, colon, rest = settings.database_url.partition("://")
    if not colon or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ConfigurationError(
            "GROUNDWORK_DATABASE_URL is not the address of a PostgreSQL database.",
            todo="Write postgresql://user:password@host/database, or leave it out for SQLite.",
        )
    return f"postgresql+psycopg://{rest}"


def _make_folder(folder: Path) -> None:
    """Make a folder for its owner alone. One that holds somebody else's files keeps the mode that it has."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ours = not any(folder.iterdir()) or (folder / "groundwork.sqlite3").exists()
    if ours and folder.stat().st_mode & 0o077:
        with suppress(PermissionError):  # a mounted folder may belong to another user and still be ours to write
            folder.chmod(0o700)


def _make_private_file(file: Path) -> None:
    """SQLite gives its WAL and its index the mode that the database file has."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
