"""Engine processes: whose they are, how many, how they end."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from components.errors import QueryFailedError, QueryRefusedError, QueryStoppedError
from components.settings import Settings
from components.tables.engine import engines as pool
from components.tables.engine.engines import Engines, Ticket
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]
SLOW = "SELECT count(*) FROM t a, t b, t c, t d"  # longer than any test


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    made = Engines(Settings(home=tmp_path / "home", query_seconds=30))
    yield made
    made.close()


def table(folder: Path, name: str, values: str) -> Path:
    file = folder / f"{name}.parquet"
    duckdb.sql(f"SELECT * FROM (VALUES {values}) t(a)").write_parquet(str(file))
    return file


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    file = tmp_path / "numbers.parquet"
    duckdb.sql("SELECT i AS a FROM range(20000) r(i)").write_parquet(str(file))
    return file


def test_a_process_answers_again_and_again(engines: Engines, numbers: Path) -> None:
    for _ in range(3):
        assert engines.query("ada", "SELECT sum(a)::BIGINT AS s FROM t", {"t": numbers}).table.to_pylist() == [
            {"s": 199990000}
        ]
    assert len(engines.processes()) == 1


def test_two_users_never_share_a_process_nor_a_name(engines: Engines, tmp_path: Path) -> None:
    hers, his = table(tmp_path, "hers", "('hers')"), table(tmp_path, "his", "('his')")
    found: dict[str, set[str]] = {"ada": set(), "bob": set()}

    def ask(user_id: str, file: Path) -> None:
        for _ in range(30):
            found[user_id] |= set(engines.query(user_id, "SELECT a FROM t", {"t": file}).table["a"].to_pylist())

    threads = [threading.Thread(target=ask, args=pair) for pair in [("ada", hers), ("bob", his)] * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"ada": {"hers"}, "bob": {"his"}}
    assert set(engines.processes().values()) == {"ada", "bob"}


def test_a_users_queries_at_once_all_come_back(engines: Engines, numbers: Path) -> None:
    answers: list[int] = []

    def ask(number: int) -> None:
        row = engines.query("ada", f"SELECT count(*) + {number} AS n FROM t", {"t": numbers}).table.to_pylist()[0]
        answers.append(row["n"] - 20000)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(12))
    assert len(engines.processes()) <= pool.FOR_ONE_USER


class Asking(threading.Thread):
    """A query that takes longer than any test, asked on a thread of its own."""

    def __init__(self, engines: Engines, user_id: str, numbers: Path) -> None:
        super().__init__()
        self.ticket = Ticket()
        self.stopped: list[QueryStoppedError] = []
        self._ask: Callable[[], object] = lambda: engines.query(user_id, SLOW, {"t": numbers}, ticket=self.ticket)
        self.start()

    def run(self) -> None:
        try:
            self._ask()
        except QueryStoppedError as error:
            self.stopped.append(error)


def test_a_long_query_does_not_hold_up_a_short_one(engines: Engines, numbers: Path) -> None:
    long = Asking(engines, "ada", numbers)
    until(engines.processes)
    assert engines.query("ada", "SELECT 1 AS n", {"t": numbers}).table.to_pylist() == [{"n": 1}]
    assert long.is_alive()
    engines.cancel(long.ticket)
    long.join(20)
    assert long.stopped[0].what == "The query was stopped."


def test_cancel_stops_no_query_but_its_own(engines: Engines, numbers: Path) -> None:
    unwanted, wanted, of_bob = (Asking(engines, user_id, numbers) for user_id in ("ada", "ada", "bob"))
    until(lambda: len(engines.processes()) == 3)
    engines.cancel(unwanted.ticket)
    unwanted.join(20)
    assert unwanted.stopped
    assert wanted.is_alive() and of_bob.is_alive()
    assert sorted(engines.processes().values()) == ["ada", "bob"]
    assert engines.query("ada", "SELECT 2 AS n", {"t": numbers}).table.to_pylist() == [{"n": 2}]


def test_a_query_that_waits_for_a_process_hears_cancel_at_once(engines: Engines, numbers: Path) -> None:
    for _ in range(pool.FOR_ONE_USER):
        Asking(engines, "ada", numbers)
    until(lambda: len(engines.processes()) == pool.FOR_ONE_USER)
    waiting = Asking(engines, "ada", numbers)
    engines.cancel(waiting.ticket)
    waiting.join(5)
    assert waiting.stopped[0].what == "The query was stopped."
    assert len(engines.processes()) == pool.FOR_ONE_USER


def test_what_takes_too_long_is_stopped_and_its_process_replaced(engines: Engines, numbers: Path) -> None:
    engines.query("ada", "SELECT 1", {"t": numbers})
    first = set(engines.processes())
    with pytest.raises(QueryStoppedError, match="needs more than 1 seconds"):
        engines.query("ada", SLOW, {"t": numbers}, seconds=1)
    engines.query("ada", "SELECT 1", {"t": numbers})
    assert not first & set(engines.processes())


def test_what_cannot_be_interrupted_is_killed(engines: Engines, numbers: Path) -> None:
    with pytest.raises(QueryStoppedError):
        engines.query("ada", "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))", {}, seconds=1)
    assert engines.query("ada", "SELECT 1 AS n", {}).table.to_pylist() == [{"n": 1}]


def test_errors_are_in_the_engines_words_without_a_path(engines: Engines, numbers: Path) -> None:
    with pytest.raises(QueryFailedError, match='column "b" not found') as error:
        engines.query("ada", "SELECT b FROM t", {"t": numbers})
    assert "Candidate bindings" in error.value.what
    numbers.write_bytes(b"this is no Parquet file")
    with pytest.raises(QueryFailedError) as broken:
        engines.query("bob", "SELECT a FROM t", {"t": numbers})
    assert str(numbers.parent) not in broken.value.what


def test_a_missing_file_is_said(engines: Engines, tmp_path: Path) -> None:
    with pytest.raises(QueryFailedError, match="A table cannot be opened"):
        engines.query("ada", "SELECT * FROM t", {"t": tmp_path / "gone.parquet"})


def test_the_guard_comes_first(engines: Engines, numbers: Path) -> None:
    with pytest.raises(QueryRefusedError):
        engines.query("ada", "SELECT * FROM u", {"t": numbers})
    assert engines.processes() == {}


def test_rows_and_bytes_are_cut(engines: Engines, numbers: Path) -> None:
    rows = engines.query("ada", "SELECT a FROM t ORDER BY a", {"t": numbers}, max_rows=7)
    assert (rows.table["a"].to_pylist(), rows.truncated) == (list(range(7)), True)
    exact = engines.query("ada", "SELECT a FROM t LIMIT 7", {"t": numbers}, max_rows=7)
    assert not exact.truncated
    size = engines.query("ada", "SELECT repeat('x', 1000) AS x FROM t", {"t": numbers}, max_bytes=1 << 20)
    assert size.truncated
    assert 0 < size.table.nbytes <= 1 << 20
    with pytest.raises(QueryFailedError, match="A single row"):
        engines.query("ada", "SELECT repeat('x', 3000000)", {}, max_bytes=1 << 20)


def test_a_query_spills_to_disk_and_leaves_nothing_there(tmp_path: Path) -> None:
    settings = dataclasses.replace(Settings(home=tmp_path / "home"), query_memory_mb=128, query_seconds=60)
    engines = Engines(settings)
    sql = "SELECT i, hash(i) AS h, repeat('x', 40) AS x FROM range(4000000) r(i) ORDER BY h LIMIT 10 OFFSET 3000000"
    try:
        assert engines.query("ada", sql, {}).table.num_rows == 10
    finally:
        engines.close()
    assert list((tmp_path / "home/scratch").iterdir()) == []


def test_a_new_version_of_a_table_is_another_process(engines: Engines, tmp_path: Path) -> None:
    old, new = table(tmp_path, "old", "(1)"), table(tmp_path, "new", "(2)")
    assert engines.query("ada", "SELECT a FROM t", {"t": old}).table["a"].to_pylist() == [1]
    assert engines.query("ada", "SELECT a FROM t", {"t": new}).table["a"].to_pylist() == [2]


def test_the_longest_idle_process_makes_room(engines: Engines, tmp_path: Path) -> None:
    for number in range(pool.FOR_ONE_USER + 2):
        engines.query("ada", "SELECT a FROM t", {"t": table(tmp_path, f"n{number}", f"({number})")})
    assert len(engines.processes()) == pool.FOR_ONE_USER


def test_idle_processes_end(tmp_path: Path, numbers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.5)
    engines = Engines(Settings(home=tmp_path / "home"))
    engines.query("ada", "SELECT 1", {"t": numbers})
    assert engines.processes()
    until(lambda: not engines.processes())
    engines.close()


def test_warm_starts_a_process_for_the_query_that_comes(engines: Engines, numbers: Path) -> None:
    engines.warm("ada", {"t": numbers})
    warmed = until(engines.processes)
    until(lambda: engines.query("ada", "SELECT 1", {"t": numbers}))
    assert engines.processes() == warmed
    engines.warm("ada", {"t": numbers.with_name("gone.parquet")})  # says nothing: the query will


def test_close_ends_what_runs(tmp_path: Path, numbers: Path) -> None:
    engines = Engines(Settings(home=tmp_path / "home", query_seconds=30))
    asking = Asking(engines, "ada", numbers)
    pids = list(until(engines.processes))
    engines.close()
    asking.join(20)
    assert asking.stopped
    assert not [pid for pid in pids if runs(pid)]
    with pytest.raises(QueryStoppedError, match="closing"):
        engines.query("ada", "SELECT 1", {"t": numbers})


PARENT = """
import json, sys, threading
from pathlib import Path
from components.settings import Settings
from components.tables.engine.engines import Engines
from tests.waiting import until
engines = Engines(Settings(home=Path(sys.argv[1]), query_seconds=60))
threading.Thread(target=engines.query, args=("ada", sys.argv[3], {"t": Path(sys.argv[2])}), daemon=True).start()
while not engines.processes(): pass
print(json.dumps(list(engines.processes())), flush=True)
threading.Event().wait()
"""


def test_a_process_ends_with_its_app_even_in_the_midst_of_a_query(tmp_path: Path, numbers: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "home"), str(numbers), SLOW]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as parent:
        assert parent.stdout is not None
        pids = json.loads(parent.stdout.readline())
        assert all(runs(pid) for pid in pids)
        parent.send_signal(signal.SIGKILL)
    until(lambda: not [pid for pid in pids if runs(pid)])
    left = list((tmp_path / "home/scratch").iterdir())
    engines = Engines(Settings(home=tmp_path / "home"))
    engines.query("ada", "SELECT 1", {"t": numbers})
    assert left
    assert not set(left) & set((tmp_path / "home/scratch").iterdir()), "the next app sweeps what a killed one left"
    engines.close()


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_the_process_has_no_environment_and_no_way_out(engines: Engines, numbers: Path) -> None:
    os.environ["GW_TEST_SECRET"] = "visible"
    try:
        engines.query("ada", "SELECT 1", {"t": numbers})
        pid = next(iter(engines.processes()))
        assert b"GW_TEST_SECRET" not in Path(f"/proc/{pid}/environ").read_bytes()
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert "Max core file size        0" in limits
        if ctypes.CDLL(None).syscall(444, None, 0, 1) > 0:  # where the kernel has Landlock
            assert "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text()
    finally:
        del os.environ["GW_TEST_SECRET"]
