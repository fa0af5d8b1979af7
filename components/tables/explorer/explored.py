"""What is explored: a dataset's newest version, or the rows of an answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.errors import AccessError, QueryError
from components.tables.kinds import told_apart

if TYPE_CHECKING:
    import pyarrow as pa

    from components.store import Store
    from components.store.evidence import Evidence
    from components.tables.engine.engines import Engines

ANSWER = "answer"  # the name of an answer's rows in SQL
MOST_ROWS = 50_000  # of an answer


@dataclass(frozen=True)
class Explored:
    """One table that somebody looks at who may.

    Attributes:
        user_id: Who looks.
        name: Its name in SQL.
        title: Its name for people.
        rows: How many rows it has.
        columns: Types by name, in the table's order.
        file: The Parquet file.
        dataset_id: Where its charts are saved; None for an answer's rows, which open with the answer's own chart.
        chart: The answer's chart, as a declaration.
        version_ids: The versions that the file is made of: whoever may read these may read it.
    """

    user_id: str
    name: str
    title: str
    rows: int
    columns: Mapping[str, str]
    file: Path
    dataset_id: str | None = None
    chart: Mapping[str, Any] = field(default_factory=dict)
    version_ids: tuple[str, ...] = ()


def require_readable(store: Store, explored: Explored) -> None:
    """Look again whether the versions may be read: a view takes a while, and a share may be taken back meanwhile.

    Raises:
        AccessError: One of them is gone, or no longer shared with who looks.
    """
    from components.store import datasets

    for version_id in explored.version_ids:
        datasets.version(store, explored.user_id, version_id)


def dataset_explored(store: Store, user_id: str, dataset_id: str) -> Explored:
    """A dataset's newest version. Raises ``AccessError``."""
    from components.store import datasets

    dataset = datasets.dataset(store, user_id, dataset_id)
    return Explored(
        user_id=user_id,
        name=dataset.name,
        title=dataset.title,
        rows=dataset.latest.rows,
        columns={column.name: column.type for column in dataset.latest.columns},
        file=store.blobs.local_path(dataset.latest.blob),
        dataset_id=dataset.id,
        version_ids=(dataset.latest.id,),
    )


def answer_explored(store: Store, engines: Engines, user_id: str, evidence_id: str) -> Explored:
    """The rows of an answer as a small table of its own, made when it is looked at and deleted an hour after.

    The answer's query runs again on the versions of the tables that it rested on. Where those are gone, or are not
    shared with who looks, the rows that were kept with the answer are all there is.

    Raises:
        AccessError: No such answer, or it has no rows.
    """
    from components.store import evidence as kept

    found = kept.evidence(store, user_id, evidence_id)
    if not found.body.get("columns"):
        raise AccessError("This answer has no rows to explore.", todo="Run its query again.")
    whole = not found.gone_version_ids
    file = engines.scratch / "answers" / f"{found.id}{'' if whole else '-kept'}.parquet"
    if file.exists():
        file.touch()
    else:
        _write(_rows_again(store, engines, user_id, found) if whole else _kept_rows(found.body), file)
    columns, rows = _shape(file)
    return Explored(
        user_id=user_id,
        name=ANSWER,
        title=str(found.body.get("question") or "Rows of a query"),
        rows=rows,
        columns=columns,
        file=file,
        chart=found.body.get("chart") or {},
        version_ids=found.version_ids if whole else (),
    )


def _rows_again(store: Store, engines: Engines, user_id: str, found: Evidence) -> pa.Table:
    from components.store import datasets

    tables = {}
    try:
        for table in found.body.get("tables", ()):
            version = datasets.version(store, user_id, table["version_id"])
            tables[table["name"]] = store.blobs.local_path(version.blob)
        return engines.query(user_id, found.body["sql"], tables, max_rows=MOST_ROWS).table
    except QueryError:
        return _kept_rows(found.body)


def _kept_rows(body: Mapping[str, Any]) -> pa.Table:
    """The rows in the evidence; a column that no longer fits one type is text."""
    import pyarrow as pa

    names = [column["name"] for column in body["columns"]]
    columns = [list(values) for values in zip(*body.get("rows", ()), strict=True)] or [[] for _ in names]
    return pa.Table.from_arrays([_array(column) for column in columns], names=names)


def _array(values: list[Any]) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values])


def _write(table: pa.Table, file: Path) -> None:
    import pyarrow.parquet as pq

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    table = table.rename_columns(told_apart(table.column_names))
    writing = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    pq.write_table(table, writing, compression="zstd")
    writing.replace(file)


def _shape(file: Path) -> tuple[dict[str, str], int]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened:
        return {part.name: str(part.type) for part in opened.schema_arrow}, int(opened.metadata.num_rows)
