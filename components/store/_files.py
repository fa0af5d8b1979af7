"""Which blobs the rows still rest on: a blob goes when the last row that names it went."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from components.store.schema import documents, uploads, versions

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


def _among(connection: sa.Connection, column: sa.Column[str], keys: set[str]) -> Iterable[str]:
    return connection.scalars(sa.select(column).where(column.in_(keys)))
