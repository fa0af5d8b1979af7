"""Documents and their pages. A page's text never changes once it is kept: passages and citations are places in it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from components.store._access import Shared, look, reader, require_editable, seen, unshare_all
from components.store._files import unused
from components.store._names import cut_title
from components.store._rows import added, change_owned, delete_owned, owned, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import documents as rows
from components.store.schema import pages as page_rows
from components.store.schema import passages as passage_rows
from components.store.schema import users

_SEEN = seen(rows).order_by(rows.c.created_at.desc(), rows.c.id)


@dataclass(frozen=True)
class Document(Shared):
    """An uploaded document.

    Attributes:
        state: ``reading`` until its pages are in; ``ready``; ``failed`` where it could not be read, for ``error``.
        passage_count: How many passages its pages were cut into.
        embedded_count: How many of those have an embedding by now.
        error: Why it failed: code, what, kept, todo.
        facts: What was found out about it as a whole.
    """

    id: str
    title: str
    filename: str
    sha256: str
    blob: str
    bytes: int
    page_count: int
    passage_count: int
    embedded_count: int
    state: str
    error: Mapping[str, Any] | None
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


def add_document(
    store: Store,
    user_id: str,
    *,
    document_id: str | None = None,
    title: str,
    filename: str,
    sha256: str,
    blob: str,
    bytes: int,  # as the column
    sample: bool = False,
) -> Document:
    """Add a document whose pages are still to be read, under an id that was made before or a new one.

    Where the user has this very file already, that document is returned as it is, and nothing is added.
    """
    new = {"title": title, "filename": filename, "sha256": sha256, "blob": blob, "bytes": bytes, "sample": sample}
    counts = {"page_count": 0, "passage_count": 0, "embedded_count": 0}
    unread: dict[str, Any] = {"state": "reading", "error": None, "facts": {}, "created_at": time.time()}
    with store.database.writing() as connection:
        _one_at_a_time(connection, user_id)
        same = sa.select(rows).where(rows.c.user_id == user_id, rows.c.sha256 == sha256)
        if row := connection.execute(same).first():
            return _own(row)
        return _own(added(connection, rows, id=document_id or new_id(), user_id=user_id, **new, **counts, **unread))


def list_documents(store: Store, user_id: str) -> list[Document]:
    """The user's documents and those that are shared with them, the newest first."""
    with store.database.reading() as connection:
        return [value(Document, row) for row in connection.execute(_SEEN, reader(user_id))]


def document(store: Store, user_id: str, document_id: str) -> Document:
    """One document. Raises ``AccessError``."""
    with store.database.reading() as connection:
        return value(Document, look(connection, rows, user_id, document_id))


def set_pages(
    store: Store,
    user_id: str,
    document_id: str,
    pages: Sequence[Page],
    passages: Sequence[Span],
    *,
    title: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Document:
    """Keep all that was read of a document in one commit: it is then ready, and its text is final.

    A document that is ready stays as it is. Raises ``AccessError``.
    """
    with store.database.writing() as connection:
        old = owned(connection, rows, user_id, document_id, "document", lock=True)
        if old.state == "ready":
            return _own(old)
        _add_all(connection, page_rows, [{"document_id": document_id, **asdict(page)} for page in pages])
        spans = [{"id": new_id(), "document_id": document_id, **asdict(span)} for span in passages]
        _add_all(connection, passage_rows, spans)
        new = {"page_count": len(pages), "passage_count": len(spans), "state": "ready", "error": None}
        new |= {"title": title or old.title, "facts": dict(facts or {})}
        return _own(change_owned(connection, rows, user_id, document_id, "document", **new))


def begin_reading(store: Store, user_id: str, document_id: str) -> Document:
    """Say that a document which failed is being read again; one that is ready stays so. Raises ``AccessError``."""
    return _unless_ready(store, user_id, document_id, state="reading", error=None)


def fail_document(
    store: Store, user_id: str, document_id: str, error: Mapping[str, Any], page_count: int = 0
) -> Document:
    """Say why a document could not be read; one that is ready stays so. Raises ``AccessError``."""
    return _unless_ready(store, user_id, document_id, state="failed", error=dict(error), page_count=page_count)


def rename_document(store: Store, user_id: str, document_id: str, title: str) -> Document:
    """Change a document's title. Raises ``AccessError``."""
    with store.database.writing() as connection:
        require_editable(connection, rows, user_id, document_id)
        connection.execute(sa.update(rows).where(rows.c.id == document_id).values(title=cut_title(title)))
        return value(Document, look(connection, rows, user_id, document_id))


def page(store: Store, user_id: str, document_id: str, number: int) -> Page | None:
    """One page of a document, or None where it has none of this number. Raises ``AccessError``."""
    query = sa.select(page_rows).where(page_rows.c.document_id == document_id, page_rows.c.number == number)
    with store.database.reading() as connection:
        look(connection, rows, user_id, document_id)
        row = connection.execute(query).first()
        return value(Page, row) if row else None


def pages(store: Store, user_id: str, document_id: str) -> list[Page]:
    """The pages of a document, in order. Raises ``AccessError``."""
    query = sa.select(page_rows).where(page_rows.c.document_id == document_id).order_by(page_rows.c.number)
    with store.database.reading() as connection:
        look(connection, rows, user_id, document_id)
        return [value(Page, row) for row in connection.execute(query)]


def delete_document(store: Store, user_id: str, document_id: str) -> None:
    """Delete a document with its pages, passages, embeddings and file. Raises ``AccessError``."""
    with store.database.writing() as connection:
        row = delete_owned(connection, rows, user_id, document_id, "document")
        unshare_all(connection, "document", [document_id])
        free = unused(connection, [row.blob])
    for key in free:
        store.blobs.delete(key)


def _unless_ready(store: Store, user_id: str, document_id: str, **new: Any) -> Document:
    with store.database.writing() as connection:
        old = owned(connection, rows, user_id, document_id, "document", lock=True)
        if old.state == "ready":
            return _own(old)
        return _own(change_owned(connection, rows, user_id, document_id, "document", **new))


def _own(row: sa.Row[Any]) -> Document:
    return value(Document, row, **vars(Shared()))


def _one_at_a_time(connection: sa.Connection, user_id: str) -> None:
    """Let nobody else add a document for this user until the transaction ends."""
    connection.execute(sa.select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True)).first()


def _add_all(connection: sa.Connection, table: sa.Table, values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(sa.insert(table), values)
