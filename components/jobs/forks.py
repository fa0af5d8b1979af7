"""Short work on what users bring, each piece in a process of its own that begins at once.

Starting a process takes 0.2 to 0.9 s, too long for a page that somebody waits for. So one is started beforehand, loads
what the work needs, and forks a child for each call: 5 ms. A child never outlives its call, so it holds nothing of
another user's, and one that crashes, hangs or eats its memory costs only itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import send_handle
from typing import Any

from components.errors import JobError
from components.jobs.fork_server import BEGUN, DIED, Call, serve_forks
from components.jobs.process import end_child, start_child, too_long, unpack

CLOSING_SECONDS = 1.0
_TRIES = 3


@dataclass
class _Server:
    process: Any
    pipe: Connection

    @property
    def alive(self) -> bool:
        """It never writes: its pipe has something to read only when it is gone, which its number may not yet tell."""
        return bool(self.process.is_alive()) and not self.pipe.poll(0)


class Forks:
    """Runs work in forked children. Thread-safe: calls run side by side.

    Args:
        prepare: Loads what the work needs, in the process that forks. It must start no thread and open no file of a
            user's: every child inherits both.
    """

    def __init__(self, prepare: Callable[[], object]) -> None:
        self._prepare = prepare
        self._server: _Server | None = None
        self._changing = threading.Lock()
        self._closed = False

    def warm(self) -> None:
        """Start the process that forks in the background, for the call that will come. At once, and never fails."""
        if self._server is None:
            threading.Thread(target=self._warm, name="forks-warm", daemon=True).start()

    def run(self, work: Callable[..., Any], arguments: Mapping[str, Any], *, memory_mb: int, seconds: float) -> Any:
        """The result of ``work(**arguments)``, done in a child of its own; both travel pickled.

        Args:
            work: A function of a module, so that it can be named to another process.
            memory_mb: Memory that the child may take, in megabytes.
            seconds: Longest time by the clock; starting the process that forks is not part of it.

        Raises:
            JobError: Over a limit, or the child died.
            AppError: The work raised it, as it is.
            RuntimeError: The work raised anything else; the text is the child's traceback.
        """
        call = Call(work, dict(arguments), memory_mb, seconds)
        for _ in range(_TRIES):  # again, where the process that forks was killed and took the call with it
            if answer := self._ask(call):
                return unpack(*answer, memory_mb=memory_mb)
        return unpack(*DIED, memory_mb=memory_mb)

    @property
    def pid(self) -> int | None:
        """The number of the process that forks, while one runs."""
        with self._changing:
            return self._server.process.pid if self._server and self._server.alive else None

    def close(self) -> None:
        """End the process that forks with all of its children; calls under way raise JobError."""
        with self._changing:
            self._closed = True
            self._end()

    def _warm(self) -> None:
        with suppress(OSError, JobError), self._changing:  # the call that comes will say so
            self._started()

    def _ask(self, call: Call) -> tuple[str, Any] | None:
        """The child's answer; None where no child began."""
        until, begun = time.monotonic() + call.seconds, False
        with closing(self._hand_over(call)) as pipe:  # closing it ends the child, whatever it does
            while pipe.poll(max(until - time.monotonic(), 0)):
                try:
                    answer: tuple[str, Any] = pipe.recv()
                except (EOFError, ConnectionResetError):
                    return DIED if begun else None
                if answer != BEGUN:
                    return answer
                begun = True
            raise too_long(call.seconds)

    def _hand_over(self, call: Call) -> Connection:
        """Give a call to the process that forks; our end of the pipe on which the child answers."""
        ours, theirs = Pipe()
        with ExitStack() as on_failure, closing(theirs), self._changing:
            on_failure.callback(ours.close)
            server = self._started()
            with suppress(BrokenPipeError, ConnectionResetError):  # it died a moment ago: nobody will answer
                server.pipe.send(call)
                send_handle(server.pipe, theirs.fileno(), server.process.pid)
            on_failure.pop_all()
        return ours

    def _started(self) -> _Server:
        if self._closed:
            raise JobError("The app is closing.", todo="Try again when it is back.")
        if self._server is not None and not self._server.alive:
            self._end()
        if self._server is None:
            self._server = _Server(*start_child(serve_forks, self._prepare))
        return self._server

    def _end(self) -> None:
        """Its end of the pipe closed, it kills its children and goes; if not, it is killed."""
        server, self._server = self._server, None
        if server is not None:
            server.pipe.close()
            server.process.join(CLOSING_SECONDS)
            end_child(server.process)
