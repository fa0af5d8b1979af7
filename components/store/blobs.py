"""Files that last, each written once under a random name: in a folder, or in an object store by address."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from components.errors import ConfigurationError
from components.settings import Settings
from components.store import faults
from components.store.database import new_id

_KEY = re.compile(r"[a-z]+/[0-9a-f]{2}/[0-9a-f]{32}(\.[a-z0-9]+){0,2}")
_PART = ".part"
_OWNER = "installation"


class Blobs:
    """Files by key. A key is random, never made from what a user typed; a file appears whole or not at all.

    Args:
        address: A folder, or an address that fsspec knows (``s3://bucket/folder``).
        copies: Folder for copies of remote files, which are read from there.
    """

    def __init__(self, address: str, copies: Path) -> None:
        scheme, colon, rest = address.partition("://")
        local = not colon or scheme == "file"
        self._folder = Path(rest if colon else address) if local else None
        self._address = address.rstrip("/")
        self._copies = copies

    @property
    def folder(self) -> Path | None:
        """The folder that the files are in; None where they are in an object store."""
        return self._folder

    def new_key(self, kind: str, suffix: str = "") -> str:
        """A fresh key, such as ``tables/3f/3f...c2.parquet``; ``kind`` is one word of ours, ``suffix`` an ending."""
        name = new_id()
        return _checked(f"{kind}/{name[:2]}/{name}{suffix}")

    @contextmanager
    def open_writer(self, key: str) -> Iterator[BinaryIO]:
        """A file to write. It is there, whole and on the disk, when the block ends; after an error it is not.

        Raises:
            StorageFullError: No room is left.
        """
        file = (self._folder or self._copies) / _checked(key)
        with faults.of_disk(self._folder or self._copies):
            with _written_whole(file) as out:
                yield out
            if not self._folder:
                self._send(file, key)

    def open(self, key: str) -> BinaryIO:
        """A file to read, from its beginning.

        Raises:
            FileNotFoundError: There is none of this key.
        """
        if self._folder:
            return (self._folder / _checked(key)).open("rb")
        return cast(BinaryIO, self._remote.open(self._path(key), "rb"))

    def put(self, key: str, source: Path | str | bytes, *, move: bool = False) -> None:
        """Store bytes, or a copy of a file; ``move=True`` takes the file itself, at no cost on the same disk."""
        if move and self._folder and not isinstance(source, bytes):
            with faults.of_disk(self._folder):
                _move(Path(source), self._folder / _checked(key))
            return
        with self.open_writer(key) as out:
            _copy(source, out)
        if move and not isinstance(source, bytes):
            Path(source).unlink()

    def local_path(self, key: str) -> Path:
        """A path of this machine to read the file from; a remote file is fetched at the first call."""
        if self._folder:
            return self._folder / _checked(key)
        copy = self._copies / _checked(key)
        with faults.of_disk(self._copies):
            if copy.exists():
                copy.touch()  # copies that nobody asks for are deleted
            else:
                with _written_whole(copy) as out, self.open(key) as source:
                    shutil.copyfileobj(source, out, 1 << 20)
        return copy

    def delete(self, key: str) -> None:
        """Delete a file and the copy of it; a missing one is no error."""
        if self._folder:
            (self._folder / _checked(key)).unlink(missing_ok=True)
            return
        with suppress(FileNotFoundError):
            self._remote.rm_file(self._path(key))
        (self._copies / key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        """Every key that is stored, in no order."""
        if self._folder:
            found = (file.relative_to(self._folder).as_posix() for file in self._folder.glob("*/*/*"))
        else:
            found = (path[len(self._root) + 1 :] for path in self._remote.find(self._root))
        return (key for key in found if _KEY.fullmatch(key))

    def size(self, key: str) -> int:
        """Bytes of a file."""
        if self._folder:
            return (self._folder / _checked(key)).stat().st_size
        return int(self._remote.size(self._path(key)))

    def written_at(self, key: str) -> float:
        """When a file was written, in seconds since 1970; now, where the place does not tell, or the file is gone."""
        if self._folder:
            return _touched_at(self._folder / _checked(key))
        try:
            return float(self._remote.modified(self._path(key)).timestamp())
        except (NotImplementedError, FileNotFoundError):
            return time.time()

    def delete_parts(self, before: float) -> int:
        """Delete what was half written and last touched ``before`` (seconds since 1970); how many there were."""
        return _delete_old((self._folder or self._copies).glob(f"*/*/.*{_PART}"), before)

    def delete_copies(self, before: float) -> int:
        """Delete the copies of remote files that nobody asked for since ``before`` (seconds since 1970); how many."""
        return 0 if self._folder else _delete_old(self._copies.glob("*/*/*"), before)

    def belongs_to(self, installation_id: str) -> bool:
        """Whether the files are this installation's; the first one that asks gets them.

        Whoever points another database at the same place must not have its files taken for forgotten ones.
        """
        if self._folder:
            file = self._folder / _OWNER
            if not file.exists():
                with faults.of_disk(self._folder), _written_whole(file) as out:
                    out.write(installation_id.encode())
            return file.read_text() == installation_id
        path = f"{self._root}/{_OWNER}"
        if not self._remote.exists(path):
            self._remote.makedirs(self._root, exist_ok=True)
            self._remote.pipe_file(path, installation_id.encode())
        return bool(self._remote.cat_file(path) == installation_id.encode())

    def disown(self) -> None:
        """Let the next installation that asks have the files: another database was put into this one's place."""
        if self._folder:
            (self._folder / _OWNER).unlink(missing_ok=True)
        elif self._remote.exists(f"{self._root}/{_OWNER}"):
            self._remote.rm_file(f"{self._root}/{_OWNER}")

    def require_known(self) -> None:
        """Refuse an address that cannot be used, before anything is stored.

        Raises:
            ConfigurationError: fsspec does not know the place, or its package is missing.
        """
        try:
            _ = self._folder or self._remote
        except (ValueError, ImportError) as error:
            raise ConfigurationError(
                f"GROUNDWORK_BLOBS_URL cannot be used: {error}",
                todo="Correct it, or install the package that it needs.",
            ) from error

    def _send(self, file: Path, key: str) -> None:
        """Send a whole file: an object store shows it when the last byte came. The copy is kept to read from."""
        try:
            self._remote.makedirs(self._path(key).rpartition("/")[0], exist_ok=True)  # object stores ignore it
            self._remote.put_file(str(file), self._path(key))
        except BaseException:
            file.unlink(missing_ok=True)
            raise

    @cached_property
    def _remote(self) -> Any:
        import fsspec

        return fsspec.url_to_fs(self._address)[0]

    @cached_property
    def _root(self) -> str:
        return str(self._remote._strip_protocol(self._address)).rstrip("/")

    def _path(self, key: str) -> str:
        return f"{self._root}/{_checked(key)}"


def open_blobs(settings: Settings) -> Blobs:
    """The blobs of this installation.

    Raises:
        ConfigurationError: The address names a place that fsspec does not know, or whose package is missing.
    """
    blobs = Blobs(settings.blobs_url or str(settings.home / "blobs"), settings.home / "blob-copies")
    blobs.require_known()
    return blobs


def _checked(key: str) -> str:
    """The key, if it is one: nothing else ever becomes part of a path."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a blob's key: {key!r}")
    return key


def _part_of(file: Path) -> Path:
    """Where a file is written first; two that write the same one do not meet."""
    return file.with_name(f".{file.name}.{new_id()}{_PART}")


@contextmanager
def _written_whole(file: Path) -> Iterator[BinaryIO]:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = _part_of(file)
    try:
        with part.open("wb") as out:
            yield out
            _to_disk(out)
        _rename(part, file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _delete_old(files: Iterable[Path], before: float) -> int:
    old = [file for file in files if _touched_at(file) < before]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _touched_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # gone meanwhile: nobody's business any more
        return time.time()


def _copy(source: Path | str | bytes, out: IO[bytes]) -> None:
    if isinstance(source, bytes):
        out.write(source)
        return
    with Path(source).open("rb") as file:
        shutil.copyfileobj(file, out, 1 << 20)


def _move(source: Path, file: Path) -> None:
    """Move a file to its place by way of a part beside it: the disk may be another one, a rename may not be."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = _part_of(file)
    try:
        shutil.move(source, part)
        with part.open("rb+") as moved:
            _to_disk(moved)
        _rename(part, file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _to_disk(out: IO[bytes]) -> None:
    out.flush()
    os.fsync(out.fileno())


def _rename(part: Path, file: Path) -> None:
    """Rename, and put the folder's new entry on the disk too."""
    part.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
