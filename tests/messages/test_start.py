"""What an operator reads when the app does not start: one line on the server's own screen."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from components.settings import Settings
from components.store import close_store, open_store
from components.store._files import restore_mark
from components.store.lock import FolderLock
from tests.messages.reading import assert_read
from tests.messages.starting import Starter

PROVIDER = "GROUNDWORK_PROVIDER_LAB_"
LAB = {
    f"{PROVIDER}ISSUER": "https://id.example.com",
    f"{PROVIDER}CLIENT_ID": "groundwork",
    f"{PROVIDER}CLIENT_SECRET": "secret",
    "GROUNDWORK_PUBLIC_URL": "https://gw.example.com",
    "GROUNDWORK_ADMINISTRATORS": "ada@example.com",
}
GITHUB = {"GROUNDWORK_PROVIDER_GITHUB_CLIENT_ID": "x", "GROUNDWORK_PROVIDER_GITHUB_CLIENT_SECRET": "y"}
AZURE = {f"{PROVIDER}PRESET": "entra", f"{PROVIDER}TENANT": "my company"}
OKTA = {f"{PROVIDER}PRESET": "okta", f"{PROVIDER}DOMAIN": "https://example.okta.com/"}
FIELD = "auth: [sign_in.{name}] {key} ({variable})"

# Settings with which it does not start, by the message that says why.
SETTINGS: dict[str, dict[str, str]] = {
    "everywhere: {names}: no such setting.": {"GROUNDWORK_SIGNIN": "required"},
    "everywhere: {name} is {raw}; it must be {error}.": {"GROUNDWORK_UPLOAD_MB": "many"},
    "everywhere: {variable}: no such setting.": {f"{PROVIDER}COLOUR": "blue"},
    "everywhere: [sign_in.{name}]: a provider's name is of small letters, digits, hyphens and underscores, at most 31,"
    " and none of local, password, proxy, back, ticket.": {"GROUNDWORK_PROVIDER_LOCAL_CLIENT_ID": "x"},
    "auth: GROUNDWORK_LOCAL_ACCOUNTS is off and no provider is set: nobody could ever sign in.": {
        "GROUNDWORK_SIGN_IN": "required",
        "GROUNDWORK_LOCAL_ACCOUNTS": "off",
    },
    "auth: GROUNDWORK_ADMINISTRATORS is empty: nobody could ever be an administrator.": {
        **GITHUB,
        "GROUNDWORK_PUBLIC_URL": "http://127.0.0.1:1",
    },
    "auth: GROUNDWORK_PUBLIC_URL is empty; [sign_in.{provider}] sends browsers back to it.": GITHUB,
    "auth: GROUNDWORK_PUBLIC_URL must begin with https: only this machine's own address may do without.": {
        **GITHUB,
        "GROUNDWORK_PUBLIC_URL": "http://gw.example.com",
    },
    "auth: GROUNDWORK_PROXY_USER_HEADER needs GROUNDWORK_TRUSTED_PROXIES: else anybody could send it.": {
        "GROUNDWORK_PROXY_USER_HEADER": "X-User"
    },
    f"{FIELD} is missing.": LAB | {f"{PROVIDER}CLIENT_ID": ""},
    f"{FIELD} is {{address}}; it must be an https address without a query.": LAB
    | {f"{PROVIDER}ISSUER": "http://x.org"},
    f"{FIELD} is {{kind}}; it must be one of {{join}}.": LAB | {f"{PROVIDER}PRESET": "oracle"},
    f"{FIELD} is {{word}}; it must be one of {{join}}.": LAB | {f"{PROVIDER}ADMIT": "anybody"},
    f"{FIELD} is {{tenant}}; it must be the directory's id, such as 00000000-0000-....": LAB | AZURE,
    f"{FIELD} is {{domain}}; it must be a host alone, such as example.okta.com.": LAB | OKTA,
    f"{FIELD} must be a picture as a data: address.": LAB | {f"{PROVIDER}ICON": "https://x.org/y.png"},
    f"{FIELD} must hold openid.": LAB | {f"{PROVIDER}SCOPES": "email"},
    "store: GROUNDWORK_ENCRYPTION_KEY is not a key: it must be 32 bytes in url-safe base64.": {
        "GROUNDWORK_ENCRYPTION_KEY": "my key"
    },
    "store: GROUNDWORK_BLOBS_URL cannot be used: {error}": {"GROUNDWORK_BLOBS_URL": "floppy://a"},
    "store: GROUNDWORK_DATABASE_URL is not the address of a PostgreSQL database.": {
        "GROUNDWORK_DATABASE_URL": "mysql://db"
    },
    "store: The database server cannot be reached, or turned us away.": {
        "GROUNDWORK_DATABASE_URL": "postgresql://groundwork@127.0.0.1:9/groundwork"
    },
}
OPTIONS: dict[str, tuple[tuple[str, str], dict[str, str]]] = {
    "everywhere: server.address is {address}, where other machines reach it, and nobody would have to sign in.": (
        ("--server.address", "0.0.0.0"),
        {},
    ),
    "everywhere: server.baseUrlPath is set, and people sign in at the root of a host.": (
        ("--server.baseUrlPath", "gw"),
        {"GROUNDWORK_LOCAL_ACCOUNTS": "on"},
    ),
    "everywhere: {name} is {wanted}.": (("--server.enableCORS", "false"), {}),
}
SECRETS = {
    "everywhere: {file} cannot be read: {error}": "[groundwork\n",
    "everywhere: [sign_in] holds one table a provider: [sign_in.NAME].": "[sign_in]\nclient_id = 'x'\n",
    "everywhere: [sign_in.{name}] {key}: no such field.": "[sign_in.lab]\ncolour = 'blue'\n",
}


def held(home: Path) -> None:
    """Somebody else has the folder: this process."""
    home.mkdir()
    KEPT.append(FolderLock(home))


def interrupted(home: Path) -> None:
    """A restore did not come to its end."""
    close_store(open_store(Settings(home=home)))
    restore_mark(home).parent.mkdir(exist_ok=True)
    restore_mark(home).write_text("{}")


def newer(home: Path) -> None:
    """A later release has changed the tables."""
    _with_rows(home, "UPDATE alembic_version SET version_num = 'f_from_the_future'")


def strange(home: Path) -> None:
    """Tables of another program's have our names."""
    home.mkdir()
    with sqlite3.connect(home / "groundwork.sqlite3") as database:
        database.execute("CREATE TABLE users (name TEXT)")
    database.close()


def no_database(home: Path) -> None:
    """What should be the database is another file."""
    home.mkdir()
    (home / "groundwork.sqlite3").write_text("These are no tables at all. " * 400)


def damaged(home: Path) -> None:
    """The middle of the database was overwritten."""
    _with_rows(home)
    file = home / "groundwork.sqlite3"
    body = bytearray(file.read_bytes())
    body[100:] = b"\xff" * (len(body) - 100)
    file.write_bytes(body)


def file_in_its_place(home: Path) -> None:
    """What should be the data folder is a file."""
    home.write_text("a file")


KEPT: list[FolderLock] = []
FOLDERS: dict[str, Callable[[Path], None]] = {
    "store: Groundwork already runs on {folder} (process {holder}).": held,
    "store: A restore was interrupted here.": interrupted,
    "store: The data was written by a newer Groundwork (its tables stand at {present}, this one knows {HEAD}).": newer,
    "store: The database holds tables of the same names that are not Groundwork's: {join}.": strange,
    "store: The database file is not one of Groundwork's.": no_database,
    "store: The database file is damaged.": damaged,
    "store: {place} cannot be written: {lower}.": file_in_its_place,
}
SMALL_FILES = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
"""
READ = {
    *(*SETTINGS, *OPTIONS, *SECRETS, *FOLDERS),
    "store: The disk that holds the database reported a fault.",
}


def _with_rows(home: Path, *changes: str) -> None:
    close_store(open_store(Settings(home=home)))
    with sqlite3.connect(home / "groundwork.sqlite3") as database:
        for change in changes:
            database.execute(change)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    one = Starter(tmp_path_factory.mktemp("starter") / "home")
    yield one
    one.close()


def said(text: str) -> str:
    """The one line that says why it did not start."""
    lines = [line for line in text.splitlines() if "Groundwork did not start" in line]
    assert len(lines) == 1, text
    return lines[0]


@pytest.mark.parametrize("key", SETTINGS)
def test_a_setting_that_cannot_be_is_named(starter: Starter, tmp_path: Path, key: str) -> None:
    assert_read(said(starter.start(tmp_path / "home", **SETTINGS[key])), key)


@pytest.mark.parametrize("key", OPTIONS)
def test_an_option_that_lets_strangers_in_is_named(starter: Starter, tmp_path: Path, key: str) -> None:
    options, settings = OPTIONS[key]
    assert_read(said(starter.start(tmp_path / "home", *options, **settings)), key)


@pytest.mark.parametrize("key", SECRETS)
def test_a_secrets_file_that_cannot_be_is_named(starter: Starter, tmp_path: Path, key: str) -> None:
    """In a copy of the project: the file lies beside ``Home.py``."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(SECRETS[key])
    file = tmp_path / ".streamlit" / "secrets.toml"
    script = (
        f"import pathlib, components.settings as s; s.read_settings.__defaults__ = (None, pathlib.Path({str(file)!r}))"
    )
    assert_read(said(starter.start(tmp_path / "home", script=script)), key)


@pytest.mark.parametrize("key", FOLDERS)
def test_a_folder_that_cannot_be_used_is_named(starter: Starter, tmp_path: Path, key: str) -> None:
    FOLDERS[key](tmp_path / "home")
    before = _rows_of(tmp_path / "home")
    try:
        assert_read(said(starter.start(tmp_path / "home")), key)
        assert _rows_of(tmp_path / "home") == before, "what was there is as it was"
    finally:
        while KEPT:
            KEPT.pop().release()


def test_a_folder_in_the_databases_place_is_named(starter: Starter, tmp_path: Path) -> None:
    (tmp_path / "home" / "groundwork.sqlite3").mkdir(parents=True)
    assert_read(said(starter.start(tmp_path / "home")), "store: {place} cannot be written: {lower}.")


def _rows_of(home: Path) -> list[str]:
    """What stands in the database of a folder; where it is none that can be read, its bytes."""
    file = home if home.is_file() else home / "groundwork.sqlite3"
    if not file.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            return list(database.iterdump())
    except sqlite3.DatabaseError:
        return [file.read_bytes()[100:].hex()]


def test_a_disk_that_takes_nothing_more_is_said(starter: Starter, tmp_path: Path) -> None:
    """A limit on the size of files stands in for a disk that fails in the middle of a write."""
    key = "store: The disk that holds the database reported a fault."
    assert_read(said(starter.start(tmp_path / "home", script=SMALL_FILES)), key)
    shutil.rmtree(tmp_path / "home")
