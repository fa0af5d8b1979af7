"""Datasets: tables that users brought, each with its versions, one immutable Parquet file for each version."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from components.store._access import OWN, Shared, listed, look, readable, reader, require_editable, seen, unshare_all
from components.store._files import unused
from components.store._names import cut_title, free_among
from components.store._rows import added, delete_owned, denied, owned, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import datasets, users, versions

_SEEN = seen(datasets).order_by(datasets.c.updated_at.desc(), datasets.c.id)
_VERSION = sa.select(versions).select_from(versions.join(datasets)).where(readable(datasets))
_VERSIONS = (
    sa.select(versions)
    .select_from(versions.join(datasets))
    .where(listed(datasets))
    .order_by(versions.c.dataset_id, versions.c.number)
)


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
class Dataset(Shared):
    """A table: ``name`` in SQL, unique for its reader; ``title`` for people; versions, the newest last.

    One that is shared with the reader, and whose name another of their tables bears, has a number behind it.
    """

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
    """The user's datasets and those that are shared with them, the one last changed first."""
    with store.database.reading() as connection:
        return _datasets(connection, user_id)


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
    """Add a version, and without ``dataset_id`` the dataset too, in one commit. It is the dataset's owner's.

    A new dataset's name is made free: where another took ``name`` meanwhile, it becomes ``name_2``. With
    ``dataset_id`` the dataset keeps its name and title. Raises ``AccessError``.
    """
    new = {"filename": filename, "raw_blob": raw_blob, "blob": blob, "rows": rows, "bytes": bytes}
    lists = {"columns": [asdict(column) for column in columns], "doubts": [dict(doubt) for doubt in doubts]}
    with store.database.writing() as connection:
        if dataset_id is None:
            dataset_id = _new_dataset(connection, user_id, name=name, title=title, sample=sample)
        owner_id = require_editable(connection, datasets, user_id, dataset_id).user_id
        _change(connection, dataset_id, updated_at=time.time())
        number = _next_number(connection, dataset_id)
        owner = {"user_id": owner_id, "dataset_id": dataset_id, "number": number, "created_at": time.time()}
        added(connection, versions, id=new_id(), **owner, **new, **lists)
        return _dataset(connection, user_id, dataset_id)


def version(store: Store, user_id: str, version_id: str) -> Version:
    """One version. Raises ``AccessError``."""
    with store.database.reading() as connection:
        row = connection.execute(_VERSION.where(versions.c.id == version_id), reader(user_id)).first()
    if row is None:
        raise denied("table")
    return _version(row)


def set_profile(store: Store, user_id: str, version_id: str, profile: Mapping[str, Any]) -> None:
    """Keep what a look over a whole version found, whoever may look at it. Raises ``AccessError``."""
    seen_ones = sa.select(datasets.c.id).where(readable(datasets))
    this = (versions.c.id == version_id) & versions.c.dataset_id.in_(seen_ones)
    with store.database.writing() as connection:
        write = sa.update(versions).where(this).values(profile=dict(profile))
        if not connection.execute(write, reader(user_id)).rowcount:
            raise denied("table")


def rename_dataset(
    store: Store, user_id: str, dataset_id: str, title: str | None = None, *, name: str | None = None
) -> Dataset:
    """Change the title, or the name in SQL, which is made free as for a new dataset. Raises ``AccessError``."""
    with store.database.writing() as connection:
        old = require_editable(connection, datasets, user_id, dataset_id)
        _lock_names(connection, old.user_id)
        others = _names(connection, old.user_id) - {old.name}
        new = {"title": old.title if title is None else cut_title(title), "updated_at": time.time()}
        new["name"] = old.name if name is None else free_among(others, name)
        _change(connection, dataset_id, **new)
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
        unshare_all(connection, "dataset", [dataset_id])
        free = unused(connection, keys)
    for key in free:
        store.blobs.delete(key)


def _new_dataset(connection: sa.Connection, user_id: str, *, name: str, title: str, sample: bool) -> str:
    _lock_names(connection, user_id)
    now = time.time()
    new = {"name": free_among(_names(connection, user_id), name), "title": title, "sample": sample}
    row = added(connection, datasets, id=new_id(), user_id=user_id, created_at=now, updated_at=now, **new)
    return str(row.id)


def _change(connection: sa.Connection, dataset_id: str, **new: Any) -> None:
    connection.execute(sa.update(datasets).where(datasets.c.id == dataset_id).values(**new))


def _lock_names(connection: sa.Connection, user_id: str) -> None:
    """Let nobody else name a dataset of this user until the transaction ends."""
    connection.execute(sa.select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True)).first()


def _names(connection: sa.Connection, user_id: str) -> set[str]:
    return set(connection.scalars(sa.select(datasets.c.name).where(datasets.c.user_id == user_id)))


def _next_number(connection: sa.Connection, dataset_id: str) -> int:
    query = sa.select(sa.func.max(versions.c.number)).where(versions.c.dataset_id == dataset_id)
    return 1 + (connection.scalar(query) or 0)


def _dataset(connection: sa.Connection, user_id: str, dataset_id: str) -> Dataset:
    row = look(connection, datasets, user_id, dataset_id)
    hanging = sa.select(versions).where(versions.c.dataset_id == dataset_id).order_by(versions.c.number)
    found = tuple(_version(one) for one in connection.execute(hanging))
    if not found:  # deleted between the two statements
        raise denied("table")
    name = row.name if row.right == OWN else _names_seen(connection, user_id).get(dataset_id, row.name)
    return value(Dataset, row, name=name, versions=found)


def _datasets(connection: sa.Connection, user_id: str) -> list[Dataset]:
    rows = connection.execute(_SEEN, reader(user_id)).all()
    found: dict[str, list[Version]] = {row.id: [] for row in rows}
    for one in connection.execute(_VERSIONS, reader(user_id)):
        if one.dataset_id in found:  # a share may have been made between the two statements
            found[one.dataset_id].append(_version(one))
    names = _told_apart(rows)
    kept = (row for row in rows if found[row.id])  # or taken back
    return [value(Dataset, row, name=names[row.id], versions=tuple(found[row.id])) for row in kept]


def _names_seen(connection: sa.Connection, user_id: str) -> dict[str, str]:
    """The names in SQL of all that the user may read, by the datasets' ids."""
    return _told_apart(connection.execute(seen(datasets), reader(user_id)).all())


def _told_apart(rows: Sequence[sa.Row[Any]]) -> dict[str, str]:
    """A user's own tables keep their names; of those shared with them, the oldest chooses first."""
    names: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: (row.right != OWN, row.created_at, row.id)):
        names[row.id] = row.name if row.right == OWN else free_among(set(names.values()), row.name)
    return names


def _version(row: sa.Row[Any]) -> Version:
    return value(Version, row, columns=tuple(Column(**column) for column in row.columns))
