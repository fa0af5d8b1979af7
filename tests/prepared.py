"""Databases whose tables are made already: thousands of tests want one, and making them anew is most of such a test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest

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


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database on this run's server that others are copies of."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("create database template_of_tests")
    with tempfile.TemporaryDirectory() as home:
        url = _at(postgres_server, "template_of_tests")
        close_store(open_store(Settings(home=Path(home), database_url=url, model="none")))
    return "template_of_tests"


@pytest.fixture
def prepared_postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a database whose tables are made and empty, which is dropped after the test."""
    name = f"test_{token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {postgres_template}".encode())
        yield _at(postgres_server, name)
        connection.execute(f"drop database {name} with (force)".encode())


def _at(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?")
