"""Pictures of pages and the marks on them, drawn once and kept in memory: a reader goes to and fro between a few.

Each is drawn in a process of its own under limits, which is gone when it is done: a page that hangs, crashes or eats
its memory costs itself alone, and nothing of one user's document is near another's.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from components.documents.drawing import Mark, draw, mark, prepare
from components.documents.refusals import Refusals
from components.documents.turns import Turns
from components.errors import JobError
from components.jobs.forks import Forks
from components.settings import Settings
from components.store import Store
from components.store.documents import Document

KEPT_BYTES = 64 << 20  # some 500 pages
_MARK_BYTES = 200  # of a rectangle and its share of the key


@dataclass(frozen=True)
class _Key:
    """A file never changes under its blob's name, so what was drawn of it is right for ever."""

    blob: str
    number: int
    wanted: tuple[int, ...]  # 0 or 1 for a picture, plain or sharp; start and end for marks


class Pictures:
    """Draws pages and finds marks. Safe to use from many threads: two who ask for one page wait for one drawing.

    Args:
        settings: ``page_memory_mb`` and ``page_seconds`` bound each drawing.
        most_bytes: Of what is kept.
    """

    def __init__(self, settings: Settings, most_bytes: int = KEPT_BYTES) -> None:
        self._settings, self._most, self._size = settings, most_bytes, 0
        self._kept: OrderedDict[_Key, tuple[Any, int]] = OrderedDict()
        self._drawing: dict[_Key, Future[Any]] = {}
        self._lock = threading.Lock()
        self._forks, self._turns, self._refusals = Forks(prepare), Turns(), Refusals()

    def warm(self) -> None:
        """Make ready for the first page that will be looked at, in the background; at once where it is ready."""
        self._forks.warm()

    def close(self) -> None:
        """End every drawing and the process that they come from."""
        self._forks.close()

    def picture(self, store: Store, user_id: str, document: Document, number: int, *, sharp: bool = False) -> bytes:
        """The picture of a page as JPEG; 20 ms when it is drawn, nothing when it is kept.

        Args:
            store: Where the document's file lies.
            user_id: Who looks at it. Only a few of one user's pages are drawn at a time.
            document: Whose page; the caller has made sure that the user may see it.
            number: Counts from 1.
            sharp: At 200 dpi in place of 108.

        Raises:
            FileError: There is no such page, or the file is damaged.
            NotDrawnError: It takes too long, too much memory, or broke what draws it.
        """
        path, key = str(store.blobs.local_path(document.blob)), _Key(document.blob, number, (int(sharp),))
        found: bytes = self._have(user_id, key, draw, path=path, number=number, sharp=sharp)
        return found

    def marks(self, store: Store, user_id: str, document: Document, number: int, span: tuple[int, int]) -> list[Mark]:
        """Where a span of a page's text stands on it, a rectangle for each line; as ``picture``."""
        path, key = str(store.blobs.local_path(document.blob)), _Key(document.blob, number, span)
        return list(self._have(user_id, key, mark, path=path, number=number, start=span[0], end=span[1]))

    def _have(self, user_id: str, key: _Key, work: Callable[..., Any], **arguments: Any) -> Any:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
            drawing = self._drawing.get(key)
            mine = drawing is None
            if drawing is None:
                drawing = self._drawing[key] = Future()
        if mine:
            self._draw(user_id, key, drawing, work, arguments)
        return drawing.result()

    def _draw(
        self, user_id: str, key: _Key, drawing: Future[Any], work: Callable[..., Any], arguments: dict[str, Any]
    ) -> None:
        try:
            self._refusals.check(key)
            with self._turns.turn(user_id):
                drawn = self._in_fork(key, work, arguments)
        except BaseException as error:  # noqa: BLE001  it is raised for everybody who waits for this page
            self._end(key, drawing.set_exception, error)
        else:
            self._end(key, drawing.set_result, drawn)

    def _in_fork(self, key: _Key, work: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        memory_mb, seconds = self._settings.page_memory_mb, self._settings.page_seconds
        try:
            drawn = self._forks.run(work, arguments, memory_mb=memory_mb, seconds=seconds)
        except JobError as error:
            raise self._refusals.remember(key, key.number, error) from error
        self._keep(key, drawn)
        return drawn

    def _end(self, key: _Key, tell: Callable[[Any], None], outcome: Any) -> None:
        with self._lock:
            del self._drawing[key]
        tell(outcome)

    def _keep(self, key: _Key, drawn: bytes | tuple[Mark, ...]) -> None:
        size = len(drawn) if isinstance(drawn, bytes) else _MARK_BYTES * (1 + len(drawn))
        with self._lock:
            self._kept[key] = drawn, size
            self._size += size
            while self._size > self._most:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._size -= dropped
