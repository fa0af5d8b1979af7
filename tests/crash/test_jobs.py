"""Workers that are killed or frozen: no job is lost, none is done by two, and a sleeper writes nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.settings import Settings
from components.store import Store, close_store, open_store
from components.store import jobs as rows
from components.store.jobs import Job
from tests.crash.processes import kill, reading, started
from tests.people import add_person
from tests.waiting import until

WORKING = "tests.crash.working"
LEASE = 3.0


def _submit(store: Store, steps: int, kind: str = "sign") -> Job:
    return rows.submit(store, "ann", kind, "Sign", {"steps": steps})


def _prepared(settings: Settings, steps: list[int], kind: str = "sign") -> list[Job]:
    """A store on SQLite with these jobs in it, closed again: one process at a time holds it."""
    store = open_store(settings)
    add_person(store, "ann")
    submitted = [_submit(store, number, kind) for number in steps]
    close_store(store)
    return submitted


def _kill_in_mid_job(settings: Settings) -> None:
    with started(WORKING, str(settings.home), "", str(LEASE)) as process, reading(settings) as store:
        until(lambda: [job for job in rows.jobs(store, "ann") if job.state == "running" and job.done > 1])
        kill(process)


def test_no_job_is_lost_on_sqlite_however_often_the_process_is_killed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    submitted = _prepared(settings, [6] * 8)
    _kill_in_mid_job(settings)
    _kill_in_mid_job(settings)
    with started(WORKING, str(settings.home), "", str(LEASE)), reading(settings) as store:
        until(lambda: all(rows.job(store, "ann", job.id).state == "done" for job in submitted), seconds=60)


def test_what_may_not_be_repeated_fails_with_words(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    (job,) = _prepared(settings, [600], "sign_once")
    _kill_in_mid_job(settings)
    with started(WORKING, str(settings.home), "", str(LEASE)), reading(settings) as store:
        until(lambda: rows.job(store, "ann", job.id).state == "failed")
        error = rows.job(store, "ann", job.id).error
        assert error and error["what"] == "The app stopped while this was running."


@pytest.fixture
def shared(tmp_path: Path, postgres_url: str) -> Iterator[Store]:
    store = open_store(Settings(home=tmp_path / "home", database_url=postgres_url))
    add_person(store, "ann")
    yield store
    close_store(store)


@pytest.mark.postgres
def test_another_process_takes_over_after_the_lease(shared: Store, tmp_path: Path, postgres_url: str) -> None:
    job = _submit(shared, 40)
    arguments = (str(tmp_path / "home"), postgres_url, str(LEASE))
    with started(WORKING, *arguments) as first:
        until(lambda: rows.job(shared, "ann", job.id).done > 1)
        with started(WORKING, *arguments) as second:
            kill(first)
            until(lambda: rows.job(shared, "ann", job.id).state == "done", seconds=60)
            ended = rows.job(shared, "ann", job.id)
            assert ended.result == {"by": second.pid}
            assert ended.tries == 2


@pytest.mark.postgres
def test_a_frozen_process_writes_nothing_after_it_wakes(shared: Store, tmp_path: Path, postgres_url: str) -> None:
    job = _submit(shared, 100)
    arguments = (str(tmp_path / "home"), postgres_url, str(LEASE))
    with started(WORKING, *arguments) as sleeper:
        until(lambda: rows.job(shared, "ann", job.id).done > 1)
        sleeper.send_signal(signal.SIGSTOP)
        with started(WORKING, *arguments) as other:
            until(lambda: rows.job(shared, "ann", job.id).words == f"process {other.pid}", seconds=60)
            sleeper.send_signal(signal.SIGCONT)
            seen: list[tuple[int, str]] = []

            def ended() -> bool:
                now = rows.job(shared, "ann", job.id)
                seen.append((now.done, now.words))
                return now.state == "done"

            until(ended, seconds=60)
            assert {words for _, words in seen} == {f"process {other.pid}"}
            assert [done for done, _ in seen] == sorted(done for done, _ in seen)
            assert rows.job(shared, "ann", job.id).result == {"by": other.pid}
            assert sleeper.poll() is None, "the sleeper lives on and may take other jobs"
