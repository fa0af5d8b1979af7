"""Guarded queries and the explorer's views over 10 M rows, against DuckDB itself on the same file in the same run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measuring import Row, cpu, ratio
from components.settings import Settings
from components.store import close_store, open_store
from components.tables.engine.engines import Engines
from components.tables.explorer.explored import Explored
from components.tables.explorer.kernel import Kernel

ROUNDS = 15
GOAL = 1.2
COLUMNS = {"ordered_at": "TIMESTAMP", "country": "VARCHAR", "category": "VARCHAR", "quantity": "INTEGER"}
SALES = """
    SELECT i AS order_id, TIMESTAMP '2021-01-01' + to_seconds((hash(i * 11) % 94608000)::BIGINT) AS ordered_at,
           ['DE', 'FR', 'US', 'NA', 'IN'][1 + i % 5] AS country, ['a', 'b', 'c', 'd', 'e', 'f'][1 + i % 6] AS category,
           (hash(i) % 10)::INT + 1 AS quantity, (hash(i * 3) % 10000) / 100.0 AS unit_price
    FROM range(10000000) r(i)
"""
QUERIES = {
    "group by 30": "SELECT country, category, sum(quantity) AS units FROM sales GROUP BY ALL ORDER BY ALL",
    "filter and month": """SELECT date_trunc('month', ordered_at) AS month, sum(quantity) AS units FROM sales
                           WHERE country = 'DE' GROUP BY month ORDER BY month""",
}


def rows() -> list[Row]:
    """Name, figure, goal and whether it is met, for each query and view."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", query_seconds=120)
        file = Path(folder) / "sales.parquet"
        duckdb.sql(SALES).write_parquet(str(file), compression="zstd")
        raw = duckdb.connect(config={"memory_limit": f"{settings.query_memory_mb}MB"})
        raw.execute(f"CREATE VIEW sales AS FROM '{file}'")
        engines, store = Engines(settings), open_store(settings)
        try:
            explored = Explored("ada", "sales", "Sales", 10_000_000, COLUMNS, file)
            kernel = Kernel(store, engines, explored)
            found = [_guarded(name, sql, raw, engines, file) for name, sql in QUERIES.items()]
            return [*found, _view(raw, engines, kernel)]
        finally:
            engines.close()
            close_store(store)


def _guarded(name: str, sql: str, raw: Any, engines: Engines, file: Path) -> Row:
    return _compared(
        f"guarded query, 10 M rows, {name}",
        engines,
        lambda: engines.query("ada", sql, {"sales": file}),
        lambda: raw.execute(sql).to_arrow_table(),
    )


def _view(raw: Any, engines: Engines, kernel: Kernel) -> Row:
    measures = [{"field": "quantity", "agg": "mean", "asFieldKey": "quantity_mean"}]
    view = {"type": "view", "query": [{"op": "aggregate", "groupBy": ["category"], "measures": measures}]}
    asked = {"queryList": [{"workflow": [view], "limit": 50_000}]}
    return _compared(
        "explorer view, 10 M rows, mean by category",
        engines,
        lambda: kernel.answer("batch_get_datas_by_payload", asked),
        lambda: raw.execute("SELECT category, avg(quantity) FROM sales GROUP BY category").fetchall(),
    )


def _compared(name: str, engines: Engines, ours: Callable[[], object], theirs: Callable[[], object]) -> Row:
    """Cpu of this process and of the engine's own, over rounds taken in turns: a busy machine meets both alike."""
    ours(), theirs()
    mine = raw = 0.0
    for _ in range(ROUNDS):
        began = _spent(engines)
        ours()
        between = _spent(engines)
        theirs()
        mine, raw = mine + between - began, raw + _spent(engines) - between
    return ratio(f"{name}, cpu against DuckDB", mine / ROUNDS, raw / ROUNDS, GOAL)


def _spent(engines: Engines) -> float:
    return time.process_time() + sum(cpu(psutil.Process(pid)) for pid in engines.processes())
