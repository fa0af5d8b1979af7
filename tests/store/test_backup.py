"""Saving everything into one file while the app runs, and putting it back."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from components.errors import ConfigurationError, StorageFullError, StoreError, StoreInUseError
from components.settings import ROOT, Settings
from components.store import Store, datasets, identities, logins, open_store, providers, uploads, users
from components.store._archive import ArchiveError
from components.store.backup import back_up
from components.store.restoring import restore
from tests.store.counting import all_rows
from tests.store.opened import opened
from tests.store.world import version_facts

KEY = "sk-a-key-of-the-owner"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", model="none")


@pytest.fixture
def archive(settings: Settings, tmp_path: Path) -> Path:
    """A backup of a store in which the first user has the tables one and two, and which then changed."""
    with opened(settings) as store:
        owner = users.ensure_local_owner(store).id
        providers.save_key(store, owner, "openai", KEY)
        one = add_table(store, "one")
        add_table(store, "two")
        back_up(settings, tmp_path / "saved.zip")
        datasets.delete_dataset(store, owner, one)
        add_table(store, "three")
        providers.delete_key(store, owner, "openai")
    return tmp_path / "saved.zip"


SAVED = {"one": b"one", "two": b"two"}
CHANGED = {"two": b"two", "three": b"three"}


def add_table(store: Store, title: str) -> str:
    return datasets.add_version(store, users.LOCAL_OWNER_ID, **version_facts(store, title)).id


def tables(settings: Settings) -> dict[str, bytes]:
    """The titles of all tables, and what their files hold."""
    with opened(settings) as store:
        found = datasets.list_datasets(store, users.LOCAL_OWNER_ID)
        return {table.title: store.blobs.local_path(table.latest.blob).read_bytes() for table in found}


def at(home: Path) -> Settings:
    return Settings(home=home, model="none")


def before_of(settings: Settings) -> list[Path]:
    return sorted(settings.home.glob("before-restore-*"))


def test_what_was_saved_is_there_again_and_what_was_there_is_kept(settings: Settings, archive: Path) -> None:
    assert tables(settings) == CHANGED
    restored = restore(settings, archive)
    assert tables(settings) == SAVED
    with opened(settings) as store:
        assert providers.key(store, users.LOCAL_OWNER_ID, "openai") == KEY
    assert restored.before and tables(at(Path(restored.before))) == CHANGED
    assert {item.name for item in settings.home.iterdir()} == {
        *("groundwork.sqlite3", "groundwork.key", "groundwork.lock", "blobs", Path(restored.before).name),
    }


def test_a_backup_opens_on_another_machine(archive: Path, tmp_path: Path) -> None:
    elsewhere = at(tmp_path / "elsewhere")
    assert restore(elsewhere, archive).before is None
    assert tables(elsewhere) == SAVED
    with opened(elsewhere) as store:
        assert providers.key(store, users.LOCAL_OWNER_ID, "openai") == KEY
        assert uploads.sweep_uploads(store) == 0
        assert store.blobs.belongs_to((store.blobs.folder or tmp_path).joinpath("installation").read_text())


def test_files_of_another_installation_are_swept_by_the_restored_one(archive: Path, tmp_path: Path) -> None:
    other = at(tmp_path / "other")
    with opened(other) as store:
        users.ensure_local_owner(store)
        add_table(store, "other")
        uploads.sweep_uploads(store)
    restore(other, archive)
    with opened(other) as store:
        for file in (other.home / "blobs").glob("*/*/*"):
            os.utime(file, (0, 0))
        assert uploads.sweep_uploads(store) == 1  # the other's table
    assert tables(other) == SAVED
    (before,) = before_of(other)
    assert tables(at(before)) == {"other": b"other"}


def test_everything_is_for_its_owner_alone(settings: Settings, archive: Path) -> None:
    restore(settings, archive)
    modes = {file: file.stat().st_mode & 0o077 for file in (archive, *settings.home.rglob("*"))}
    open_to_others = {str(file) for file, mode in modes.items() if mode and "blobs" not in file.parts}
    assert open_to_others == set()


def test_nobody_who_was_signed_out_is_signed_in_again(settings: Settings, tmp_path: Path) -> None:
    with opened(settings) as store:
        user = identities.add_user(store, name="Ada", email=None, role="analyst")
        ticket = logins.open_ticket(store, user.id, "local")
        found = logins.redeem_ticket(store, ticket, agent="", address="", hours=1)
        back_up(settings, tmp_path / "saved.zip")
    restore(settings, tmp_path / "saved.zip")
    with opened(settings) as store:
        assert found and logins.login_of(store, found[0], 3600) is None
        assert users.user(store, user.id).id == user.id


def test_a_backup_is_made_while_the_app_works(settings: Settings, tmp_path: Path) -> None:
    """Whatever moment the database is saved at: each table's file is there and whole."""
    with opened(settings) as store:
        users.ensure_local_owner(store)
        kept = add_table(store, "kept")
        with busy(store):
            for number in range(6):
                back_up(settings, tmp_path / f"{number}.zip")
    seen: set[str] = set()
    for number in range(6):
        copy = at(tmp_path / f"copy-{number}")
        restore(copy, tmp_path / f"{number}.zip")
        found = tables(copy)
        assert found.pop("kept") == b"kept"
        assert all(content == title.encode() for title, content in found.items())
        seen |= set(found)
    assert len(seen) > 3, "tables came while the backups were made"
    assert kept


@contextmanager
def busy(store: Store) -> Iterator[None]:
    """Tables come and go meanwhile."""
    done = threading.Event()

    def work(name: str) -> None:
        number, left = 0, []
        while not done.is_set():
            left.append(add_table(store, f"{name}-{number}"))
            number += 1
            if len(left) > 3:
                datasets.delete_dataset(store, users.LOCAL_OWNER_ID, left.pop(0))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_a_file_that_is_deleted_meanwhile_is_not_missed(settings: Settings, tmp_path: Path) -> None:
    with opened(settings) as store:
        users.ensure_local_owner(store)
        ids = [add_table(store, str(number)) for number in range(5)]
        at_file(lambda: datasets.delete_dataset(store, users.LOCAL_OWNER_ID, ids.pop()), times=2)
        saved = back_up(settings, tmp_path / "saved.zip")
    assert saved.lost == 0
    restore(settings, tmp_path / "saved.zip")
    assert sorted(tables(settings)) == ["0", "1", "2"]


def at_file(action: Callable[[], None], times: int) -> None:
    """Do something whenever a table's file is about to be read, so many times."""
    left = [times]
    doing = [False]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        reads = event == "open" and "/blobs/tables/" in str(arguments[0]) and not _writes(arguments)
        if reads and left[0] and not doing[0]:
            left[0] -= 1
            doing[0] = True
            action()
            doing[0] = False

    sys.addaudithook(hook)  # it stays for good, and does nothing more


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Whether what ``open`` tells to an audit hook is a file opened for writing."""
    return isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR) != 0


def test_a_file_that_was_lost_before_is_told(settings: Settings, tmp_path: Path) -> None:
    with opened(settings) as store:
        users.ensure_local_owner(store)
        add_table(store, "kept")
        table = add_table(store, "lost")
        blob = datasets.dataset(store, users.LOCAL_OWNER_ID, table).latest.blob
        store.blobs.delete(blob)
        assert back_up(settings, tmp_path / "saved.zip").lost == 1
    restore(settings, tmp_path / "saved.zip")
    with opened(settings) as store:
        assert len(datasets.list_datasets(store, users.LOCAL_OWNER_ID)) == 2


def test_an_older_backup_is_brought_up_to_date(settings: Settings, archive: Path, tmp_path: Path) -> None:
    restore(at(tmp_path / "old"), archive)
    with ZipFile(archive) as whole:
        assert json.loads(whole.read("groundwork.json"))["revision"] == "0002"
    # a database of the first release has no such tables as sign-ins need
    old = tmp_path / "old" / "groundwork.sqlite3"
    old.unlink()
    _make_first_release(old)
    back_up(at(tmp_path / "old"), tmp_path / "old.zip")
    restore(settings, tmp_path / "old.zip")
    assert tables(settings) == {}


def _make_first_release(file: Path) -> None:
    from alembic import command
    from alembic.config import Config

    from components.store import migrate
    from components.store.database import open_database

    database = open_database(f"sqlite:///{file}")
    with database.writing() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrate.SCRIPTS))
        command.upgrade(config, "0001")
    database.close()


# ---- what is refused, and then nothing is changed


def cut(file: Path) -> None:
    with file.open("rb+") as opened_file:
        opened_file.truncate(file.stat().st_size * 2 // 3)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[content.index(b"one")] ^= 1
    file.write_bytes(content)


def rewrite(**change: Any) -> Callable[[Path], None]:
    """Make the archive anew, with some of its list changed, and a file ``more``."""

    def change_it(file: Path) -> None:
        with ZipFile(file) as old:
            parts = {name: old.read(name) for name in old.namelist()}
        told = json.loads(parts["groundwork.json"]) | {k: v for k, v in change.items() if k != "more"}
        for name, content in change.get("more", {}).items():
            parts[name] = content
            told["files"][name] = {"bytes": len(content), "sha256": "0" * 64}
        with ZipFile(file, "w") as new:
            for name, content in (parts | {"groundwork.json": json.dumps(told).encode()}).items():
                new.writestr(name, content)

    return change_it


def without(name: str) -> Callable[[Path], None]:
    def change_it(file: Path) -> None:
        with ZipFile(file) as old:
            parts = {part: old.read(part) for part in old.namelist() if part != name}
        with ZipFile(file, "w") as new:
            for part, content in parts.items():
                new.writestr(part, content)

    return change_it


def listed_badly(file: Path) -> None:
    with ZipFile(file, "w") as new:
        new.writestr("groundwork.json", "[1, 2]")


def swap_database(file: Path) -> None:
    """A list that is true of a database that is none."""
    import hashlib

    content = b"no database, but of the right checksum" * 100
    entry = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    with ZipFile(file, "w") as new:
        new.writestr("groundwork.sqlite3", content)
        files = {"groundwork.sqlite3": entry}
        new.writestr("groundwork.json", json.dumps({"format": 1, "revision": "0001", "made_at": 1.0, "files": files}))


WRONG: dict[str, Callable[[Path], object]] = {
    "not a zip": lambda file: file.write_bytes(b"hello" * 1000),
    "empty": lambda file: file.write_bytes(b""),
    "cut short": cut,
    "a byte changed": flip,
    "another zip": without("groundwork.json"),
    "a bad list": listed_badly,
    "no database in it": without("groundwork.sqlite3"),
    "a newer kind": rewrite(format=2),
    "newer tables": rewrite(revision="9999"),
    "no database at all": swap_database,
    "a way out of the folder": rewrite(more={"blobs/../../../evil": b"x"}),
    "a way to the root": rewrite(more={"blobs//etc/evil": b"x"}),
    "a file of another checksum": rewrite(more={f"blobs/tables/00/{'0' * 32}.parquet": b"x"}),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_archive_changes_nothing(settings: Settings, archive: Path, fault: str) -> None:
    WRONG[fault](archive)
    before = tree(settings.home)
    with pytest.raises((ArchiveError, StoreError)) as caught:
        restore(settings, archive)
    assert caught.value.what and caught.value.todo
    assert tree(settings.home) == before
    assert tables(settings) == CHANGED
    assert not list(archive.parent.rglob("evil*"))


def tree(home: Path) -> dict[str, bytes]:
    """Every file but the orphans that a refused restore leaves to the sweep, and the lock."""
    files = (file for file in home.rglob("*") if file.is_file() and file.name != "groundwork.lock")
    return {str(file): file.read_bytes() for file in files if "one" not in file.read_bytes()[:3].decode("latin-1")}


@pytest.mark.parametrize("name", ["missing.zip", "."])
def test_what_is_no_file_is_said(settings: Settings, tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveError, match="cannot be read"):
        restore(settings, tmp_path / name)


def test_nothing_is_restored_under_a_running_app(settings: Settings, archive: Path) -> None:
    with opened(settings), pytest.raises(StoreInUseError):
        restore(settings, archive)
    assert tables(settings) == CHANGED


def test_a_backup_does_not_replace_a_file(settings: Settings, archive: Path) -> None:
    content = archive.read_bytes()
    with pytest.raises(ArchiveError, match="already"):
        back_up(settings, archive)
    assert archive.read_bytes() == content


def test_a_folder_without_a_database_is_not_saved(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing to save"):
        back_up(settings, tmp_path / "saved.zip")
    assert not (tmp_path / "saved.zip").exists()


def test_a_damaged_database_is_not_saved(settings: Settings, tmp_path: Path) -> None:
    settings.home.mkdir()
    (settings.home / "groundwork.sqlite3").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(StoreError, match="not one of Groundwork's"):
        back_up(settings, tmp_path / "saved.zip")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["home"]


def test_what_lies_on_a_server_is_not_ours_to_save(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "saved.zip"
    for settings, setting in (
        (Settings(home=home, database_url="postgresql://db/x"), "DATABASE_URL"),
        (Settings(home=home, blobs_url="memory://files"), "BLOBS_URL"),
    ):
        for call in (back_up, restore):
            with pytest.raises(ConfigurationError, match=setting):
                call(settings, file)


def test_files_in_a_folder_of_their_own_are_saved_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", blobs_url=str(tmp_path / "files"), model="none")
    with opened(settings) as store:
        users.ensure_local_owner(store)
        add_table(store, "one")
    back_up(settings, tmp_path / "saved.zip")
    shutil.rmtree(tmp_path / "files")
    restore(settings, tmp_path / "saved.zip")
    assert tables(settings) == {"one": b"one"}


@pytest.mark.skipif(not Path("/dev/full").exists() or os.getuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk_is_said_and_leaves_nothing(settings: Settings, archive: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small") as disk:
        with opened(settings) as store:
            blob = store.blobs.new_key("tables", ".parquet")
            store.blobs.put(blob, b"x" * 4_000_000)
            facts = version_facts(store, "large") | {"blob": blob}
            datasets.add_version(store, users.LOCAL_OWNER_ID, **facts)
        with pytest.raises(StorageFullError):
            back_up(settings, disk / "saved.zip")
        assert list(disk.iterdir()) == []
        back_up(settings, tmp_path / "large.zip")
        with pytest.raises(StorageFullError):
            restore(at(disk / "home"), tmp_path / "large.zip")
        assert not (disk / "home" / "groundwork.sqlite3").exists()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


# ---- interruptions


CHANGES = ("os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "shutil.rmtree")
DIED = 9


def killed(number: int, call: Callable[[], object]) -> bool:
    """Let a process of its own do something, and die just before its so-manieth change of the disk; whether it died."""
    process = multiprocessing.get_context("fork").Process(target=_die_at, args=(number, call))
    process.start()
    process.join(120)
    assert process.exitcode in (0, DIED)
    return process.exitcode == DIED


def _die_at(number: int, call: Callable[[], object]) -> None:
    left = [number]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and _writes(arguments)):
            left[0] -= 1
            if left[0] == 0:
                os._exit(DIED)

    sys.addaudithook(hook)
    call()
    os._exit(0)


def test_a_restore_that_is_killed_at_any_moment_leaves_the_old_or_can_be_ended(
    settings: Settings, archive: Path, tmp_path: Path
) -> None:
    old, half, number = 0, 0, 0
    while True:
        number += 1
        home = tmp_path / f"home-{number}"
        shutil.copytree(settings.home, home)
        if not killed(number, lambda home=home: restore(at(home), archive)):  # type: ignore[misc]
            break
        try:
            found = tables(at(home))
        except StoreError as error:
            assert "restore was interrupted" in error.what
            half += 1
            found = None
        assert found in (None, CHANGED, SAVED)
        old += found == CHANGED
        restore(at(home), archive)
        assert tables(at(home)) == SAVED
        assert CHANGED in [tables(at(before)) for before in before_of(at(home))]
        assert not (home / ".restoring").exists()
    assert old > 10 and half > 5, "it was killed before and in the change"


def test_an_interrupted_restore_is_ended_before_another_begins(
    settings: Settings, archive: Path, tmp_path: Path
) -> None:
    with opened(settings):
        back_up(settings, tmp_path / "later.zip")
    for number in range(1, 200):
        home = tmp_path / f"home-{number}"
        shutil.copytree(settings.home, home)
        assert killed(number, lambda home=home: restore(at(home), archive))  # type: ignore[misc]
        if (home / ".restoring" / "ready.json").exists():
            break
    with pytest.raises(StoreError, match="interrupted"):
        open_store(at(home))
    restore(at(home), tmp_path / "later.zip")
    assert tables(at(home)) == CHANGED
    assert [tables(at(before)) for before in before_of(at(home))] == [CHANGED, SAVED]


def test_a_backup_that_is_killed_leaves_no_half_archive(settings: Settings, archive: Path, tmp_path: Path) -> None:
    file, number, whole = tmp_path / "saved-again.zip", 0, 0
    while killed(number := number + 1, lambda: back_up(settings, file)):
        if file.exists():  # killed while it tidied up
            restore(at(tmp_path / f"copy-{number}"), file)
            assert tables(at(tmp_path / f"copy-{number}")) == CHANGED
            file.unlink()
            whole += 1
    assert number - whole > 3
    left = [item for item in tmp_path.iterdir() if item.name.startswith(".backup-")]
    assert left
    for item in (inner for folder in left for inner in (folder, *folder.iterdir())):
        os.utime(item, (0, 0))
    back_up(settings, tmp_path / "third.zip")
    assert not any(item.exists() for item in left)
    restore(settings, tmp_path / "third.zip")
    assert tables(settings) == CHANGED


# ---- the commands


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "components.store", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "GROUNDWORK_HOME": str(home)},
        check=False,
    )


def test_the_commands_do_it_and_say_so(settings: Settings, archive: Path) -> None:
    done = run(settings.home, "backup")
    assert done.returncode == 0, done.stderr
    (saved,) = (settings.home / "backups").iterdir()
    assert str(saved) in done.stdout and "Saved 4 files" in done.stdout
    done = run(settings.home, "restore", str(archive))
    assert done.returncode == 0, done.stderr
    assert "Restored 4 files" in done.stdout and str(before_of(settings)[0]) in done.stdout
    assert tables(settings) == SAVED
    assert saved.exists()


def test_the_commands_say_what_is_wrong(settings: Settings, archive: Path) -> None:
    with opened(settings):
        done = run(settings.home, "restore", str(archive))
    assert done.returncode == 1 and "already runs" in done.stderr and "Traceback" not in done.stderr
    for arguments in ([], ["restore"], ["backup", "a", "b"], ["party"]):
        assert run(settings.home, *arguments).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["backup"], "python -m components.store backup"),
        (["backup", "FILE=a b.zip"], 'python -m components.store backup "a b.zip"'),
        (["restore", "FILE=a b.zip"], 'python -m components.store restore "a b.zip"'),
    ],
)
def test_make_knows_both(arguments: list[str], wanted: str) -> None:
    done = subprocess.run(["make", "-n", *arguments], capture_output=True, text=True, cwd=ROOT, check=True)
    assert wanted in done.stdout


def test_rows_are_the_same_row_for_row(settings: Settings, tmp_path: Path) -> None:
    with opened(settings) as store:
        users.ensure_local_owner(store)
        add_table(store, "one")
        before = all_rows(store)
        back_up(settings, tmp_path / "saved.zip")
    restore(settings, tmp_path / "saved.zip")
    with opened(settings) as store:
        assert all_rows(store) == before
