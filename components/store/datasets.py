"""Datasets: tables that users brought, each with its versions, one immutable Parquet file for each version."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from components.store._files import unused
from components.store._names import free_among
from components.store._rows import added, change_owned, delete_owned, owned, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import datasets, users, versions


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in SQL and its type in the engine's words."""

    name: str
    type: str


@dataclass(frozen=True)
class Version:
    """One import of a dataset. ``raw_blob`` is the file as it came, ``blob`` the Parquet file; ``bytes`` is the
    latter's size; ``doubts`` is what a user should check, in the order of weight."""

    id: str
    dataset_id: str
    number: int
    filename: str
    raw_blob: str | None
    blob: str
    rows: int
    bytes: int
    columns: tuple[Column, ...]
    doubts: tuple[Mapping[str, Any], ...]
    profile: Mapping[str, Any] | None
    created_at: float


@dataclass(frozen=True)
class Dataset:
    """A table: ``name`` in SQL, unique for its user; ``title`` for people; versions, the newest last."""

    id: str
    name: str
    title: str
    sample: bool
    created_at: float
    updated_at: float
    versions: tuple[Version, ...]

    @property
    def latest(self) -> Version:
        """The version that is shown and asked: a dataset has at least one."""
        return self.versions[-1]


def list_datasets(store: Store, user_id: str) -> list[Dataset]:
    """The user's datasets, the one last changed first."""
    with store.database.reading() as connection:
        return _datasets(connection, datasets.c.user_id == user_id)


def dataset(store: Store, user_id: str, dataset_id: str) -> Dataset:
    """One dataset. Raises ``AccessError``."""
    with store.database.reading() as connection:
        return _dataset(connection, user_id, dataset_id)


def add_version(
    store: Store,
    user_id: str,
    *,
    dataset_id: str | None = None,
    name: str,
    title: str,
    filename: str,
    raw_blob: str | None,
    blob: str,
    rows: int,
    bytes: int,  # as the column
    columns: Sequence[Column],
    doubts: Sequence[Mapping[str, Any]] = (),
    sample: bool = False,
) -> Dataset:
    """Add a version, and without ``dataset_id`` the dataset too, in one commit.

    A new dataset's name is made free: where another took ``name`` meanwhile, it becomes ``name_2``. With
    ``dataset_id`` the dataset keeps its name and title. Raises ``AccessError``.
    """
    new = {"filename": filename, "raw_blob": raw_blob, "blob": blob, "rows": rows, "bytes": bytes}
    lists = {"columns": [asdict(column) for column in columns], "doubts": [dict(doubt) for doubt in doubts]}
    with store.database.writing() as connection:
        if dataset_id is None:
            dataset_id = _new_dataset(connection, user_id, name=name, title=title, sample=sample)
        else:
            _touch(connection, user_id, dataset_id)
        number = _next_number(connection, dataset_id)
        owner = {"user_id": user_id, "dataset_id": dataset_id, "number": number, "created_at": time.time()}
        added(connection, versions, id=new_id(), **owner, **new, **lists)
        return _dataset(connection, user_id, dataset_id)


def version(store: Store, user_id: str, version_id: str) -> Version:
    """One version. Raises ``AccessError``."""
    with store.database.reading() as connection:
        return _version(owned(connection, versions, user_id, version_id, "table"))


def set_profile(store: Store, user_id: str, version_id: str, profile: Mapping[str, Any]) -> None:
    """Keep what a look over a whole version found. Raises ``AccessError``."""
    with store.database.writing() as connection:
        change_owned(connection, versions, user_id, version_id, "table", profile=dict(profile))


def rename_dataset(
    store: Store, user_id: str, dataset_id: str, title: str | None = None, *, name: str | None = None
) -> Dataset:
    """Change the title, or the name in SQL, which is made free as for a new dataset. Raises ``AccessError``."""
    with store.database.writing() as connection:
        _lock_names(connection, user_id)
        old = owned(connection, datasets, user_id, dataset_id, "table")
        others = _names(connection, user_id) - {old.name}
        new = {"title": old.title if title is None else title, "updated_at": time.time()}
        new["name"] = old.name if name is None else free_among(others, name)
        change_owned(connection, datasets, user_id, dataset_id, "table", **new)
        return _dataset(connection, user_id, dataset_id)


def delete_dataset(store: Store, user_id: str, dataset_id: str) -> None:
    """Delete a dataset with its versions, charts and files. Evidence that rests on it stays, and says that it is gone.

    Raises ``AccessError``.
    """
    files = sa.select(versions.c.blob, versions.c.raw_blob).where(versions.c.dataset_id == dataset_id)
    with store.database.writing() as connection:
        owned(connection, datasets, user_id, dataset_id, "table", lock=True)
        keys = [key for row in connection.execute(files) for key in row]
        delete_owned(connection, datasets, user_id, dataset_id, "table")
        free = unused(connection, keys)
    for key in free:
        store.blobs.delete(key)


def _new_dataset(connection: sa.Connection, user_id: str, *, name: str, title: str, sample: bool) -> str:
    _lock_names(connection, user_id)
    now = time.time()
    new = {"name": free_among(_names(connection, user_id), name), "title": title, "sample": sample}
    row = added(connection, datasets, id=new_id(), user_id=user_id, created_at=now, updated_at=now, **new)
    return str(row.id)


def _touch(connection: sa.Connection, user_id: str, dataset_id: str) -> None:
    change_owned(connection, datasets, user_id, dataset_id, "table", updated_at=time.time())


def _lock_names(connection: sa.Connection, user_id: str) -> None:
    """Let nobody else name a dataset of this user until the transaction ends."""
    connection.execute(sa.select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True))


def _names(connection: sa.Connection, user_id: str) -> set[str]:
    return set(connection.scalars(sa.select(datasets.c.name).where(datasets.c.user_id == user_id)))


def _next_number(connection: sa.Connection, dataset_id: str) -> int:
    query = sa.select(sa.func.max(versions.c.number)).where(versions.c.dataset_id == dataset_id)
    return 1 + (connection.scalar(query) or 0)


def _dataset(connection: sa.Connection, user_id: str, dataset_id: str) -> Dataset:
    owned(connection, datasets, user_id, dataset_id, "table")
    return _datasets(connection, datasets.c.id == dataset_id)[0]


def _datasets(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[Dataset]:
    query = sa.select(datasets).where(which).order_by(datasets.c.updated_at.desc(), datasets.c.id)
    rows = connection.execute(query).all()
    hanging = sa.select(versions).join(datasets, datasets.c.id == versions.c.dataset_id).where(which)
    found: dict[str, list[Version]] = {row.id: [] for row in rows}
    for row in connection.execute(hanging.order_by(versions.c.number)):
        found[row.dataset_id].append(_version(row))
    return [value(Dataset, row, versions=tuple(found[row.id])) for row in rows]


def _version(row: sa.Row[Any]) -> Version:
    return value(Version, row, columns=tuple(Column(**column) for column in row.columns))
