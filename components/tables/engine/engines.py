"""Engine processes for many users: one for each user and set of tables, more only while one is busy, none for long."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import QueryError, QueryRefusedError, QueryStoppedError
from components.settings import Settings
from components.tables.engine import guard
from components.tables.engine.child import MB
from components.tables.engine.process import Limits, Process, stopped
from components.tables.engine.scratch import delete_unused, open_scratch

if TYPE_CHECKING:
    import pyarrow as pa

FOR_ONE_USER = 3  # processes; a user's further queries wait
FOR_ALL = 24
IDLE_SECONDS = 600.0
CLOSING_SECONDS = 5.0  # how long ``close`` waits for queries to notice that they have ended
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
class Ticket:
    """One query's own mark, by which ``Engines.cancel`` finds it, whether it waits, starts or runs."""

    cancelled: bool = False


@dataclass(eq=False)
class _Seat:
    """A place for one process; it is empty while the process starts."""

    key: Key
    ticket: Ticket | None = None  # of the query that sits here
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
        refused: Called with a user's id and the reason where the guard lets a query of theirs not through.

    Attributes:
        scratch: Folder for what need not last: rows that spill, rows of answers that are looked at.
    """

    def __init__(
        self, settings: Settings, *, landlock: bool = True, refused: Callable[[str, str], None] | None = None
    ) -> None:
        self._settings = settings
        self._landlock, self._refused = landlock, refused
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
        ticket: Ticket | None = None,
    ) -> Result:
        """Run one SELECT over a user's tables.

        Args:
            user_id: Whose process runs it.
            sql: As somebody wrote it: the guard comes first.
            tables: Every table that it may read, by name: Parquet files that the user owns.
            max_rows: Rows that come back; the rest is cut.
            max_bytes: Bytes that come back; the rest is cut.
            seconds: The longest that it may take once a process is free; it is stopped before they are over.
            ticket: By which it may be cancelled from another thread; a new one for each query.

        Raises:
            QueryRefusedError: The guard did not let it through; nothing was run.
            QueryFailedError: The engine's own words.
            QueryStoppedError: Too long, too much memory, or cancelled.
        """
        began = time.monotonic()
        self._check(user_id, sql, tables)
        seconds = self._settings.query_seconds if seconds is None else seconds
        with self._process(_key(user_id, tables), began + 2 * seconds, ticket) as process:
            body, truncated = process.ask(
                sql,
                max_rows=self._settings.query_rows if max_rows is None else max_rows,
                max_bytes=MOST_BYTES if max_bytes is None else max_bytes,
                seconds=seconds,
            )
        return Result(_read(body), truncated, time.monotonic() - began)

    def _check(self, user_id: str, sql: str, tables: Mapping[str, Path]) -> None:
        try:
            guard.check(sql, tables)
        except QueryRefusedError as error:
            if self._refused:
                self._refused(user_id, error.what)
            raise

    def warm(self, user_id: str, tables: Mapping[str, Path]) -> None:
        """Start a process in the background, for the query that will come: a cold one costs 0.6 s. Never fails."""
        key = _key(user_id, tables)
        threading.Thread(target=self._warm, args=(key,), name="engine-warm", daemon=True).start()

    def cancel(self, ticket: Ticket) -> None:
        """Stop the query of a ticket at once, and no other: its call raises QueryStoppedError, also if it yet waits."""
        with self._changed:  # held to the end: the process may be another query's the moment after
            ticket.cancelled = True
            for seat in self._seats:
                if seat.ticket is ticket and seat.process is not None:
                    seat.process.end()
            self._changed.notify_all()

    def processes(self) -> dict[int, str]:
        """The numbers of the processes that run now, with their users."""
        with self._changed:
            return {seat.process.pid: seat.user_id for seat in self._seats if seat.process is not None}

    def drop(self, user_id: str, files: Collection[Path] | None = None) -> None:
        """End those of a user's processes that may open any of these files, or all, whatever they do just now."""
        shut = None if files is None else {str(file) for file in files}
        with self._changed:
            theirs = [seat for seat in self._seats if seat.user_id == user_id]
            for seat in [seat for seat in theirs if shut is None or any(path in shut for _, path in seat.key[1])]:
                seat.dropped = True
                if not seat.busy:
                    self._drop(seat)
                elif seat.process is not None:
                    seat.process.end()
            self._changed.notify_all()

    def close(self) -> None:
        """End every process; queries that still run raise QueryStoppedError, and give their pipes back."""
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
        with self._changed:
            self._changed.wait_for(lambda: not any(seat.busy for seat in seats), CLOSING_SECONDS)

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
    def _process(self, key: Key, until: float, ticket: Ticket | None = None) -> Iterator[Process]:
        """A process for one query alone. Raises QueryStoppedError where none is free at ``until`` (monotonic)."""
        seat = self._take(key, until, ticket)
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
            unwanted = seat.dropped or _is_cancelled(seat.ticket)
        if unwanted:  # closed or cancelled while it started
            process.end()

    def _prepare(self) -> None:
        """Before the first process: the folder for spilled rows, cleared of what a killed app has left, the keeper."""
        with self._changed:
            if self._keeper is not None:
                return
            open_scratch(self.scratch)
            self._keeper = threading.Thread(target=self._keep, name="engine-keeper", daemon=True)
            self._keeper.start()

    def _take(self, key: Key, until: float, ticket: Ticket | None) -> _Seat:
        with self._changed:
            while not self._closed:
                if _is_cancelled(ticket):
                    raise stopped()
                seat = self._free(key) or self._new(key)
                if seat is not None:
                    seat.ticket = ticket
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
            seat.busy, seat.ticket, seat.used_at = False, None, time.monotonic()
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
                delete_unused(self.scratch)


def _key(user_id: str, tables: Mapping[str, Path]) -> Key:
    return user_id, frozenset((name, str(path)) for name, path in tables.items())


def _is_cancelled(ticket: Ticket | None) -> bool:
    return ticket is not None and ticket.cancelled


def _read(body: bytes) -> pa.Table:
    import pyarrow as pa

    return pa.ipc.open_stream(body).read_all()
