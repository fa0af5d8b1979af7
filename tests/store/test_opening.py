"""Opening the store: folder, lock, modes, and everything that can be wrong with them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from components.errors import AppError, ConfigurationError, StorageFullError, StoreError, StoreInUseError
from components.settings import ROOT, Settings
from components.store import Store, close_store, conversations, open_store, users
from components.store.schema import users as user_rows
from tests.store.counting import rows_in
from tests.store.opened import opened

NOBODY = 65534


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "deep" / "home", model="none")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_everything_is_found_again_after_a_restart(store_settings: Settings) -> None:
    with opened(store_settings) as store:
        made = conversations.create_conversation(store, users.ensure_local_owner(store).id, "chat", "Orders")
    with opened(store_settings) as store:
        assert conversations.list_conversations(store, users.LOCAL_OWNER_ID) == [made]


def test_folder_and_files_are_for_their_owner_alone(settings: Settings) -> None:
    with opened(settings) as store:
        users.ensure_local_owner(store)
        assert mode(settings.home) == 0o700
        assert {mode(file) for file in settings.home.iterdir()} == {0o600}
        assert {"groundwork.sqlite3", "groundwork.sqlite3-wal"} <= {file.name for file in settings.home.iterdir()}


def test_an_empty_folder_is_closed_to_others(settings: Settings) -> None:
    settings.home.mkdir(parents=True, mode=0o755)
    with opened(settings):
        assert mode(settings.home) == 0o700


def test_a_folder_with_other_peoples_files_keeps_its_mode(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    settings.home.chmod(0o755)
    (settings.home / "theirs.txt").write_text("x")
    with opened(settings) as store:
        assert mode(settings.home) == 0o755
        assert mode(Path(str(store.database.engine.url.database))) == 0o600


def test_the_second_copy_says_who_holds_the_folder(settings: Settings) -> None:
    script = (
        "import sys, pathlib; from components.errors import AppError; from components.settings import Settings\n"
        "from components.store import open_store\n"
        "try: open_store(Settings(home=pathlib.Path(sys.argv[1])))\n"
        "except AppError as error: print(error.code, error.what)\n"
    )
    with opened(settings):
        second = subprocess.run(
            [sys.executable, "-c", script, settings.home], capture_output=True, text=True, cwd=ROOT, check=True
        )
    assert second.stdout.strip() == (
        f"StoreInUseError Groundwork already runs on {settings.home} (process {os.getpid()})."
    )


def test_the_folder_is_free_again_when_the_store_is_closed(settings: Settings) -> None:
    with opened(settings) as store:
        with pytest.raises(StoreInUseError):
            open_store(settings)
        close_store(store)
        with opened(settings):
            pass


def test_a_store_that_did_not_open_holds_no_lock(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    assert settings.sqlite_file is not None
    settings.sqlite_file.write_bytes(b"this is not a database, but long enough to be looked at" * 20)
    with pytest.raises(StoreError, match="not one of Groundwork's"):
        open_store(settings)
    settings.sqlite_file.unlink()
    with opened(settings):
        pass


def test_two_share_a_postgres_database(postgres_url: str, tmp_path: Path) -> None:
    homes = [Settings(home=tmp_path / name, database_url=postgres_url) for name in ("a", "b")]
    with opened(homes[0]) as one, opened(homes[1]) as two:
        users.ensure_local_owner(one)
        assert users.user(two, users.LOCAL_OWNER_ID).role == "administrator"


def test_a_home_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    with pytest.raises(StoreError, match=f"{tmp_path}/home cannot be written"):
        open_store(Settings(home=tmp_path / "home"))
    with pytest.raises(StoreError, match=f"{tmp_path}/home/deeper cannot be written"):
        open_store(Settings(home=tmp_path / "home" / "deeper"))


def test_a_folder_that_is_not_writable_is_said() -> None:
    with _as_nobody() as folder:
        folder.chmod(0o500)
        error = _error_of(Settings(home=folder))
        assert type(error) is StoreError and str(folder) in error.what and "GROUNDWORK_HOME" in error.todo
        error = _error_of(Settings(home=folder / "new"))
        assert type(error) is StoreError and str(folder / "new") in error.what
        folder.chmod(0o700)


def test_a_database_file_that_is_not_writable_is_said() -> None:
    with _as_nobody() as folder:
        with opened(Settings(home=folder)):
            pass
        (folder / "groundwork.sqlite3").chmod(0o400)
        assert type(_error_of(Settings(home=folder))) is StoreError


def test_a_full_disk_is_said_and_what_was_there_is_kept(settings: Settings) -> None:
    with opened(settings) as store:
        owner = users.ensure_local_owner(store).id
        kept = conversations.create_conversation(store, owner, "chat", "kept")
        with _little_room(store):
            with pytest.raises(StorageFullError, match="No room is left"):
                conversations.create_conversation(store, owner, "chat", "x" * 2_000_000)
            assert conversations.list_conversations(store, owner) == [kept]
        assert conversations.create_conversation(store, owner, "chat", "x" * 2_000_000)


def test_a_full_database_server_is_said(postgres_url: str, tmp_path: Path) -> None:
    with opened(Settings(home=tmp_path, database_url=postgres_url)) as store:
        with pytest.raises(StorageFullError), store.database.writing() as connection:
            connection.exec_driver_sql("do $$ begin raise exception 'full' using errcode = '53100'; end $$")
        assert rows_in(store)["users"] == 0


def test_a_database_server_that_is_away_is_said(tmp_path: Path) -> None:
    url = f"postgresql://nobody@/none?host={tmp_path}"
    with pytest.raises(StoreError, match="cannot be reached"):
        open_store(Settings(home=tmp_path / "home", database_url=url))


def test_a_restarted_database_server_is_found_again(postgres_url: str, tmp_path: Path) -> None:
    with opened(Settings(home=tmp_path, database_url=postgres_url)) as store:
        users.ensure_local_owner(store)
        with pytest.raises(StoreError, match="cannot be reached"), store.database.reading() as connection:
            connection.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")
        assert users.user(store, users.LOCAL_OWNER_ID)


@pytest.mark.parametrize("url", ["mysql://x/y", "postgres", "sqlite:///x", "http://db"])
def test_another_kind_of_database_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="GROUNDWORK_DATABASE_URL"):
        open_store(Settings(home=tmp_path / "home", database_url=url))
    assert not (tmp_path / "home").exists()


def test_a_bug_of_ours_is_not_told_as_a_fault_of_the_store(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError), store.database.writing() as connection:
        connection.execute(sa.insert(user_rows).values(id="x"))


def test_a_start_imports_little(settings: Settings) -> None:
    with opened(settings):
        pass
    script = (
        "import sys, pathlib; from components.settings import Settings\n"
        "from components.store import open_store, users\n"
        "users.ensure_local_owner(open_store(Settings(home=pathlib.Path(sys.argv[1]))))\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & set(sys.argv[2:])))"
    )
    heavy = ["alembic", "mako", "cryptography", "fsspec", "psycopg", "pandas", "pyarrow", "streamlit", "duckdb"]
    found = subprocess.run(
        [sys.executable, "-c", script, settings.home, *heavy], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert found.stdout.strip() == "[]"


def _error_of(settings: Settings) -> AppError | None:
    try:
        close_store(open_store(settings))
    except AppError as error:
        return error
    return None


@contextmanager
def _as_nobody() -> Iterator[Path]:
    """A folder of this process's own; root, whom no mode stops, becomes somebody else meanwhile."""
    with TemporaryDirectory(dir="/tmp") as made, TemporaryDirectory() as first:
        folder = Path(made)
        with opened(Settings(home=Path(first))):
            pass  # what is imported only now may lie where nobody else can read
        if os.getuid() == 0:
            os.chown(folder, NOBODY, -1)
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            with suppress(PermissionError):
                os.seteuid(os.getuid())


@contextmanager
def _little_room(store: Store) -> Iterator[None]:
    """Let SQLite find its disk full: no page may be added to the file."""

    def shrink(connection: object, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]

    engine = store.database.engine
    engine.dispose()
    event.listen(engine, "connect", shrink)
    try:
        yield
    finally:
        event.remove(engine, "connect", shrink)
        engine.dispose()
