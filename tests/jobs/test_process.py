"""Child processes: what comes back, what the limits do, and that none outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from components.errors import FileError, JobError, KeyRejectedError
from components.jobs.process import run_in_process
from tests.jobs import works
from tests.waiting import until


class Told(Exception):
    """What the check of a test raises."""


def _run(work: Callable[..., Any], *, memory_mb: int = 512, seconds: float = 60, **arguments: Any) -> Any:
    said: list[dict[str, Any]] = []
    return run_in_process(
        work,
        arguments,
        memory_mb=memory_mb,
        seconds=seconds,
        report=lambda **news: said.append(news),
        check=lambda: None,
    )


def test_result_and_progress_come_back() -> None:
    said: list[dict[str, Any]] = []
    result = run_in_process(
        works.add,
        {"left": 20, "right": 22},
        memory_mb=512,
        seconds=60,
        report=lambda **news: said.append(news),
        check=lambda: None,
    )
    assert result == 42
    assert said == [{"done": 1, "total": 2, "words": "adding"}]


def test_an_error_for_users_arrives_as_it_is() -> None:
    with pytest.raises(FileError) as caught:
        _run(works.fail_for_users)
    assert (caught.value.what, caught.value.kept) == ("months.csv has no rows.", "Nothing was lost.")
    assert caught.value.todo == "Choose another file."
    with pytest.raises(KeyRejectedError) as more:
        _run(works.fail_with_more)
    assert more.value.retry_after == 7.0


def test_a_bug_arrives_with_the_childs_traceback() -> None:
    with pytest.raises(RuntimeError, match="fail_as_a_bug") as caught:
        _run(works.fail_as_a_bug)
    assert "ValueError: a fault of ours" in str(caught.value)


def test_a_result_that_cannot_travel_is_a_bug_and_does_not_hang() -> None:
    with pytest.raises((RuntimeError, JobError)):
        _run(works.unpicklable)


def test_a_check_that_raises_ends_a_child_deep_in_one_call(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    seen: list[float] = []

    def check() -> None:
        if note.exists() and note.read_text():
            seen.append(time.monotonic())
            raise Told

    with pytest.raises(Told):
        run_in_process(
            works.block, {"note": str(note)}, memory_mb=512, seconds=60, report=lambda **_: None, check=check
        )
    assert not psutil.pid_exists(int(note.read_text()))


def test_too_much_memory_is_said_clearly() -> None:
    with pytest.raises(JobError, match="more than 128 MB of memory"):
        _run(works.eat, memory_mb=128, megabytes=1000)


def test_one_sudden_allocation_fails_before_it_hurts() -> None:
    with pytest.raises(JobError, match="more than 128 MB of memory"):
        _run(works.eat_at_once, memory_mb=128)


def test_what_importers_load_fits_under_the_limit() -> None:
    assert _run(works.arrow, memory_mb=256) == 100_000


def test_too_long_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="longer than 1 second"):
        _run(works.block, seconds=1, note=str(tmp_path / "pid"))


def test_a_child_that_dies_is_said_clearly() -> None:
    with pytest.raises(JobError, match="SIGABRT"):
        _run(works.die)


def test_the_child_has_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert _run(works.key_names) == []


PARENT = """
import sys
from components.jobs.process import run_in_process
from tests.jobs import works
run_in_process(works.block, {"note": sys.argv[1]}, memory_mb=512, seconds=600, report=lambda **_: None,
               check=lambda: None)
"""


def test_a_child_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(note)])
    try:
        until(lambda: note.exists() and note.read_text(), seconds=30)
        child = int(note.read_text())
        os.kill(parent.pid, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(child), seconds=10)
    finally:
        parent.kill()
        parent.wait()
