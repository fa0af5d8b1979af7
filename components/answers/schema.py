"""What is asked: the user's tables as they stand now, each at one immutable version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.errors import AccessError, AppError
from components.store import Store


class NoTablesError(AppError):
    """A question about tables was asked of no table."""

    kept = "Your question is kept."
    todo = "Choose at least one table, then ask again."


@dataclass(frozen=True)
class Column:
    """A column's name and its type in DuckDB's spelling."""

    name: str
    type: str

    @property
    def kind(self) -> str:
        """``number``, ``time``, ``truth`` or ``text``: what a reader would call it."""
        return kind_of(self.type)


@dataclass(frozen=True)
class Table:
    """One version of a dataset under its name in SQL."""

    name: str
    columns: tuple[Column, ...]
    rows: int
    path: Path
    dataset_id: str = ""
    version_id: str = ""
    version: int = 1
    created_at: float = 0.0

    def fact(self) -> dict[str, Any]:
        """What evidence keeps of it."""
        return {
            "dataset_id": self.dataset_id,
            "version_id": self.version_id,
            "version": self.version,
            "created_at": self.created_at,
            "name": self.name,
            "rows": self.rows,
        }


@dataclass(frozen=True)
class Schema:
    """The tables of one question, in the order of their names: the same tables give the same text every time."""

    tables: tuple[Table, ...]

    @property
    def paths(self) -> Mapping[str, Path]:
        """The Parquet file of each table: all that a query may read."""
        return {table.name: table.path for table in self.tables}

    @property
    def names(self) -> str:
        """``orders``, ``orders and stock``, ``3 tables``: for one line of a screen."""
        names = [table.name for table in self.tables]
        return " and ".join(names) if len(names) < 3 else f"{len(names)} tables"

    def table(self, name: str) -> Table | None:
        """The table of this name, in any case."""
        return next((table for table in self.tables if table.name.lower() == name.lower()), None)


_TYPE_WORDS = (
    ("truth", ("BOOL",)),
    ("other", ("INTERVAL", "BLOB", "STRUCT", "MAP", "UNION", "[", "LIST")),
    ("time", ("DATE", "TIME")),
    ("number", ("INT", "DEC", "DOUBLE", "FLOAT", "REAL", "NUMERIC")),
)


def kind_of(type_: str) -> str:
    """The kind of a DuckDB type: ``number``, ``time``, ``truth``, ``text`` or ``other``."""
    upper = type_.upper()
    return next((kind for kind, words in _TYPE_WORDS if any(word in upper for word in words)), "text")


def read_schema(store: Store, user_id: str, dataset_ids: Collection[str] | None = None) -> Schema:
    """Read the newest versions of some datasets, or of all, from the catalogue.

    Raises:
        NoTablesError: There is no table to ask.
        AccessError: A dataset is not there, or not this user's.
    """
    from components.store import datasets

    mine = datasets.list_datasets(store, user_id)
    if dataset_ids is not None:
        if set(dataset_ids) - {dataset.id for dataset in mine}:
            raise AccessError(
                "One of the chosen tables is no longer there.",
                kept="Your question is kept.",
                todo="Choose your tables again.",
            )
        mine = [dataset for dataset in mine if dataset.id in set(dataset_ids)]
    if not mine:
        raise NoTablesError("No table is chosen.")
    return Schema(tuple(sorted((_table(store, dataset) for dataset in mine), key=lambda table: table.name)))


def _table(store: Store, dataset: Any) -> Table:
    version = dataset.latest
    return Table(
        name=dataset.name,
        columns=tuple(Column(column.name, column.type) for column in version.columns),
        rows=version.rows,
        path=store.blobs.local_path(version.blob),
        dataset_id=dataset.id,
        version_id=version.id,
        version=version.number,
        created_at=version.created_at,
    )
