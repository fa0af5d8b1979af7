"""Files: in a folder, and behind an address of fsspec."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components.errors import ConfigurationError, StorageFullError
from components.settings import Settings
from components.store.blobs import Blobs, open_blobs


@pytest.fixture(params=["{}", "file://{}", "memory://{}", "local://{}"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Two folders of our own, and two places of fsspec's, of which one lies on the disk too."""
    return Blobs(request.param.format(tmp_path / "blobs"), tmp_path / "copies")


def test_a_file_is_found_again(blobs: Blobs) -> None:
    key = blobs.new_key("tables", ".parquet")
    with blobs.open_writer(key) as out:
        out.write(b"PAR1")
        out.write(b"PAR1")
    with blobs.open(key) as source:
        assert source.read() == b"PAR1PAR1"
    assert blobs.size(key) == 8
    assert list(blobs.keys()) == [key]
    assert blobs.local_path(key).read_bytes() == b"PAR1PAR1"
    assert blobs.written_at(key) > 0


def test_keys_are_random_and_say_nothing(blobs: Blobs) -> None:
    keys = {blobs.new_key("raw", ".csv.gz") for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith("raw/") and key.endswith(".csv.gz") for key in keys)


@pytest.mark.parametrize("key", ["../etc/passwd", "/etc/passwd", "raw/aa/../../x", "raw", "", "raw/aa/" + "g" * 32])
def test_nothing_but_a_key_names_a_file(blobs: Blobs, key: str) -> None:
    for use in (blobs.open, blobs.local_path, blobs.delete, blobs.size, lambda k: blobs.put(k, b"")):
        with pytest.raises(ValueError, match="not a blob's key"):
            use(key)


@pytest.mark.parametrize("suffix", ["/x", ".CSV", "csv", ". ", ".a.b.c", "\0"])
def test_an_ending_that_users_made_up_is_refused(blobs: Blobs, suffix: str) -> None:
    with pytest.raises(ValueError, match="not a blob's key"):
        blobs.new_key("raw", suffix)


def test_a_file_that_was_not_finished_is_not_there(blobs: Blobs) -> None:
    key = blobs.new_key("raw")
    with pytest.raises(RuntimeError), blobs.open_writer(key) as out:
        out.write(b"half")
        raise RuntimeError
    assert list(blobs.keys()) == []
    with pytest.raises(FileNotFoundError):
        blobs.open(key)


def test_a_file_is_put_by_copy_or_by_move(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content")
    copied, moved = blobs.new_key("raw"), blobs.new_key("raw")
    blobs.put(copied, source)
    assert source.exists()
    blobs.put(moved, source, move=True)
    assert not source.exists()
    for key in (copied, moved):
        assert blobs.local_path(key).read_bytes() == b"content"


def test_deleting_takes_the_copy_too_and_twice_is_harmless(blobs: Blobs) -> None:
    key = blobs.new_key("raw")
    blobs.put(key, b"x")
    path = blobs.local_path(key)
    blobs.delete(key)
    blobs.delete(key)
    assert not path.exists()
    assert list(blobs.keys()) == []


def test_a_missing_file_is_as_young_as_can_be(blobs: Blobs) -> None:
    present = blobs.new_key("raw")
    blobs.put(present, b"x")
    assert blobs.written_at(blobs.new_key("raw")) >= blobs.written_at(present) - 1


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """/dev/full is the system's own full disk: the part is led there before it is written."""
    blobs = Blobs(str(tmp_path / "blobs"), tmp_path)
    key = blobs.new_key("raw")
    file = blobs.local_path(key)
    file.parent.mkdir(parents=True)
    monkeypatch.setattr("components.store.blobs.new_id", lambda: "1")
    part = file.with_name(f".{file.name}.1.part")
    part.symlink_to("/dev/full")
    with pytest.raises(StorageFullError, match=str(tmp_path)):
        blobs.put(key, b"x" * 1_000_000)
    assert list(file.parent.iterdir()) == []


def test_an_error_of_what_is_copied_is_not_told_as_one_of_the_store(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path / "blobs"), tmp_path)
    with pytest.raises(PermissionError), blobs.open_writer(blobs.new_key("raw")):
        raise PermissionError(errno.EACCES, "no", str(tmp_path / "elsewhere"))


def test_a_remote_file_is_fetched_whole_by_many_at_once(tmp_path: Path) -> None:
    source = Blobs(f"local://{tmp_path}/blobs", tmp_path / "writer")
    key, content = source.new_key("tables"), os.urandom(3_000_000)
    source.put(key, content)
    for number in range(10):
        reader = Blobs(f"local://{tmp_path}/blobs", tmp_path / f"reader-{number}")
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(lambda _, reader=reader: reader.local_path(key).read_bytes() == content, range(4)))


def test_files_are_for_their_owner_alone_where_the_folder_is_ours(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path / "blobs"), tmp_path)
    key = blobs.new_key("raw")
    blobs.put(key, b"x")
    assert blobs.local_path(key).parent.stat().st_mode & 0o077 == 0


def test_an_address_that_nobody_knows_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="GROUNDWORK_BLOBS_URL"):
        open_blobs(Settings(home=tmp_path, blobs_url="gopher://x/y"))


def test_copies_of_remote_files_that_nobody_asks_for_are_deleted(tmp_path: Path) -> None:
    blobs = Blobs(f"memory://{tmp_path}", tmp_path / "copies")
    asked, forgotten = blobs.new_key("raw"), blobs.new_key("raw")
    for key in (asked, forgotten):
        blobs.put(key, b"x")
        os.utime(blobs.local_path(key), (1_000_000_000, 1_000_000_000))
    blobs.local_path(asked)
    assert blobs.delete_copies(1_000_000_001) == 1
    assert [file.name for file in (tmp_path / "copies").glob("*/*/*")] == [asked.rpartition("/")[2]]
    assert blobs.local_path(forgotten).read_bytes() == b"x"


def test_files_belong_to_the_installation_that_asked_first(blobs: Blobs) -> None:
    blobs.put(key := blobs.new_key("raw"), b"x")
    assert blobs.belongs_to("one")
    assert not blobs.belongs_to("two")
    assert blobs.belongs_to("one")
    assert list(blobs.keys()) == [key]
