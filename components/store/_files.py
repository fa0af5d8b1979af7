"""Which blobs the rows still rest on: a blob goes when the last row that names it went."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from components.store._rows import added
from components.store.database import new_id
from components.store.schema import documents, installation, uploads, versions

REFERENCES: tuple[sa.Column[str], ...] = (uploads.c.blob, versions.c.raw_blob, versions.c.blob, documents.c.blob)
_USES = REFERENCES[1:]  # an upload is only the way in: by itself it keeps no blob that something else has used


def unused(connection: sa.Connection, keys: Iterable[str | None]) -> list[str]:
    """Those of ``keys`` that no version and no document names. Their uploads' rows are deleted with them."""
    asked = {key for key in keys if key}
    free = asked - {key for column in _USES for key in _among(connection, column, asked)}
    connection.execute(sa.delete(uploads).where(uploads.c.blob.in_(free)))
    return sorted(free)


def named(connection: sa.Connection, keys: set[str]) -> set[str]:
    """Those of ``keys`` that any row names."""
    return {key for column in REFERENCES for key in _among(connection, column, keys)}


def installation_id(connection: sa.Connection) -> str:
    """Which installation this database is: a random id, made at the first call."""
    found = connection.scalar(sa.select(installation.c.id).order_by(installation.c.created_at, installation.c.id))
    return str(found or added(connection, installation, id=new_id(), created_at=time.time()).id)


def index_folder(home: Path, user_id: str) -> Path:
    """Where on this machine a user's search index lies; it is made from the rows and can be made again."""
    return home / "index" / hashlib.sha256(user_id.encode()).hexdigest()[:32]


def answer_file(home: Path, evidence_id: str) -> Path:
    """Where the rows of an answer lie for an hour while they are explored."""
    return home / "scratch" / "answers" / f"{evidence_id}.parquet"


def restore_mark(home: Path) -> Path:
    """The file that is there while a restore changes the places of things in ``home``."""
    return home / ".restoring" / "ready.json"


def _among(connection: sa.Connection, column: sa.Column[str], keys: set[str]) -> Iterable[str]:
    return connection.scalars(sa.select(column).where(column.in_(keys)))
