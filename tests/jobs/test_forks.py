"""Work in forked children: what comes back, what the limits do, who pays for a bad one, and that none stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from components.errors import FileError, JobError
from components.jobs.forks import Forks
from tests.jobs import forked
from tests.waiting import until


@pytest.fixture
def forks() -> Iterator[Forks]:
    forks = Forks(forked.prepare)
    yield forks
    forks.close()


def test_a_result_comes_back_from_a_child_of_its_own(forks: Forks) -> None:
    numbers = [forks.run(forked.who, {}, memory_mb=256, seconds=30) for _ in range(3)]
    assert len({child for child, _ in numbers}) == 3
    assert {parent for _, parent in numbers} == {forks.pid}
    assert os.getpid() not in {child for child, _ in numbers}


def test_what_was_prepared_is_there_and_nothing_of_an_earlier_call(forks: Forks) -> None:
    assert forks.run(forked.keep, {"word": "ann's"}, memory_mb=256, seconds=30) == ["prepared", "ann's"]
    assert forks.run(forked.keep, {"word": "bob's"}, memory_mb=256, seconds=30) == ["prepared", "bob's"]


def test_the_process_that_forks_has_one_thread(forks: Forks) -> None:
    for _ in range(3):
        forks.run(forked.who, {}, memory_mb=256, seconds=30)
    assert forks.pid is not None
    assert psutil.Process(forks.pid).num_threads() == 1


def test_errors_arrive_as_they_are(forks: Forks) -> None:
    with pytest.raises(FileError, match="no rows"):
        forks.run(forked.refuse, {}, memory_mb=256, seconds=30)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        forks.run(forked.stumble, {}, memory_mb=256, seconds=30)


def test_one_that_hangs_is_killed_and_the_others_do_not_wait(forks: Forks, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(forks.run, forked.block, {"note": str(note)}, memory_mb=256, seconds=3)
        until(lambda: note.exists() and note.read_text(), seconds=30)
        assert forks.run(forked.who, {}, memory_mb=256, seconds=30)
        assert not hanging.done()
        with pytest.raises(JobError, match="longer than 3 seconds"):
            hanging.result(30)
    until(lambda: not psutil.pid_exists(int(note.read_text())), seconds=10)


def test_one_that_holds_the_interpreter_is_killed_too(forks: Forks, tmp_path: Path) -> None:
    """It hears nothing: the process that forks kills it."""
    note = tmp_path / "pid"
    with pytest.raises(JobError, match="longer than 1 second"):
        forks.run(forked.hold, {"note": str(note)}, memory_mb=256, seconds=1)
    until(lambda: not psutil.pid_exists(int(note.read_text())), seconds=10)


@pytest.mark.parametrize("work", [forked.eat, forked.eat_at_once])
def test_too_much_memory_is_said_and_costs_one_call(forks: Forks, work: object) -> None:
    with pytest.raises(JobError, match="200 MB of memory"):
        forks.run(work, {}, memory_mb=200, seconds=60)  # type: ignore[arg-type]  # both are functions
    assert forks.run(forked.who, {}, memory_mb=256, seconds=30)


def test_a_child_that_crashes_is_said(forks: Forks) -> None:
    before = forks.run(forked.who, {}, memory_mb=256, seconds=30)[1]
    with pytest.raises(JobError, match="died"):
        forks.run(forked.die, {}, memory_mb=256, seconds=30)
    assert forks.run(forked.who, {}, memory_mb=256, seconds=30)[1] == before


def test_a_child_killed_in_the_middle_is_said(forks: Forks, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(forks.run, forked.block, {"note": str(note)}, memory_mb=256, seconds=60)
        until(lambda: note.exists() and note.read_text(), seconds=30)
        os.kill(int(note.read_text()), signal.SIGKILL)
        with pytest.raises(JobError, match="died"):
            hanging.result(30)


def test_the_process_that_forks_is_replaced_when_it_was_killed(forks: Forks) -> None:
    first = forks.run(forked.who, {}, memory_mb=256, seconds=30)[1]
    os.kill(first, signal.SIGKILL)
    assert forks.run(forked.who, {}, memory_mb=256, seconds=30)[1] != first


def test_a_call_under_way_is_made_again_when_the_process_that_forks_was_killed(forks: Forks) -> None:
    pid = forks.run(forked.who, {}, memory_mb=256, seconds=30)[1]
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(forks.run, forked.who, {}, memory_mb=256, seconds=30)
        time.sleep(0.2)  # it is handed over, or about to be: both must end well
        os.kill(pid, signal.SIGKILL)
        assert waiting.result(60)[1] != pid


def test_the_children_have_no_keys(monkeypatch: pytest.MonkeyPatch, forks: Forks) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert forks.run(forked.key_names, {}, memory_mb=256, seconds=30) == []


def test_closing_ends_every_process_and_the_call_under_way(tmp_path: Path) -> None:
    forks, note = Forks(forked.prepare), tmp_path / "pid"
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(forks.run, forked.block, {"note": str(note)}, memory_mb=256, seconds=60)
        until(lambda: note.exists() and note.read_text(), seconds=30)
        pid = forks.pid
        forks.close()
        with pytest.raises(JobError):
            hanging.result(30)
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert not psutil.pid_exists(int(note.read_text()))
    with pytest.raises(JobError, match="closing"):
        forks.run(forked.who, {}, memory_mb=256, seconds=30)


PARENT = """
import sys
from components.jobs.forks import Forks
from tests.jobs import forked
Forks(forked.prepare).run(forked.block, {"note": sys.argv[1]}, memory_mb=256, seconds=600)
"""


def test_all_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(note)])
    try:
        until(lambda: note.exists() and note.read_text(), seconds=30)
        child = psutil.Process(int(note.read_text()))
        server = child.parent()
        assert server is not None
        os.kill(parent.pid, signal.SIGKILL)
        until(lambda: not child.is_running() and not server.is_running(), seconds=10)
    finally:
        parent.kill()
        parent.wait()
