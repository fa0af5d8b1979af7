"""Jobs: their outcomes, progress, cancel, ownership, and what becomes of those that a dead process left."""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from components.errors import AccessError
from components.jobs.worker import Jobs
from components.store import Store, codes
from components.store import jobs as rows
from components.store._files import index_folder
from components.store.jobs import Job
from tests.store.counting import rows_in
from tests.waiting import until

Start = Callable[[], Jobs]


def _ended(store: Store, job: Job, seconds: float = 20) -> Job:
    until(lambda: rows.job(store, job.user_id, job.id).ended_at, seconds=seconds)
    return rows.job(store, job.user_id, job.id)


def test_a_job_runs_to_its_end(store: Store, start: Start) -> None:
    job = _ended(store, start().submit("ann", "count", "Count to ten", to=10))
    assert (job.state, job.result, job.error) == ("done", {"counted": 10}, None)
    assert (job.done, job.total, job.words) == (10, 10, "row 10")


def test_a_job_reports_while_it_runs(store: Store, start: Start) -> None:
    jobs = start()
    job = jobs.submit("ann", "count", "Count", to=500)
    until(lambda: rows.job(store, "ann", job.id).done > 1)
    jobs.cancel("ann", job.id)
    assert _ended(store, job).state == "cancelled"


def test_a_kind_may_run_alone_and_holds_up_no_other(store: Store, start: Start, tmp_path: Path) -> None:
    jobs, note = start(), tmp_path / "note"
    alone = [jobs.submit("ann", "count_alone", "Count", to=15, note=str(note)) for _ in range(3)]
    other = _ended(store, jobs.submit("bob", "count", "Count", to=1))
    assert any(rows.job(store, "ann", job.id).state == "queued" for job in alone), "the other kind overtook them"
    assert [_ended(store, job).state for job in (*alone, other)] == ["done"] * 4
    runs = [line.split()[0] for line in note.read_text().splitlines()]
    assert [name for name, _ in itertools.groupby(runs)] == [job.id for job in alone], "one after the other"


def test_a_job_works_in_a_child_process(store: Store, start: Start) -> None:
    job = _ended(store, start().submit("ann", "add", "Add", left=20, right=22))
    assert (job.state, job.result) == ("done", {"sum": 42})
    assert job.words == "adding"


def test_an_error_for_users_is_kept_with_the_job(store: Store, start: Start) -> None:
    job = _ended(store, start().submit("ann", "refuse", "Import"))
    assert job.state == "failed"
    assert job.error == {
        "code": "FileError",
        "what": "months.csv has no rows.",
        "kept": "Your other files are untouched.",
        "todo": "Choose another file.",
    }


def test_a_bug_is_logged_whole_and_named_as_one(store: Store, start: Start, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        job = _ended(store, start().submit("ann", "stumble", "Stumble"))
    assert job.state == "failed"
    assert job.error and "fault of the app" in job.error["what"]
    assert "secret detail" not in str(job.error)
    assert "secret detail" in caplog.text


def test_too_much_memory_fails_the_job_alone(store: Store, start: Start) -> None:
    jobs = start()
    job = _ended(store, jobs.submit("ann", "eat", "Eat"), seconds=60)
    assert job.state == "failed"
    assert job.error and job.error["code"] == "JobError"
    assert "more than 128 MB of memory" in job.error["what"]
    assert _ended(store, jobs.submit("ann", "count", "Count", to=1)).state == "done"


def test_cancel_kills_a_child_deep_in_one_call(store: Store, start: Start, tmp_path: Path) -> None:
    jobs, note = start(), tmp_path / "pid"
    job = jobs.submit("ann", "block", "Block", note=str(note))
    child = int(until(lambda: note.exists() and note.read_text()))
    jobs.cancel("ann", job.id)
    assert _ended(store, job).state == "cancelled"
    assert not psutil.pid_exists(child)


def test_a_cancel_of_another_process_is_heard(store: Store, start: Start, tmp_path: Path) -> None:
    jobs, note = start(), tmp_path / "pid"
    job = jobs.submit("ann", "block", "Block", note=str(note))
    until(lambda: note.exists() and note.read_text())
    rows.cancel(store, "ann", job.id)  # as another process does: only the row says it
    assert _ended(store, job).state == "cancelled"


def test_nobody_cancels_another_users_job(store: Store, start: Start) -> None:
    jobs = start()
    job = jobs.submit("ann", "count", "Count", to=20)
    with pytest.raises(AccessError):
        jobs.cancel("bob", job.id)
    assert _ended(store, job).state == "done"


def test_an_unknown_kind_is_refused(store: Store, start: Start) -> None:
    with pytest.raises(KeyError):
        start().submit("ann", "nothing", "Nothing")


def test_jobs_side_by_side_run_once_each(store: Store, start: Start, tmp_path: Path) -> None:
    note = tmp_path / "lines"
    one, other = start(), start()
    submitted = [jobs.submit("ann", "count", "Count", to=3, note=str(note)) for jobs in (one, other) * 6]
    assert {_ended(store, job).state for job in submitted} == {"done"}
    lines = note.read_text().splitlines()
    assert len(lines) == len(set(lines)) == 36


def test_what_a_dead_process_left_is_begun_again(store: Store, start: Start) -> None:
    left = rows.submit(store, "ann", "count", "Count", {"to": 3})
    once = rows.submit(store, "ann", "count_once", "Count", {"to": 3})
    for _ in range(2):
        assert rows.claim(store, "dead", ["count", "count_once"])
    start()  # on SQLite whoever starts holds the store alone: every other worker is dead
    assert _ended(store, left).state == "done"
    failed = _ended(store, once)
    assert failed.state == "failed"
    assert failed.error and failed.error["what"] == "The app stopped while this was running."


def test_close_leaves_a_job_to_the_next_start(store: Store, start: Start, tmp_path: Path) -> None:
    first, note = start(), tmp_path / "pid"
    job = first.submit("ann", "block", "Block", note=str(note))
    child = int(until(lambda: note.exists() and note.read_text()))
    first.close()
    assert not psutil.pid_exists(child)
    assert rows.job(store, "ann", job.id).state == "running"
    second = start()
    until(lambda: rows.job(store, "ann", job.id).tries == 2)
    second.cancel("ann", job.id)
    assert _ended(store, job).state == "cancelled"


def test_the_start_sweeps_what_uploads_left(store: Store, start: Start) -> None:
    forgotten = store.blobs.new_key("raw")
    store.blobs.put(forgotten, b"x")
    os.utime(store.blobs.local_path(forgotten), (0, 0))
    start()
    until(lambda: not list(store.blobs.keys()))


def test_the_start_sweeps_sign_ins_that_are_over_and_indexes_of_users_who_are_gone(store: Store, start: Start) -> None:
    codes.new_code(store, "set-up", None, seconds=-1)
    gone = index_folder(store.home, "gone")
    gone.mkdir(parents=True)
    start()
    until(lambda: not gone.exists() and rows_in(store)["codes"] == 0)


def test_progress_is_written_seldom(store: Store, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four commits a second are allowed; the last words come too, whenever."""
    writes: list[float] = []
    tick = rows.tick

    def noted(*args: Any, **told: Any) -> bool:
        writes.append(time.monotonic())
        return tick(*args, **told)

    monkeypatch.setattr(rows, "tick", noted)
    job = _ended(store, start().submit("ann", "count", "Count", to=100))
    assert job.done == 100
    assert min(later - earlier for earlier, later in itertools.pairwise(writes[:-1])) >= 0.24
