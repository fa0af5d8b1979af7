"""A table with everything that real ones have, and its owner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from components.settings import Settings
from components.store import Store, close_store, datasets
from components.tables.engine.engines import Engines
from tests.people import add_person
from tests.prepared import open_prepared

ORDERS = """
    SELECT i AS order_id,
           ['north', 'south', 'east', NULL][1 + i % 4] AS region,
           ['tea', 'coffee', 'cocoa'][1 + (hash(i) % 3)::INT] AS product,
           CASE WHEN i % 50 = 0 THEN NULL ELSE (hash(i * 3) % 10000) / 100 END AS amount,
           (hash(i * 5) % 20)::INT AS quantity,
           TIMESTAMP '2024-01-01' + to_days((hash(i) % 700)::INT) + to_hours((i % 24)::INT) AS sold_at,
           i % 7 = 0 AS returned,
           'it''s "odd"' AS "we""ird [x].y"
    FROM range(2000) r(i)
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_prepared(Settings(home=tmp_path / "home"))
    add_person(opened, "ada")
    add_person(opened, "bob")
    yield opened
    close_store(opened)


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    made = Engines(Settings(home=tmp_path / "home"))
    yield made
    made.close()


@pytest.fixture
def orders(store: Store) -> datasets.Dataset:
    """Ada's table of 2,000 orders."""
    return add_table(store, "ada", ORDERS)


def add_table(
    store: Store, user_id: str, sql: str, *, name: str = "orders", dataset_id: str | None = None
) -> datasets.Dataset:
    """A dataset of what a query gives, or a new version of one."""
    key = store.blobs.new_key("tables", ".parquet")
    made = duckdb.sql(sql)
    with store.blobs.open_writer(key) as out:
        file = Path(out.name).with_suffix(".made")
        made.write_parquet(str(file))
        out.write(file.read_bytes())
        file.unlink()
    columns = [datasets.Column(column, str(type_)) for column, type_ in zip(made.columns, made.types, strict=True)]
    return datasets.add_version(
        store,
        user_id,
        dataset_id=dataset_id,
        name=name,
        title=name.title(),
        filename=f"{name}.csv",
        raw_blob=None,
        blob=key,
        rows=len(made),
        bytes=1,
        columns=columns,
    )
