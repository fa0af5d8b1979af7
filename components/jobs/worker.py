"""Durable jobs: rows that worker threads claim, work on, and end; what a dead process left is taken up again.

Every write about a running job names its worker and its state, so it is progress, cancel check and fence in one: a
process that slept through its lease finds that its jobs belong to another, and writes nothing.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from components.errors import AppError, JobError, StoreError
from components.jobs.process import run_in_process
from components.jobs.progress import Progress
from components.settings import Settings
from components.store import Store, sweeping, uploads
from components.store import jobs as rows
from components.store.audit import note_work
from components.store.database import new_id
from components.store.jobs import Job, LostError
from components.store.roles import Act, require

LOG = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
LEASE_SECONDS = 10.0  # a worker silent for so long is dead: five missed beats
TICK_SECONDS = 0.25  # a write of progress costs up to 9 ms on a busy PostgreSQL
FILES_SECONDS = 3600.0  # what uploads leave behind is looked for at the start, then once an hour
LOOK_SECONDS = 1.0  # how long a job of another process's page may wait to be seen


class Cancelled(Exception):
    """The job's user asked to stop it."""


@dataclass(frozen=True)
class Kind:
    """One kind of job.

    Attributes:
        name: What is stored in the row.
        do: Called with a Context and the job's arguments; what it returns is the job's result.
        resumable: Whether a job whose process died may simply be begun again.
        at_once: How many jobs of this kind run side by side in a process, whoever's they are; None sets no bound.
        act: What a user's role must allow, to begin one.
        did: What the audit says of one that went well, by its result; empty: nothing.
    """

    name: str
    do: Callable[..., Mapping[str, Any] | None]
    resumable: bool = True
    at_once: int | None = None
    act: Act = "bring"
    did: Callable[[Mapping[str, Any]], str] = lambda _: ""


class Context:
    """What a running job may use: whose it is, the store, and the way to tell and to be told."""

    def __init__(self, store: Store, settings: Settings, job: Job, worker_id: str, closing: threading.Event) -> None:
        self.store, self.settings = store, settings
        self.user_id, self.job_id = job.user_id, job.id
        self._worker_id, self._closing = worker_id, closing
        self._cancelled = threading.Event()
        self._progress = Progress(self._write, TICK_SECONDS)

    def tick(self, done: int | None = None, total: int | None = None, words: str | None = None) -> None:
        """Tell progress and ask whether to go on; call it as often as you like, at least every second.

        Raises:
            Cancelled: The user asked to stop.
            LostError: The job is no longer this process's: end without a word.
        """
        if self._closing.is_set():
            raise LostError(self.job_id)
        if self._cancelled.is_set():
            raise Cancelled
        self._progress(done, total, words)

    def in_process(self, work: Callable[..., Any], *, memory_mb: int, seconds: float, **arguments: Any) -> Any:
        """Run ``work(report, **arguments)`` in a child process under limits; a cancel kills it within half a second.

        ``report(done=, total=, words=)`` is this job's progress. See ``run_in_process`` for what is raised.
        """
        return run_in_process(work, arguments, memory_mb=memory_mb, seconds=seconds, report=self.tick, check=self.tick)

    def cancel(self) -> None:
        """Let the next tick raise, without waiting for the row to be read."""
        self._cancelled.set()

    def last_words(self) -> None:
        """Write the progress that still waits; a cancel that comes after the work is done comes too late."""
        with contextlib.suppress(Cancelled):
            self._progress.flush()

    def _write(self, **news: Any) -> None:
        told = {"done": news.get("done"), "total": news.get("total"), "words": news.get("words")}
        if rows.tick(self.store, self.job_id, self._worker_id, **told):
            raise Cancelled


class Jobs:
    """This process's worker: ``start`` it once; it claims and runs jobs until ``close``."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        kinds: Sequence[Kind],
        *,
        beat_seconds: float = BEAT_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.worker_id = new_id()
        self._store, self._settings = store, settings
        self._kinds = {kind.name: kind for kind in kinds}
        self._beat_seconds, self._lease_seconds = beat_seconds, lease_seconds
        self._running: dict[str, Context] = {}
        self._owed: dict[str, Mapping[str, Any]] = {}  # how jobs ended, while the store does not take it
        self._claimed: dict[str, str] = {}  # the kind of each job that this process has taken and not yet ended
        self._wake, self._closing = threading.Event(), threading.Event()
        self._looking = threading.Lock()  # one idle thread looks for work, the others wait for their turn
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Beat once, take up what dead processes left, and begin to work.

        On SQLite this process holds the store alone, so whatever still says that it runs is dead.
        """
        rows.beat(self._store, self.worker_id)
        self._sweep(alone=self._settings.sqlite_file is not None)
        targets = [self._beats, self._sweep_files, *[self._work] * self._settings.job_threads]
        self._threads = [
            threading.Thread(target=target, name=f"jobs-{number}", daemon=True) for number, target in enumerate(targets)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, user_id: str, kind: str, title: str, **arguments: Any) -> Job:
        """Put a job into the queue; ``title`` is what its user reads, ``arguments`` must be JSON.

        Raises:
            KeyError: This process knows no such kind.
            RoleError: The user's role does not allow it.
        """
        require(self._store, user_id, self._kinds[kind].act)
        job = rows.submit(self._store, user_id, kind, title, arguments)
        self._wake.set()
        return job

    def cancel(self, user_id: str, job_id: str) -> None:
        """Stop a job of the user: at once while it waits, at its next tick while it runs, in whatever process.

        Raises:
            AccessError: It is not the user's, or there is none.
        """
        rows.cancel(self._store, user_id, job_id)
        if context := self._running.get(job_id):
            context.cancel()

    def close(self, seconds: float = 5.0) -> None:
        """Stop working, waiting at most ``seconds``; what was running is begun again at the next start."""
        self._closing.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(seconds)

    def _beats(self) -> None:
        while not self._closing.wait(self._beat_seconds):
            try:
                rows.beat(self._store, self.worker_id)
                self._sweep(alone=False)
                self._tell_owed()
            except (StoreError, SQLAlchemyError):
                LOG.exception("the store did not take this worker's beat; the next is in %s s", self._beat_seconds)

    def _sweep(self, *, alone: bool) -> None:
        resumable = [kind.name for kind in self._kinds.values() if kind.resumable]
        rows.sweep(self._store, self.worker_id, self._lease_seconds, resumable, alone)

    def _sweep_files(self) -> None:
        """Delete what is over: uploads and files that no row names, indexes of users who are gone, sign-ins.

        On a thread of its own, for beats must not wait.
        """
        while not self._closing.is_set():
            try:
                uploads.sweep_uploads(self._store)
                sweeping.sweep_indexes(self._store)
                sweeping.sweep_sign_ins(self._store)
            except (StoreError, SQLAlchemyError):
                LOG.exception("forgotten files could not be swept; the next sweep is in %s s", FILES_SECONDS)
            self._closing.wait(FILES_SECONDS)

    def _work(self) -> None:
        while job := self._next():
            context = Context(self._store, self._settings, job, self.worker_id, self._closing)
            self._running[job.id] = context
            try:
                self._run(job, context)
            except (StoreError, SQLAlchemyError):
                LOG.exception("the outcome of job %s could not be stored; it is tried again with each beat", job.id)
            finally:
                del self._running[job.id], self._claimed[job.id]

    def _next(self) -> Job | None:
        """The next job for this thread; None once the worker closes."""
        with self._looking:
            while not self._closing.is_set():
                if job := self._claim():
                    return job
                self._wake.wait(LOOK_SECONDS)
                self._wake.clear()
        return None

    def _claim(self) -> Job | None:
        try:
            job = rows.claim(self._store, self.worker_id, self._free_kinds())
        except (StoreError, SQLAlchemyError):
            LOG.exception("the store could not be asked for work")
            return None
        if job:
            self._claimed[job.id] = job.kind
        return job

    def _free_kinds(self) -> list[str]:
        busy = list(self._claimed.values())
        return [name for name, kind in self._kinds.items() if kind.at_once is None or busy.count(name) < kind.at_once]

    def _run(self, job: Job, context: Context) -> None:
        try:
            result = self._kinds[job.kind].do(context, **job.arguments)
            context.last_words()
        except LostError:
            LOG.warning("job %s (%s) now belongs to another process", job.id, job.kind)
        except Cancelled:
            self._end(job, "cancelled")
        except AppError as error:
            self._end(job, "failed", error=error.facts())
        except Exception:  # a bug: logged whole, and its user reads that it is one
            LOG.exception("job %s (%s) failed", job.id, job.kind)
            self._end(job, "failed", error=_FAULT.facts())
        else:
            found = dict(result or {})
            if did := self._kinds[job.kind].did(found):
                note_work(self._store, job.user_id, did, thing=job.title)
            self._end(job, "done", result=found)

    def _end(self, job: Job, state: str, *, error: dict[str, Any] | None = None, result: Any = None) -> None:
        ending = {"state": state, "error": error, "result": result}
        try:
            rows.end(self._store, job.id, self.worker_id, **ending)
        except (StoreError, SQLAlchemyError):  # a full disk, mostly: else the job would seem to run for ever
            self._owed[job.id] = ending
            raise

    def _tell_owed(self) -> None:
        for job_id, ending in list(self._owed.items()):
            rows.end(self._store, job_id, self.worker_id, **ending)
            del self._owed[job_id]


_FAULT = JobError("A fault of the app itself ended this. The server's log says more.")
