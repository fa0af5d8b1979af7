"""Long work as rows: who wants what, who is doing it, how far it is, and who may still write.

A process that works has a row in ``workers`` and beats it. Every write of a worker to a job names the worker: once the
job was taken from it, it changes nothing more.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.errors import JobError
from components.store._rows import added, owned, value
from components.store.database import Database, new_id
from components.store.opening import Store
from components.store.schema import jobs as rows
from components.store.schema import replies, workers

MOST_TRIES = 3
GOING = ("queued", "running")  # the states of a job that has not ended
_NEWEST = (  # built once: every run of every page asks it
    sa.select(rows)
    .where(rows.c.user_id == sa.bindparam("owner", type_=sa.String(64)), ~rows.c.seen)
    .order_by(rows.c.created_at.desc(), rows.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_LOST = JobError("The app stopped while this was running.").facts()


class LostError(Exception):
    """Another process took the job over, or its user is gone: stop, and write nothing more."""


@dataclass(frozen=True)
class Job:
    """A piece of long work. ``state`` is queued, running, done, failed or cancelled; ``total`` None: not known;
    ``words`` is what it is doing, for the user; ``error`` has code, what, kept, todo."""

    id: str
    user_id: str
    kind: str
    title: str
    arguments: Mapping[str, Any]
    state: str
    done: int
    total: int | None
    words: str
    cancel: bool
    error: Mapping[str, Any] | None
    result: Mapping[str, Any] | None
    tries: int
    created_at: float
    ended_at: float | None


def submit(store: Store, user_id: str, kind: str, title: str, arguments: Mapping[str, Any]) -> Job:
    """Put a job into the queue."""
    new = {"kind": kind, "title": title, "arguments": dict(arguments), "state": "queued", "created_at": time.time()}
    with store.database.writing() as connection:
        return value(Job, added(connection, rows, id=new_id(), user_id=user_id, **new))


def jobs(store: Store, user_id: str, limit: int = 50) -> list[Job]:
    """The user's jobs that were not put away, the newest first."""
    with store.database.reading() as connection:
        return [value(Job, row) for row in connection.execute(_NEWEST, {"owner": user_id, "most": limit})]


def going(store: Store, user_id: str, kinds: Collection[str]) -> list[Job]:
    """The user's jobs of these kinds that wait or run, the oldest first."""
    mine = sa.select(rows).where(rows.c.user_id == user_id, rows.c.kind.in_(kinds))
    with store.database.reading() as connection:
        query = mine.where(rows.c.state.in_(GOING)).order_by(rows.c.created_at, rows.c.id)
        return [value(Job, row) for row in connection.execute(query)]


def job(store: Store, user_id: str, job_id: str) -> Job:
    """One job. Raises ``AccessError``."""
    with store.database.reading() as connection:
        return value(Job, owned(connection, rows, user_id, job_id, "job"))


def cancel(store: Store, user_id: str, job_id: str) -> None:
    """Cancel a queued job at once; ask a running one to stop; leave an ended one. Raises ``AccessError``."""
    queued = rows.c.state == "queued"
    mine = (rows.c.id == job_id) & (rows.c.user_id == user_id) & rows.c.state.in_(GOING)
    new = {
        "cancel": True,
        "state": sa.case((queued, "cancelled"), else_=rows.c.state),
        "ended_at": sa.case((queued, time.time()), else_=rows.c.ended_at),
    }
    with store.database.writing() as connection:
        if not connection.execute(sa.update(rows).where(mine).values(**new)).rowcount:
            owned(connection, rows, user_id, job_id, "job")


def begun_with(store: Store, user_id: str, upload_id: str) -> bool:
    """Whether the user has a job, ended or not, that was begun with this upload."""
    mine = (rows.c.user_id == user_id) & (rows.c.arguments["upload_id"].as_string() == upload_id)
    with store.database.reading() as connection:
        return connection.scalar(sa.select(sa.exists().where(mine))) is True


def put_away(store: Store, user_id: str, job_id: str) -> None:
    """Take an ended job off the user's list; one that still works stays on it. Raises ``AccessError``."""
    mine = (rows.c.id == job_id) & (rows.c.user_id == user_id) & rows.c.ended_at.is_not(None)
    with store.database.writing() as connection:
        if not connection.execute(sa.update(rows).where(mine).values(seen=True)).rowcount:
            owned(connection, rows, user_id, job_id, "job")


def beat(store: Store, worker_id: str) -> None:
    """Say that this process lives, by the clock that all processes share."""
    now = store.database.clock()
    with store.database.writing() as connection:
        me = sa.update(workers).where(workers.c.id == worker_id).values(beat_at=now)
        if not connection.execute(me).rowcount:
            connection.execute(sa.insert(workers).values(id=worker_id, beat_at=now))


def claim(store: Store, worker_id: str, kinds: Collection[str]) -> Job | None:
    """Take the oldest queued job of these kinds, in one statement: no two processes ever take the same."""
    queued = sa.select(rows.c.id).where(rows.c.state == "queued", rows.c.kind.in_(kinds))
    first = queued.order_by(rows.c.created_at, rows.c.id).limit(1).with_for_update(skip_locked=True)
    new = {"state": "running", "worker_id": worker_id, "tries": rows.c.tries + 1}
    take = sa.update(rows).where(rows.c.id == first.scalar_subquery()).values(**new).returning(rows)
    with store.database.writing() as connection:
        row = connection.execute(take).first()
    return value(Job, row) if row else None


def tick(
    store: Store,
    job_id: str,
    worker_id: str,
    done: int | None = None,
    total: int | None = None,
    words: str | None = None,
) -> bool:
    """Write how far a job is, and hear whether it is to stop: progress, cancel check and fence in one statement.

    What is None stays as it was.

    Returns:
        Whether its user asked to cancel it.

    Raises:
        LostError: The job is no longer this worker's.
    """
    told = {name: item for name, item in (("done", done), ("total", total), ("words", words)) if item is not None}
    new: dict[str, Any] = told or {"worker_id": worker_id}
    write = sa.update(rows).where(_mine(job_id, worker_id)).values(**new).returning(rows.c.cancel)
    with store.database.writing() as connection:
        row = connection.execute(write).first()
    if row is None:
        raise LostError(job_id)
    return bool(row.cancel)


def end(
    store: Store,
    job_id: str,
    worker_id: str,
    *,
    state: str,
    error: Mapping[str, Any] | None = None,
    result: Mapping[str, Any] | None = None,
) -> bool:
    """Say how a job ended: done, failed or cancelled; False where it is no longer this worker's."""
    new = {"state": state, "error": error, "result": result, "ended_at": time.time()}
    with store.database.writing() as connection:
        return connection.execute(sa.update(rows).where(_mine(job_id, worker_id)).values(**new)).rowcount == 1


def sweep(
    store: Store, worker_id: str, lease_seconds: float, resumable_kinds: Collection[str], alone: bool
) -> tuple[int, int]:
    """Take from dead processes what they left: jobs go back to the queue or fail, replies become interrupted.

    A process is dead when it has not beaten for ``lease_seconds``; with ``alone`` (this process holds the store's lock)
    every other one is. A job goes back where its kind may be repeated and it was tried less than three times.

    Returns:
        How many jobs and how many replies were taken.
    """
    alive = _alive(store.database, worker_id, lease_seconds, alone)
    with store.database.writing() as connection:
        left = (rows.c.state == "running") & _abandoned(rows, worker_id, alive)
        jobs_taken = connection.execute(sa.update(rows).where(left).values(**_after_death(resumable_kinds))).rowcount
        half = (replies.c.state == "streaming") & _abandoned(replies, worker_id, alive)
        ended = {"state": "interrupted", "ended_at": time.time()}
        replies_taken = connection.execute(sa.update(replies).where(half).values(**ended)).rowcount
        connection.execute(sa.delete(workers).where(workers.c.id.not_in(alive)))
    return jobs_taken, replies_taken


def _mine(job_id: str, worker_id: str) -> sa.ColumnElement[bool]:
    """The fence: the job is running, and it is this worker that runs it."""
    return (rows.c.id == job_id) & (rows.c.worker_id == worker_id) & (rows.c.state == "running")


def _alive(database: Database, worker_id: str, lease_seconds: float, alone: bool) -> sa.Select[tuple[str]]:
    me = workers.c.id == worker_id
    beating = workers.c.beat_at > database.clock() - lease_seconds
    return sa.select(workers.c.id).where(me if alone else me | beating)


def _abandoned(table: sa.Table, worker_id: str, alive: sa.Select[tuple[str]]) -> sa.ColumnElement[bool]:
    """Whether a row's worker is dead. This process lives, also before its first beat."""
    theirs = table.c.worker_id
    return theirs.is_(None) | (theirs != worker_id) & theirs.not_in(alive)


def _after_death(resumable_kinds: Collection[str]) -> dict[str, Any]:
    again = (rows.c.tries < MOST_TRIES) & rows.c.kind.in_(resumable_kinds) & ~rows.c.cancel
    none = sa.null()
    return {
        "state": sa.case((again, "queued"), (rows.c.cancel, "cancelled"), else_="failed"),
        "worker_id": None,
        "error": sa.case((again | rows.c.cancel, none), else_=sa.literal(_LOST, sa.JSON)),
        "ended_at": sa.case((again, none), else_=time.time()),
    }
