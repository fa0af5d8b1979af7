"""The app's end of one engine process: start it, ask it, interrupt it, end it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.errors import QueryFailedError, QueryStoppedError
from components.tables.engine.child import HEADER, MB

CHILD = Path(__file__).with_name("child.py")
STARTING = 30.0  # seconds; 0.6 on an idle machine
SLACK = MB  # an answer's frame may be larger than its rows by this


@dataclass(frozen=True)
class Limits:
    """What one engine process may take.

    Attributes:
        memory_mb: The engine's own limit; beyond it queries spill to disk.
        scratch_mb: The most that spills to disk.
        threads: Threads of the engine.
    """

    memory_mb: int
    threads: int
    scratch_mb: int = 2048

    @property
    def address_space_mb(self) -> int:
        """The kernel's limit for the process, in MB: code, stacks and allocators take address space, hardly memory."""
        return self.memory_mb + 2048


class Process:
    """One running engine over one set of Parquet files. Not thread-safe but for ``end``: one query at a time."""

    def __init__(self, tables: Mapping[str, Path], scratch: Path, limits: Limits, *, landlock: bool) -> None:
        self._limits = limits
        self._folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=scratch))
        choices = {
            "tables": {name: str(path) for name, path in tables.items()},
            "scratch": str(self._folder),
            "memory_mb": limits.memory_mb,
            "address_space_mb": limits.address_space_mb,
            "scratch_mb": limits.scratch_mb,
            "threads": limits.threads,
            "landlock": landlock,
        }
        self.ended = False
        self.spent = False  # to be replaced: it was interrupted, or ran out of memory
        self._child = subprocess.Popen(  # noqa: S603 (our own file, no shell)
            [sys.executable, "-I", "-B", str(CHILD), json.dumps(choices)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd=self._folder,
            start_new_session=True,
        )
        assert self._child.stdout is not None
        self._answers = select.poll()
        self._answers.register(self._child.stdout, select.POLLIN)
        self._await_ready()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._child.pid

    def _await_ready(self) -> None:
        try:
            kind, body = self._receive(time.monotonic() + STARTING, SLACK)
        except (TimeoutError, EOFError) as error:
            self.end()
            self.close_pipes()
            raise QueryStoppedError("The engine did not start: the machine has no room.", todo="Try again.") from error
        if kind != b"R":
            self.end()
            self.close_pipes()
            words = json.loads(body)["words"]
            raise QueryFailedError(f"A table cannot be opened. {words}", todo="Import the table again.")

    def ask(self, sql: str, *, max_rows: int, max_bytes: int, seconds: float) -> tuple[bytes, bool]:
        """Run a query that the guard let through.

        At four fifths of the time it is interrupted; what cannot be interrupted is killed before the time is over.

        Returns:
            An Arrow stream, and whether rows are missing at its end.

        Raises:
            QueryFailedError: The engine's own words.
            QueryStoppedError: Too long, too large, or ended by ``end``; the process is then ``spent``.
        """
        began = time.monotonic()
        try:
            self._send(b"Q", json.dumps({"sql": sql, "max_rows": max_rows, "max_bytes": max_bytes}).encode())
            try:
                kind, body = self._receive(began + 0.8 * seconds, max_bytes + SLACK)
            except TimeoutError:
                self.spent = True
                self._send(b"I", b"")
                kind, body = self._receive(began + 0.95 * seconds, max_bytes + SLACK)
        except TimeoutError:
            self.end()
            raise _too_long(seconds) from None
        except (EOFError, BrokenPipeError):
            raise self._died() from None
        if kind == b"F":
            self._fail(json.loads(body), seconds)
        return body, kind == b"T"

    def end(self) -> None:
        """Kill the process, if it still runs, and clear what it left on disk. Any thread may call it, at any time."""
        self.ended = self.spent = True
        if self._child.poll() is None:  # else its number may be another's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def close_pipes(self) -> None:
        """Give the pipes back, after ``end``; only for the thread that asks."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # what was not sent any more
                    pipe.close()

    def _died(self) -> QueryStoppedError:
        if self.ended:
            return stopped()
        self.end()
        return self._too_large()

    def _fail(self, failure: dict[str, Any], seconds: float) -> None:
        kind, words = failure["kind"], str(failure["words"])
        if kind == "failed":
            raise QueryFailedError(words)
        self.spent = True
        if kind == "stopped":
            raise _too_long(seconds)
        if kind == "memory":
            raise self._too_large()
        raise QueryFailedError(words)

    def _too_large(self) -> QueryStoppedError:
        return QueryStoppedError(
            f"The query needs more memory than the {self._limits.memory_mb:,} MB that it may have."
        )

    def _send(self, kind: bytes, body: bytes) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(HEADER.pack(kind, len(body)) + body)
        self._child.stdin.flush()

    def _receive(self, until: float, most: int) -> tuple[bytes, bytes]:
        """One frame. Raises TimeoutError at ``until``, EOFError where the process ended or sends more than ``most``."""
        kind, length = HEADER.unpack(self._read(HEADER.size, until))
        if length > most:
            raise EOFError
        return kind, self._read(length, until)

    def _read(self, count: int, until: float) -> bytes:
        assert self._child.stdout is not None
        pipe, body = self._child.stdout.fileno(), bytearray()
        while len(body) < count:
            if not self._answers.poll(max(0.0, until - time.monotonic()) * 1000):
                raise TimeoutError
            more = os.read(pipe, min(count - len(body), MB))
            if not more:
                raise EOFError
            body += more
        return bytes(body)


def stopped() -> QueryStoppedError:
    """What a query raises that somebody has stopped."""
    return QueryStoppedError("The query was stopped.", todo="Run it again when you need it.")


def _too_long(seconds: float) -> QueryStoppedError:
    return QueryStoppedError(f"The query needs more than {seconds:g} seconds.")
