"""Who may draw now: a few at once, and of one user fewer, so that somebody's slow pages leave room for the others'."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from components.documents.refusals import NotDrawnError

FOR_ALL, FOR_ONE_USER = 4, 2  # drawings side by side
MOST_WAITING = 12  # calls of one user; each holds a thread


class Turns:
    """Gives turns. Thread-safe."""

    def __init__(self) -> None:
        self._drawing: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, user_id: str) -> Iterator[None]:
        """Wait until one more of this user's may be drawn, and let nobody else have the place until it is.

        Raises:
            NotDrawnError: Too many of the user's wait already.
        """
        with self._changed:
            if self._waiting[user_id] >= MOST_WAITING:
                raise NotDrawnError(
                    "Many of your pages are being drawn at once.", todo="Wait a moment, then try again."
                )
            with _counted(self._waiting, user_id):
                self._changed.wait_for(lambda: self._free(user_id))
            self._drawing[user_id] += 1
        try:
            yield
        finally:
            with self._changed:
                _less(self._drawing, user_id)
                self._changed.notify_all()

    def _free(self, user_id: str) -> bool:
        return self._drawing[user_id] < FOR_ONE_USER and self._drawing.total() < FOR_ALL


@contextmanager
def _counted(counter: Counter[str], key: str) -> Iterator[None]:
    counter[key] += 1
    try:
        yield
    finally:
        _less(counter, key)


def _less(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
