"""Pages that were given up, remembered for a while: drawing one again would cost as much, and fail as it did."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable

from components.errors import FileError, JobError

REMEMBERED = 60.0  # seconds: a machine that was too busy may be less so by then
MOST = 1000


class NotDrawnError(FileError):
    """A page that cannot be shown, or not now."""

    kept = "Its text can be read and searched all the same."
    todo = "Open the file itself to see it."


class Refusals:
    """What was given up, and why. Thread-safe."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def check(self, key: Hashable) -> None:
        """Raises ``NotDrawnError`` where the page was given up a short while ago."""
        with self._lock:
            what, until = self._known.get(key, ("", 0.0))
        if time.monotonic() < until:
            raise NotDrawnError(what)

    def remember(self, key: Hashable, number: int, error: JobError) -> NotDrawnError:
        """Remember why a page was given up; what its reader is told."""
        what = f"Page {number:,} cannot be drawn. {error.what}"
        with self._lock:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = what, time.monotonic() + REMEMBERED
        return NotDrawnError(what)
