"""What a user takes along: one file, kept for a day. The row is an upload's, only that the file is on its way out."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from components.store._files import unused
from components.store._rows import added, denied, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import uploads

_EXPORT = "export"


@dataclass(frozen=True)
class Export:
    """A file with everything that a user had at ``created_at`` (seconds since 1970)."""

    id: str
    filename: str
    bytes: int
    blob: str
    created_at: float


def keep_export(store: Store, user_id: str, *, filename: str, bytes: int, blob: str) -> Export:
    """Keep a file that is written, in place of the user's earlier one."""
    new = {"purpose": _EXPORT, "filename": filename, "state": "complete", "bytes": bytes, "blob": blob}
    mine = (uploads.c.user_id == user_id) & (uploads.c.purpose == _EXPORT)
    with store.database.writing() as connection:
        free = unused(connection, connection.scalars(sa.select(uploads.c.blob).where(mine)).all())
        row = added(connection, uploads, id=new_id(), user_id=user_id, created_at=time.time(), **new)
    for key in free:
        store.blobs.delete(key)
    return value(Export, row)


def newest_export(store: Store, user_id: str) -> Export | None:
    """The file that the user can take along now; None where there is none."""
    with store.database.reading() as connection:
        row = connection.execute(_exports(user_id).order_by(uploads.c.created_at.desc())).first()
    return value(Export, row) if row else None


def export(store: Store, user_id: str, export_id: str) -> Export:
    """One file to take along. Raises ``AccessError``."""
    with store.database.reading() as connection:
        row = connection.execute(_exports(user_id).where(uploads.c.id == export_id)).first()
    if row is None:
        raise denied("file")
    return value(Export, row)


def _exports(user_id: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(uploads).where(uploads.c.user_id == user_id, uploads.c.purpose == _EXPORT)
