"""What a store holds, seen past its own functions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from components.store import Store
from components.store.schema import metadata


def rows_in(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    with store.database.reading() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }


def all_rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as text that can be compared."""
    with store.database.reading() as connection:
        return {
            name: sorted((tuple(map(repr, row)) for row in connection.execute(sa.select(table))), key=repr)
            for name, table in metadata.tables.items()
        }
