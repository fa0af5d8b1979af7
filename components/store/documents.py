"""Documents: their pages, immutable text, and the passages that are spans of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from components.store._files import unused
from components.store._rows import added, change_owned, delete_owned, owned, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import documents as rows
from components.store.schema import pages as page_rows
from components.store.schema import passages as passage_rows


@dataclass(frozen=True)
class Document:
    """An uploaded document. ``state`` is reading until its pages are in, then ready."""

    id: str
    title: str
    filename: str
    sha256: str
    blob: str
    bytes: int
    page_count: int
    state: str
    facts: Mapping[str, Any]
    sample: bool
    created_at: float


@dataclass(frozen=True)
class Page:
    """A page's text; ``number`` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True)
class Span:
    """A passage to add: the characters of a page from ``start`` to ``end``, which is excluded."""

    page: int
    start: int
    end: int
    embedding: bytes | None = None


@dataclass(frozen=True)
class Passage(Span):
    """A passage as it is kept."""

    id: str = ""


def add_document(
    store: Store, user_id: str, *, title: str, filename: str, sha256: str, blob: str, bytes: int, sample: bool = False
) -> Document:
    """Add a document whose pages are still to be read."""
    new = {"title": title, "filename": filename, "sha256": sha256, "blob": blob, "bytes": bytes, "sample": sample}
    unread = {"page_count": 0, "state": "reading", "facts": {}, "created_at": time.time()}
    with store.database.writing() as connection:
        return value(Document, added(connection, rows, id=new_id(), user_id=user_id, **new, **unread))


def list_documents(store: Store, user_id: str) -> list[Document]:
    """The user's documents, the newest first."""
    query = sa.select(rows).where(rows.c.user_id == user_id).order_by(rows.c.created_at.desc(), rows.c.id)
    with store.database.reading() as connection:
        return [value(Document, row) for row in connection.execute(query)]


def document(store: Store, user_id: str, document_id: str) -> Document:
    """One document. Raises ``AccessError``."""
    with store.database.reading() as connection:
        return value(Document, owned(connection, rows, user_id, document_id, "document"))


def set_pages(
    store: Store,
    user_id: str,
    document_id: str,
    pages: Sequence[Page],
    passages: Sequence[Span],
    facts: Mapping[str, Any] | None = None,
) -> Document:
    """Keep what was read of a document, in place of an earlier reading, in one commit. Raises ``AccessError``."""
    with store.database.writing() as connection:
        owned(connection, rows, user_id, document_id, "document", lock=True)
        for table in (passage_rows, page_rows):
            connection.execute(sa.delete(table).where(table.c.document_id == document_id))
        _add_all(connection, page_rows, [{"document_id": document_id, **asdict(page)} for page in pages])
        spans = [{"id": new_id(), "document_id": document_id, **asdict(span)} for span in passages]
        _add_all(connection, passage_rows, spans)
        new = {"page_count": len(pages), "state": "ready", "facts": dict(facts or {})}
        return value(Document, change_owned(connection, rows, user_id, document_id, "document", **new))


def pages(store: Store, user_id: str, document_id: str) -> list[Page]:
    """The pages of a document, in order. Raises ``AccessError``."""
    query = sa.select(page_rows).where(page_rows.c.document_id == document_id).order_by(page_rows.c.number)
    with store.database.reading() as connection:
        owned(connection, rows, user_id, document_id, "document")
        return [value(Page, row) for row in connection.execute(query)]


def passages(store: Store, user_id: str, document_id: str) -> list[Passage]:
    """The passages of a document, in the order of its text. Raises ``AccessError``."""
    query = sa.select(passage_rows).where(passage_rows.c.document_id == document_id)
    with store.database.reading() as connection:
        owned(connection, rows, user_id, document_id, "document")
        found = connection.execute(query.order_by(passage_rows.c.page, passage_rows.c.start))
        return [value(Passage, row) for row in found]


def delete_document(store: Store, user_id: str, document_id: str) -> None:
    """Delete a document with its pages, passages and file. Raises ``AccessError``."""
    with store.database.writing() as connection:
        row = delete_owned(connection, rows, user_id, document_id, "document")
        free = unused(connection, [row.blob])
    for key in free:
        store.blobs.delete(key)


def _add_all(connection: sa.Connection, table: sa.Table, values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(sa.insert(table), values)
