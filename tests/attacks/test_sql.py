"""What people, models and pages may write as SQL, against all four layers, and against each one alone."""

from __future__ import annotations

import csv
import dataclasses
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from components.errors import QueryError, QueryRefusedError
from components.settings import Settings
from components.tables.engine.engines import Engines, Result
from components.tables.engine.process import Limits, Process

LIST = Path(__file__).with_name("sql_attacks.tsv")
CANARY = "CANARY-7731"
SECONDS = 3  # of a query in these tests; the product's default is 10
MOST_MEMORY = 3 << 30
SALES = """
    SELECT i::BIGINT AS order_id,
           TIMESTAMP '2021-01-01' + to_seconds((hash(i * 11) % 94608000)::BIGINT) AS ordered_at,
           'c' || (i % 500000) || '@example.com' AS email,
           ['DE', 'FR', 'US', 'NA', 'IN'][1 + i % 5] AS country,
           ['a', 'b', 'c', 'd', 'e', 'f'][1 + i % 6] AS category,
           (hash(i) % 10)::INT + 1 AS quantity,
           (hash(i * 3) % 10000) / 100.0 AS unit_price,
           CASE WHEN hash(i * 7) % 20 = 0 THEN 'returned' ELSE 'ok' END AS status,
           CASE WHEN hash(i * 13) % 50 = 0 THEN 'note ' || i END AS note
    FROM range(300000) r(i)
"""


@dataclass(frozen=True)
class Attack:
    """One line of the list; ``expect`` is block, limit or allow."""

    id: str
    expect: str
    sql: str


def attacks(expect: str) -> list[Any]:
    with LIST.open(encoding="utf-8", newline="") as lines:
        rows = [Attack(row["id"], row["expect"], row["sql"]) for row in csv.DictReader(lines, delimiter="\t")]
    return [pytest.param(row, id=row.id) for row in rows if row.expect == expect]


@dataclass(frozen=True)
class Ground:
    """A folder with the user's table, and others' secrets beside it."""

    folder: Path
    engines: Engines

    @property
    def sales(self) -> dict[str, Path]:
        return {"sales": self.folder / "sales.parquet"}

    def written(self, attack: Attack) -> str:
        """The attack with the places of this folder in it."""
        sql = attack.sql.replace("{SECRET_CSV}", str(self.folder / "secret.csv"))
        return sql.replace("{SECRET_TXT}", str(self.folder / "secret.txt")).replace("{DIR}", str(self.folder))

    def run(self, sql: str) -> Result:
        return self.engines.query("ada", sql, self.sales)

    def files(self) -> dict[str, tuple[int, int]]:
        """Every file outside the engine's scratch folder, with its size and time."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and "home" not in path.parts)
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("attacked")
    for name in ("out", "tmp", "imp", "home"):
        (folder / name).mkdir()
    duckdb.sql(SALES).write_parquet(str(folder / "sales.parquet"))
    (folder / "secret.txt").write_text(CANARY)
    (folder / "secret.csv").write_text(f"a,b\n{CANARY},1\n")
    (folder / "secret.json").write_text(f'{{"a": "{CANARY}"}}')
    duckdb.sql(f"SELECT '{CANARY}' AS a").write_parquet(str(folder / "secret.parquet"))
    for name in ("user_a", "user_b"):
        with duckdb.connect(str(folder / f"{name}.duckdb")) as connection:
            connection.execute(f"CREATE TABLE secret AS SELECT '{CANARY}' AS a")
    os.environ["CANARY_ENV"] = CANARY
    engines = Engines(Settings(home=folder / "home", query_seconds=SECONDS))
    yield Ground(folder, engines)
    engines.close()
    del os.environ["CANARY_ENV"]


@pytest.mark.parametrize("attack", attacks("block"))
def test_what_is_not_a_query_over_own_tables_is_refused(attack: Attack, ground: Ground) -> None:
    before = ground.files()
    with pytest.raises(QueryRefusedError) as refusal:
        ground.run(ground.written(attack))
    assert CANARY not in str(refusal.value)
    assert len(refusal.value.what) > 15, "it says why"
    assert ground.files() == before


@pytest.mark.parametrize("landlock", [True, False], ids=["with the kernel's lock", "without it"])
def test_without_the_guard_the_engine_and_the_process_still_give_nothing_away(ground: Ground, landlock: bool) -> None:
    """Each attack goes straight to a process; what it leaks or writes is collected, so that one look shows all."""
    before = ground.files()
    faults: list[str] = []
    with _bare(ground, landlock) as bare:
        for parameter in attacks("block"):
            attack = parameter.values[0]
            answer = bare.answer(ground.written(attack))
            if CANARY in answer:
                faults.append(f"{attack.id} reads")
            if ground.files() != before:
                faults.append(f"{attack.id} writes")
                before = ground.files()
    assert faults == []


@dataclass
class Bare:
    """A process without a guard before it, replaced when an attack spoils it."""

    ground: Ground
    landlock: bool
    process: Process | None = None

    def __enter__(self) -> Bare:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def answer(self, sql: str) -> str:
        """Whatever came back, as text."""
        if self.process is None or self.process.spent or self.answers_wrong():
            self._end()
            scratch = self.ground.folder / "home"
            self.process = Process(self.ground.sales, scratch, Limits(512, 2), landlock=self.landlock)
        try:
            body, _ = self.process.ask(sql, max_rows=1000, max_bytes=1 << 20, seconds=SECONDS)
        except QueryError as error:
            return str(error)
        return repr(body)

    def answers_wrong(self) -> bool:
        assert self.process is not None
        try:
            self.process.ask("SELECT 1", max_rows=1, max_bytes=1 << 20, seconds=SECONDS)
        except QueryError:
            return True
        return False

    def _end(self) -> None:
        if self.process is not None:
            self.process.end()
            self.process.close_pipes()


def _bare(ground: Ground, landlock: bool) -> Bare:
    return Bare(ground, landlock)


@pytest.mark.slow
@pytest.mark.parametrize("attack", attacks("limit"))
def test_a_bomb_is_stopped_and_the_next_query_runs(attack: Attack, ground: Ground) -> None:
    began = time.monotonic()
    with Watch(ground.engines) as watch:
        try:
            result = ground.run(ground.written(attack))
            assert result.table.num_rows <= 10_000
            assert result.table.nbytes <= 34_000_000
        except QueryError as error:
            assert CANARY not in str(error)
    assert time.monotonic() - began < 10
    assert watch.highest < MOST_MEMORY
    assert ground.run("SELECT 42 AS answer").table.to_pylist() == [{"answer": 42}]


class Watch:
    """Notes the most memory that any engine process ever held while it watches, in bytes."""

    def __init__(self, engines: Engines) -> None:
        self.highest = 0
        self._engines = engines
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.03):
            for pid in self._engines.processes():
                self.highest = max(self.highest, _peak(pid))


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


@pytest.mark.parametrize("attack", attacks("allow"))
def test_an_honest_query_gives_what_the_engine_gives_by_itself(attack: Attack, ground: Ground) -> None:
    sql = ground.written(attack)
    found = ground.engines.query("ada", sql, ground.sales, max_rows=1_000_000, max_bytes=1 << 30, seconds=60)
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = 'UTC'; CREATE VIEW sales AS FROM '{ground.sales['sales']}'")
        expected = connection.execute(sql).to_arrow_table()
    assert found.table.column_names == expected.column_names
    assert not found.truncated
    if any(word in sql.upper() for word in ("LIMIT", "SAMPLE", "QUALIFY", "SUMMARIZE")):  # its choice, or its estimate
        assert found.table.num_rows == expected.num_rows
    else:
        assert _counted(found.table.to_pylist()) == _counted(expected.to_pylist())


def _counted(rows: list[dict[str, Any]]) -> Counter[str]:
    """Rows without their order; sums of floats differ in their last digits with the order of adding."""
    return Counter(repr([f"{v:.9g}" if isinstance(v, float) else v for v in row.values()]) for row in rows)


def test_the_settings_bound_a_query(ground: Ground) -> None:
    small = dataclasses.replace(Settings(home=ground.folder / "home"), query_rows=100, query_memory_mb=128)
    engines = Engines(small)
    try:
        result = engines.query("ada", "SELECT * FROM sales", ground.sales)
        assert (result.table.num_rows, result.truncated) == (100, True)
    finally:
        engines.close()
