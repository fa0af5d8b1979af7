"""Small results and schemas for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.answers.cells import Rows, read_rows
from components.answers.schema import Column, Schema, Table


def rows(truncated: bool = False, /, **columns: Any) -> Rows:
    import pyarrow as pa

    return read_rows(pa.table(columns), truncated)


def schema(**tables: str) -> Schema:
    """``schema(orders="id BIGINT, day DATE")``"""
    made = []
    for name, words in tables.items():
        columns = tuple(Column(*part.strip().split(" ", 1)) for part in words.split(","))
        made.append(Table(name, columns, 10, Path(f"/nowhere/{name}.parquet")))
    return Schema(tuple(sorted(made, key=lambda table: table.name)))
