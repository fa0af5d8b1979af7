"""What an operator reads on the command line when a backup or a restore is not done."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from components.settings import Settings
from components.store import backup as backups
from components.store import close_store, datasets, open_store, users
from components.store.__main__ import main
from components.store._archive import DATABASE, LIST
from tests.messages.reading import assert_read
from tests.store.world import version_facts

Say = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a table in it."""
    monkeypatch.setenv("GROUNDWORK_HOME", str(tmp_path / "home"))
    store = open_store(Settings(home=tmp_path / "home"))
    datasets.add_version(store, users.ensure_local_owner(store).id, **version_facts(store, "one"))
    close_store(store)
    return tmp_path / "home"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """What a command writes that does not do it."""

    def run(*arguments: str) -> str:
        assert main(list(arguments)) == 1
        return capsys.readouterr().err

    return run


@pytest.fixture
def saved(home: Path, tmp_path: Path) -> Path:
    """A good backup of it."""
    assert main(["backup", str(tmp_path / "saved.zip")]) == 0
    return tmp_path / "saved.zip"


def remade(archive: Path, folder: Path, **changes: bytes | None) -> str:
    """A backup with other contents of some members; the list's own is ``list``, the database's ``database``."""
    names = {"list": LIST, "database": DATABASE}
    with ZipFile(archive) as old:
        members = {name: old.read(name) for name in old.namelist()}
    for word, content in changes.items():
        if content is None:
            del members[names[word]]
        else:
            members[names[word]] = content
    file = folder / "remade.zip"
    with ZipFile(file, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
    return str(file)


def listed(archive: Path, **changes: object) -> bytes:
    """The list of a backup, changed."""
    with ZipFile(archive) as old:
        return json.dumps(json.loads(old.read(LIST)) | changes).encode()


def with_entry(archive: Path, name: str, content: bytes) -> bytes:
    """The list of a backup in which a member is said to have this content."""
    with ZipFile(archive) as old:
        told = json.loads(old.read(LIST))
    told["files"][name] = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    return json.dumps(told).encode()


def torn_database(archive: Path) -> bytes:
    """The database of a backup with a page that means nothing."""
    with ZipFile(archive) as old:
        body = bytearray(old.read(DATABASE))
    body[4 * 4096 : 5 * 4096] = b"\xff" * 4096
    return bytes(body)


NOT_RESTORED: dict[str, Callable[[Path], dict[str, bytes | None]]] = {
    "This zip file is not a backup of Groundwork's.": lambda _: {"list": None},
    "The backup is damaged: its list cannot be read.": lambda _: {"list": b"{"},
    "The backup was made by a newer Groundwork.": lambda saved: {"list": listed(saved, format=99)},
    "The backup was made by a newer Groundwork (its tables stand at {revision}).": (
        lambda saved: {"list": listed(saved, revision="f_from_the_future")}
    ),
    "The backup is damaged: {name} is not what was saved.": lambda _: {"database": b"other"},
    "The backup is damaged: it holds {key}.": lambda saved: {"list": with_entry(saved, "blobs/../../x", b"x")},
    "The backup's database is damaged: {answer}": lambda saved: {
        "database": torn_database(saved),
        "list": with_entry(saved, DATABASE, torn_database(saved)),
    },
}
READ = {f"store: {what}" for what in NOT_RESTORED} | {
    "store: There is nothing to save in {home}.",
    "store: There is a file {file} already.",
    "store: {file} is not a backup, or was cut short.",
    "store: {file} cannot be read: {lower}.",
    "store: Files are deleted faster than they can be saved.",
    "store: The database file cannot be opened.",
    "store: GROUNDWORK_DATABASE_URL names a database server: this saves SQLite and a folder of files alone.",
    "store: GROUNDWORK_BLOBS_URL names an object store: this saves SQLite and a folder of files alone.",
}


@pytest.mark.parametrize("what", NOT_RESTORED)
def test_what_is_no_good_backup_changes_nothing(say: Say, home: Path, saved: Path, tmp_path: Path, what: str) -> None:
    before = (home / DATABASE).read_bytes()
    assert_read(say("restore", remade(saved, tmp_path, **NOT_RESTORED[what](saved))), f"store: {what}")
    assert (home / DATABASE).read_bytes() == before
    close_store(open_store(Settings(home=home)))


def test_a_file_that_is_no_archive_is_named(say: Say, home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_text("no archive")
    assert_read(say("restore", str(tmp_path / "notes.zip")), "store: {file} is not a backup, or was cut short.")
    assert_read(say("restore", str(tmp_path / "none.zip")), "store: {file} cannot be read: {lower}.")
    assert home.is_dir()


def test_a_backup_takes_no_other_files_place(say: Say, saved: Path) -> None:
    before = saved.read_bytes()
    assert_read(say("backup", str(saved)), "store: There is a file {file} already.")
    assert saved.read_bytes() == before


def test_where_nothing_is_there_is_nothing_to_save(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_HOME", str(tmp_path / "empty"))
    assert_read(say("backup", str(tmp_path / "x.zip")), "store: There is nothing to save in {home}.")


def test_a_folder_in_the_databases_place_is_no_database(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd" / DATABASE).mkdir(parents=True)
    monkeypatch.setenv("GROUNDWORK_HOME", str(tmp_path / "odd"))
    assert_read(say("backup", str(tmp_path / "x.zip")), "store: The database file cannot be opened.")


def test_a_backup_that_cannot_keep_up_says_so(
    say: Say, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "_MOST_PASSES", 0)
    assert_read(say("backup", str(tmp_path / "x.zip")), "store: Files are deleted faster than they can be saved.")
    assert not (tmp_path / "x.zip").exists()
    assert home.is_dir()


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        (
            "GROUNDWORK_DATABASE_URL",
            "postgresql://groundwork@127.0.0.1:9/groundwork",
            "store: GROUNDWORK_DATABASE_URL names a database server: this saves SQLite and a folder of files alone.",
        ),
        (
            "GROUNDWORK_BLOBS_URL",
            "memory://groundwork",
            "store: GROUNDWORK_BLOBS_URL names an object store: this saves SQLite and a folder of files alone.",
        ),
    ],
)
def test_what_lies_on_a_server_is_saved_by_its_own_means(
    say: Say, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str
) -> None:
    monkeypatch.setenv(name, value)
    assert_read(say("backup", str(tmp_path / "x.zip")), key)
    assert home.is_dir()
