"""Engine processes for many users: one for each user and set of tables, more only while one is busy, none for long."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import QueryError, QueryStoppedError
from components.settings import Settings
from components.tables.engine import guard
from components.tables.engine.child import MB
from components.tables.engine.process import Limits, Process

if TYPE_CHECKING:
    import pyarrow as pa

FOR_ONE_USER = 3  # processes; a user's further queries wait
FOR_ALL = 24
IDLE_SECONDS = 600.0
KEPT_SECONDS = 3600.0  # a file under ``scratch/answers`` that nobody has used for so long is deleted
MOST_BYTES = 32 * MB  # of one result

Key = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Result:
    """What a query found.

    Attributes:
        table: Its rows, in Arrow.
        truncated: Whether more rows were there than were asked for, or fit.
        seconds: From the question to the rows; starting a process is part of it.
    """

    table: pa.Table
    truncated: bool
    seconds: float


@dataclass(eq=False)
class _Seat:
    """A place for one process; it is empty while the process starts."""

    key: Key
    process: Process | None = None
    busy: bool = True
    dropped: bool = False
    used_at: float = field(default_factory=time.monotonic)

    @property
    def user_id(self) -> str:
        return self.key[0]


class Engines:
    """Runs queries, each in a confined process of its user's own. Thread-safe: queries wait for each other, or run on
    a second process, and never meet in one.

    Args:
        settings: ``query_memory_mb``, ``query_seconds`` and ``query_rows`` are the bounds where a call names none.
        landlock: Whether the kernel's lock is used where there is one; False is for its test.

    Attributes:
        scratch: Folder for what need not last: rows that spill, rows of answers that are looked at.
    """

    def __init__(self, settings: Settings, *, landlock: bool = True) -> None:
        self._settings = settings
        self._landlock = landlock
        self._limits = Limits(memory_mb=settings.query_memory_mb, threads=min(os.cpu_count() or 1, 8))
        self.scratch = settings.home / "scratch"
        self._seats: list[_Seat] = []
        self._changed = threading.Condition()
        self._closed = False
        self._keeper: threading.Thread | None = None  # started with the first process

    @property
    def seconds(self) -> int:
        """The longest that a query may take where a call names no bound."""
        return self._settings.query_seconds

    def query(
        self,
        user_id: str,
        sql: str,
        tables: Mapping[str, Path],
        *,
        max_rows: int | None = None,
        max_bytes: int | None = None,
        seconds: float | None = None,
    ) -> Result:
        """Run one SELECT over a user's tables.

        Args:
            user_id: Whose process runs it.
            sql: As somebody wrote it: the guard comes first.
            tables: Every table that it may read, by name: Parquet files that the user owns.
            max_rows: Rows that come back; the rest is cut.
            max_bytes: Bytes that come back; the rest is cut.
            seconds: The longest that it may take once a process is free; it is stopped before they are over.

        Raises:
            QueryRefusedError: The guard did not let it through; nothing was run.
            QueryFailedError: The engine's own words.
            QueryStoppedError: Too long, too much memory, or cancelled.
        """
        began = time.monotonic()
        guard.check(sql, tables)
        seconds = self._settings.query_seconds if seconds is None else seconds
        with self._process(_key(user_id, tables), began + 2 * seconds) as process:
            body, truncated = process.ask(
                sql,
                max_rows=self._settings.query_rows if max_rows is None else max_rows,
                max_bytes=MOST_BYTES if max_bytes is None else max_bytes,
                seconds=seconds,
            )
        return Result(_read(body), truncated, time.monotonic() - began)

    def warm(self, user_id: str, tables: Mapping[str, Path]) -> None:
        """Start a process in the background, for the query that will come: a cold one costs 0.6 s. Never fails."""
        key = _key(user_id, tables)
        threading.Thread(target=self._warm, args=(key,), name="engine-warm", daemon=True).start()

    def cancel(self, user_id: str) -> None:
        """Stop whatever runs for a user at once; each of their waiting calls raises QueryStoppedError."""
        with self._changed:
            running = [seat.process for seat in self._seats if seat.user_id == user_id and seat.busy]
        for process in running:
            if process is not None:
                process.end()

    def processes(self) -> dict[int, str]:
        """The numbers of the processes that run now, with their users."""
        with self._changed:
            return {seat.process.pid: seat.user_id for seat in self._seats if seat.process is not None}

    def close(self) -> None:
        """End every process; queries that still run raise QueryStoppedError."""
        with self._changed:
            self._closed = True
            seats, self._seats = self._seats, []
            self._changed.notify_all()
        for seat in seats:
            seat.dropped = True
            if seat.process is not None:
                seat.process.end()
            if not seat.busy:
                self._drop(seat)

    def _warm(self, key: Key) -> None:
        guard.warm()
        with self._changed:
            if self._closed or any(seat.key == key for seat in self._seats):
                return
        try:
            with self._process(key, time.monotonic()):
                return
        except (QueryError, OSError):  # the query that comes will say so
            return

    @contextmanager
    def _process(self, key: Key, until: float) -> Iterator[Process]:
        """A process for one query alone. Raises QueryStoppedError where none is free at ``until`` (monotonic)."""
        seat = self._take(key, until)
        try:
            if seat.process is None:
                self._sit(seat)
            assert seat.process is not None
            yield seat.process
        finally:
            self._give_back(seat)

    def _sit(self, seat: _Seat) -> None:
        self._prepare()
        tables = {name: Path(path) for name, path in seat.key[1]}
        process = Process(tables, self.scratch, self._limits, landlock=self._landlock)
        with self._changed:
            seat.process = process
        if seat.dropped:  # closed while it started
            process.end()

    def _prepare(self) -> None:
        """Before the first process: the folder for spilled rows, cleared of what a killed app has left, the keeper."""
        with self._changed:
            if self._keeper is not None:
                return
            self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in self.scratch.glob("[0-9]*-*"):
                if not _runs(int(folder.name.split("-")[0])):
                    shutil.rmtree(folder, ignore_errors=True)
            _delete_unused(self.scratch)
            self._keeper = threading.Thread(target=self._keep, name="engine-keeper", daemon=True)
            self._keeper.start()

    def _take(self, key: Key, until: float) -> _Seat:
        with self._changed:
            while not self._closed:
                seat = self._free(key) or self._new(key)
                if seat is not None:
                    return seat
                if not self._changed.wait(until - time.monotonic()):
                    raise QueryStoppedError("Your other queries still run.", todo="Wait for them, or stop them.")
        raise QueryStoppedError("The app is closing.", todo="Run the query again when it is back.")

    def _free(self, key: Key) -> _Seat | None:
        for seat in self._seats:
            if seat.key == key and not seat.busy:
                seat.busy = True
                return seat
        return None

    def _new(self, key: Key) -> _Seat | None:
        """A new seat, if there is room, or an idle process makes room."""
        own = [seat for seat in self._seats if seat.user_id == key[0]]
        if len(own) >= FOR_ONE_USER:
            if any(seat.key == key for seat in own) or not self._evict(own):
                return None
        elif len(self._seats) >= FOR_ALL and not self._evict(self._seats):
            return None
        seat = _Seat(key)
        self._seats.append(seat)
        return seat

    def _evict(self, seats: Collection[_Seat]) -> bool:
        """End the process that has been idle for longest. Whether there was one."""
        idle = sorted((seat for seat in seats if not seat.busy), key=lambda seat: seat.used_at)
        if idle:
            self._drop(idle[0])
        return bool(idle)

    def _drop(self, seat: _Seat) -> None:
        if seat in self._seats:
            self._seats.remove(seat)
        if seat.process is not None:
            seat.process.end()
            seat.process.close_pipes()

    def _give_back(self, seat: _Seat) -> None:
        """A process that was interrupted is not used again: it never gives its address space back."""
        with self._changed:
            seat.busy, seat.used_at = False, time.monotonic()
            if seat.process is None or seat.process.spent or seat.dropped:
                self._drop(seat)
            self._changed.notify_all()

    def _keep(self) -> None:
        """End processes and delete files that nobody has used for a while."""
        with self._changed:
            while not self._closed:
                self._changed.wait(IDLE_SECONDS / 10)
                late = time.monotonic() - IDLE_SECONDS
                for seat in [seat for seat in self._seats if not seat.busy and seat.used_at < late]:
                    self._drop(seat)
                _delete_unused(self.scratch)


def _key(user_id: str, tables: Mapping[str, Path]) -> Key:
    return user_id, frozenset((name, str(path)) for name, path in tables.items())


def _delete_unused(scratch: Path) -> None:
    for file in scratch.glob("answers/*"):
        if file.stat().st_mtime < time.time() - KEPT_SECONDS:
            file.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read(body: bytes) -> pa.Table:
    import pyarrow as pa

    return pa.ipc.open_stream(body).read_all()
