"""One process holds a data folder: a file lock that the system itself gives back when the process dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from components.errors import StoreInUseError

NAME = "groundwork.lock"


class FolderLock:
    """Holds a folder until ``release`` or the end of the process, whichever comes first.

    Raises:
        StoreInUseError: Another process, or another store in this one, holds it; the message names both.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise StoreInUseError(f"Groundwork already runs on {folder} (process {holder}).") from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Give the folder back. The file stays: removing it would let two processes hold two files of one name."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
