"""What somebody reads when what lasts cannot be written, or the app was stopped in the middle."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.settings import Settings
from components.store import close_store, jobs, open_store
from components.store.providers import own_providers
from components.workbench import Workbench
from tests.messages.bringing import ME
from tests.messages.conftest import Show
from tests.messages.reading import assert_read, page_words
from tests.messages.test_models import added
from tests.messages.test_people import met

READ = {
    "store: The database file may be read but not written.",
    "store: The database was busy for too long, so nothing was written.",
    "store: No room is left on the disk of the database server.",
    "store: The app stopped while this was running.",
}


@pytest.fixture(scope="module", autouse=True)
def alone(desk: Workbench) -> None:
    """No thread of ours asks the database beside the page: it would meet its listeners while they change."""
    desk.jobs.close()


@contextmanager
def every_transaction(desk: Workbench, pragma: str) -> Iterator[None]:
    """Inside, each use of the database begins with these words to SQLite."""
    engine = desk.store.database.engine

    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(pragma)

    sa.event.listen(engine, "begin", begin)
    try:
        yield
    finally:
        sa.event.remove(engine, "begin", begin)
        engine.dispose()


def test_a_database_that_may_only_be_read_is_said(desk: Workbench, show: Show) -> None:
    at = show("models")
    with every_transaction(desk, "PRAGMA query_only = ON"):
        said = added(at, "Lab", "http://127.0.0.1:9")
    assert_read(said, "store: The database file may be read but not written.")
    assert own_providers(desk.store, ME) == []


def test_a_database_that_another_program_holds_is_said(desk: Workbench, show: Show) -> None:
    at = show("models")
    assert desk.settings.sqlite_file
    with closing(sqlite3.connect(desk.settings.sqlite_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with every_transaction(desk, "PRAGMA busy_timeout = 100"):
            said = added(at, "Lab", "http://127.0.0.1:9")
        other.execute("ROLLBACK")
    assert_read(said, "store: The database was busy for too long, so nothing was written.")
    added(show("models"), "Lab", "http://127.0.0.1:9")
    assert [one.name for one in own_providers(desk.store, ME)] == ["Lab"], "afterwards it goes on"


def test_a_database_server_without_room_is_said(postgres_url: str, tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path, database_url=postgres_url))

    def write() -> None:
        with store.database.writing() as connection:
            connection.exec_driver_sql("do $$ begin raise exception 'full' using errcode = '53100'; end $$")

    try:
        assert_read(met(write), "store: No room is left on the disk of the database server.")
    finally:
        close_store(store)


def test_work_that_the_end_of_the_app_has_ended_is_said(desk: Workbench, show: Show) -> None:
    jobs.submit(desk.store, ME, "of another process", "Import x.csv", {})
    jobs.claim(desk.store, "a process that has died", ["of another process"])
    jobs.sweep(desk.store, desk.jobs.worker_id, 10, [], True)
    assert_read(page_words(show("home")), "store: The app stopped while this was running.")
