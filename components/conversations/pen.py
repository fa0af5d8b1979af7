"""The pen: one thread of this process that writes what all running replies say, in one commit every 50 ms.

Time bounds what a crash can lose; fifty streams cost little more than one. A reply's end waits in the same line as its
pieces, so its state never says more than what is written.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from components.errors import StoreError
from components.store import Store, pen
from components.store.pen import PieceRow

LOG = logging.getLogger(__name__)

PAUSE_SECONDS = 0.05
ASK_SECONDS = 0.5  # how often silent replies are looked after: another process may have been told to stop them
ELSEWHERE_SECONDS = 0.25  # between two looks at a reply of another process
RETRY_SECONDS = 1.0  # between tries while the store takes nothing
WORDS = ("text", "thought")  # kinds that go on from row to row; each step is a row of its own
REMEMBERED = 1000  # ended replies whose readers are told at once that they ended


@dataclass(frozen=True)
class Ending:
    """How a reply ended: its state, the model's own reason, the error that its user reads, what an ask found."""

    state: str
    finish: str | None = None
    error: dict[str, Any] | None = None
    result: dict[str, Any] | None = None


@dataclass
class _Open:
    """A reply that is being written: the next number, the last one in the store, what waits."""

    next: int = 0
    written: int = -1
    waiting: list[tuple[str, list[str]]] = field(default_factory=list)
    ending: Ending | None = None


class Pen:
    """Takes pieces from any thread without ever blocking, and writes them.

    Args:
        told: Called with a reply's id, from the pen's thread, once its user asked to stop it in whatever process, or
            once it is no longer this process's.
        pause: Seconds between two commits.
    """

    def __init__(
        self, store: Store, worker_id: str, *, told: Callable[[str], None], pause: float = PAUSE_SECONDS
    ) -> None:
        self._store, self._worker_id, self._told, self._pause = store, worker_id, told, pause
        self._open: dict[str, _Open] = {}
        self._ended: deque[str] = deque(maxlen=REMEMBERED)
        self._rows: list[PieceRow] = []  # numbered, not yet in the store; the pen's thread alone touches them
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._write_on, name="pen", daemon=True)
        self._thread.start()

    def open(self, reply_id: str) -> None:
        """Begin a reply; its row is already in the store, in the state streaming."""
        with self._changed:
            self._open[reply_id] = _Open()
            self._changed.notify_all()

    def add(self, reply_id: str, kind: str, body: str) -> None:
        """Append to a reply; neighbouring words of one kind become one row."""
        with self._changed:
            waiting = self._open[reply_id].waiting
            if waiting and waiting[-1][0] == kind and kind in WORDS:
                waiting[-1][1].append(body)
            else:
                waiting.append((kind, [body]))
            if len(waiting) == 1:
                self._changed.notify_all()

    def end(self, reply_id: str, ending: Ending) -> None:
        """End a reply: what waits is written first, then the state. A second end does nothing."""
        with self._changed:
            reply = self._open.get(reply_id)
            if reply and reply.ending is None:
                reply.ending = ending
            self._changed.notify_all()

    def wait(self, reply_id: str, after: int, timeout: float) -> bool:
        """Wait until more than piece ``after`` is in the store, or the reply ended; False when neither came in time.

        A reply of another process is not heard: then this waits 0.25 s and returns True, so look.
        """
        with self._changed:
            if reply_id in self._open or reply_id in self._ended:
                return self._changed.wait_for(lambda: self._is_news(reply_id, after), timeout)
        time.sleep(ELSEWHERE_SECONDS)
        return True

    def running(self) -> int:
        """How many replies are being written now."""
        return len(self._open)

    def close(self, seconds: float = 5.0) -> None:
        """Wait at most ``seconds`` for the open replies to end and be written, then end the thread."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, seconds)
            self._closing = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def _is_news(self, reply_id: str, after: int) -> bool:
        reply = self._open.get(reply_id)
        return reply is None or reply.written > after

    def _write_on(self) -> None:
        while self._wait_for_work():
            try:
                self._write()
            except (StoreError, SQLAlchemyError):
                LOG.exception("the store took no pieces; the next try is in %s s", RETRY_SECONDS)
                time.sleep(RETRY_SECONDS)

    def _wait_for_work(self) -> bool:
        """Wait for the next commit's time; False when there will be none."""
        with self._changed:
            while not self._open and not self._closing:
                self._changed.wait()
            if self._closing:
                return False
            self._changed.wait_for(lambda: self._closing or self._has_work(), ASK_SECONDS)
        time.sleep(self._pause)  # so that one commit takes what all say meanwhile
        return True

    def _has_work(self) -> bool:
        return any(reply.waiting or reply.ending for reply in self._open.values())

    def _write(self) -> None:
        endings = self._gather()
        stop = pen.write_pieces(self._store, self._rows, self._worker_id) if self._open else set()
        self._are_written()
        for reply_id, ending in endings:
            self._end(reply_id, ending)
        for reply_id in stop:
            self._told(reply_id)

    def _gather(self) -> list[tuple[str, Ending]]:
        """Number what waits, put it to the rows that the store has not taken yet, and name the replies that end."""
        with self._changed:
            for reply_id, reply in self._open.items():
                for kind, bodies in reply.waiting:
                    self._rows.append(PieceRow(reply_id, reply.next, kind, "".join(bodies)))
                    reply.next += 1
                reply.waiting = []
            return [(reply_id, reply.ending) for reply_id, reply in self._open.items() if reply.ending]

    def _are_written(self) -> None:
        with self._changed:
            for row in self._rows:
                self._open[row.reply_id].written = row.seq
            self._rows = []
            self._changed.notify_all()

    def _end(self, reply_id: str, ending: Ending) -> None:
        ours = pen.end_reply(
            self._store,
            reply_id,
            self._worker_id,
            state=ending.state,
            finish=ending.finish,
            error=ending.error,
            result=ending.result,
        )
        if not ours:
            LOG.warning("reply %s ended elsewhere: deleted, or taken for dead", reply_id)
        with self._changed:
            del self._open[reply_id]
            self._ended.append(reply_id)
            self._changed.notify_all()
