"""Small disks, for what happens when one is full."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.messages.conftest import all_read  # noqa: F401  it holds for the messages of these files, too

MB = 1 << 20


class Disk:
    """A disk in memory, mounted at ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Take all the room that is left."""
        size = MB
        with self._ballast.open("ab", buffering=0) as file:
            while size >= 512:
                with suppress(OSError):
                    if file.write(b"\0" * size) == size:
                        continue
                size //= 2

    def make_room(self) -> None:
        """Give it back."""
        self._ballast.unlink(missing_ok=True)


@pytest.fixture
def mounted() -> Iterator[Callable[..., Disk]]:
    """Mounts a disk of so many megabytes at a folder; where that is not allowed, the test is left out."""
    with ExitStack() as mounts:

        def mount(folder: Path, megabytes: int = 64) -> Disk:
            folder.mkdir(parents=True, exist_ok=True)
            command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
            try:
                done = subprocess.run(command, capture_output=True, text=True, check=False)
            except FileNotFoundError:
                pytest.skip("there is no mount here")
            if done.returncode:
                pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
            mounts.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
            return Disk(folder)

        yield mount
