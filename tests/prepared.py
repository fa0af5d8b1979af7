"""Databases whose tables are made already: thousands of tests want one, and making them anew is most of such a test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from components.settings import Settings
from components.store import Store, close_store, open_store

DATABASE = "groundwork.sqlite3"


def open_prepared(settings: Settings) -> Store:
    """Open a store whose tables were made beforehand, where it is on SQLite and not there yet."""
    if settings.sqlite_file:
        lay_tables(settings.home)
    return open_store(settings)


def lay_tables(home: Path) -> None:
    """Put a database with empty tables into a data folder that has none."""
    file = home / DATABASE
    if not file.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(_empty(), file)


@cache
def _empty() -> Path:
    """A database of this process's, in a folder that goes when it ends."""
    folder = tempfile.TemporaryDirectory(prefix="gw-prepared-")
    atexit.register(folder.cleanup)
    close_store(open_store(Settings(home=Path(folder.name), model="none")))
    return Path(folder.name) / DATABASE
