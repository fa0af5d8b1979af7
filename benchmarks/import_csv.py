"""CSV import: ours against DuckDB's own reader with whole-file types, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BYTES = 1 << 30
GOAL, GOAL_GB = 1.3, 0.9
MAKE = """
copy (select i as id, 'SO-' || (100000 + i) as order_no, timestamp '2024-01-01' + to_seconds(i * 3) as at,
    (date '2023-01-01' + (i % 700)::int) as day, 'customer ' || (hash(i) % 50000) as customer,
    ['DE', 'AT', 'FR', 'NA', 'NL'][1 + (hash(i + 1) % 5)::int] as country, (hash(i + 2) % 24)::int as units,
    round((hash(i + 3) % 100000) / 100.0, 2) as price, round((hash(i + 4) % 100000) / 1000.0, 3) as weight,
    case when hash(i + 5) % 5 = 0 then 'note, with comma ' || (hash(i) % 100) end as note,
    (hash(i + 6) % 2 = 0) as paid, (hash(i + 7) % 1000000000)::bigint as ref
from range({rows}) t(i)) to '{file}' (header)
"""
THEIRS = """
import duckdb
con = duckdb.connect(config={"threads": 2, "memory_limit": "600MB", "temp_directory": OUT})
read = f"select * from read_csv('{FILE}', sample_size=-1)"
con.execute(f"copy ({read}) to '{OUT}/raw.parquet' (format parquet, compression zstd)")
"""
OURS = """
from components.tables.importing import read_file
found = read_file(lambda **told: None, source=FILE, filename="orders.csv", out_folder=OUT, memory_mb=2048)
assert found["tables"][0]["rows"] > 0 and not found["tables"][0]["set_aside"]
"""
MEASURE = """
import json, resource, sys, time
FILE, OUT = sys.argv[1:]
began = time.perf_counter()
{work}
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([usage.ru_utime + usage.ru_stime, time.perf_counter() - began, usage.ru_maxrss / 2**20]))
"""


def rows() -> list[tuple[str, str, str, bool]]:
    """Name, figure, goal and whether it is reached: processor time, time by the clock, and peak memory at 1 GB."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "orders.csv"
        _make(file)
        theirs, ours = _best((THEIRS, OURS), file, folder)
        size = file.stat().st_size / 2**30
    cpu, wall, memory = ours[0] / theirs[0], ours[1] / theirs[1], ours[2]
    said = f"CSV import of {size:.2f} GB against DuckDB's reader"
    return [
        (f"{said}, processor time", f"{cpu:.2f} ({ours[0]:.1f} s / {theirs[0]:.1f} s)", f"{GOAL}", cpu <= GOAL),
        (f"{said}, by the clock", f"{wall:.2f} ({ours[1]:.1f} s / {theirs[1]:.1f} s)", f"{GOAL}", wall <= GOAL),
        (f"CSV import of {size:.2f} GB, peak memory", f"{memory:.2f} GB", f"{GOAL_GB} GB", memory <= GOAL_GB),
    ]


def _make(file: Path) -> None:
    """Write a CSV of a gigabyte: twelve columns of every usual type."""
    import duckdb

    rows = 10_290_000
    duckdb.connect().execute(MAKE.format(rows=rows, file=file))
    assert abs(file.stat().st_size - BYTES) < BYTES / 20, file.stat().st_size


def _best(works: tuple[str, ...], file: Path, folder: str) -> list[list[float]]:
    """The best of two runs of each for each figure, by turns: other work on the machine only ever adds."""
    found = [[_run(work, file, folder) for work in works] for _ in range(2)]
    return [[min(figures) for figures in zip(*runs, strict=True)] for runs in zip(*found, strict=True)]


def _run(work: str, file: Path, folder: str) -> list[float]:
    with tempfile.TemporaryDirectory(dir=folder) as out:
        command = [sys.executable, "-c", MEASURE.replace("{work}", work.strip()), str(file), out]
        ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    figures: list[float] = json.loads(ended.stdout.splitlines()[-1])  # the engine may draw a progress bar before it
    return figures


if __name__ == "__main__":
    for name, figure, goal, reached in rows():
        print(f"{name}: {figure} (goal {goal}) {'reached' if reached else 'missed'}")
