"""Running the query of kept evidence again, over the very versions that it was read from."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from components.answers.bench import Bench
from components.answers.cells import Rows, read_rows
from components.answers.schema import Column, Schema, Table
from components.store import Store

if TYPE_CHECKING:
    from components.tables.engine.engines import Engines, Result

CSV_ROWS = 1_000_000
CSV_BYTES = 256 << 20


def bench_of(store: Store, engines: Engines, user_id: str, body: Mapping[str, Any]) -> Bench:
    """The tables of some evidence, at its versions.

    Raises:
        AccessError: A table was deleted since.
    """
    from components.store import datasets

    tables = []
    for fact in body["tables"]:
        version = datasets.version(store, user_id, fact["version_id"])
        columns = tuple(Column(column.name, column.type) for column in version.columns)
        path = store.blobs.local_path(version.blob)
        tables.append(Table(fact["name"], columns, version.rows, path, version.dataset_id, version.id, version.number))
    return Bench(engines, user_id, Schema(tuple(tables)))


def rows_of(bench: Bench, sql: str) -> Rows:
    """The rows of a query, at most as many as are shown.

    Raises:
        QueryError: It was refused, failed or was stopped.
    """
    result = bench.run_now(sql)
    return read_rows(result.table, result.truncated)


def csv_of(bench: Bench, sql: str) -> bytes:
    """All rows of a query as CSV with a header, at most a million.

    Raises:
        QueryError: It was refused, failed or was stopped.
    """
    from pyarrow import csv

    result: Result = bench.engines.query(bench.user_id, sql, bench.schema.paths, max_rows=CSV_ROWS, max_bytes=CSV_BYTES)
    out = io.BytesIO()
    csv.write_csv(result.table, out)
    return out.getvalue()
