"""Passages of documents, and the embeddings that let them be found by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import sqlalchemy as sa

from components.store._access import Shared, listed, look, readable, reader
from components.store._rows import change_owned, owned, value
from components.store.documents import Document
from components.store.opening import Store
from components.store.schema import documents, embeddings, pages
from components.store.schema import passages as rows

_MOST_NAMES = 500  # ids in one statement: SQLite takes 32,766, PostgreSQL plans long lists slowly


@dataclass(frozen=True)
class Passage:
    """A run of words within one page: its characters from ``start`` to ``end``, which is excluded, are ``text``."""

    id: str
    document_id: str
    page: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Searchable:
    """What search must know of a document that is ready: its name, and how much of it there is to find."""

    id: str
    title: str
    filename: str
    passage_count: int
    embedded_count: int
    created_at: float


def searchable(store: Store, user_id: str) -> list[Searchable]:
    """The documents that are ready and that the user may read, the oldest first; 1 ms for 500."""
    with store.database.reading() as connection:
        return [Searchable(*row) for row in connection.execute(_SEARCHABLE, reader(user_id)).all()]


def users_with_passages(store: Store) -> list[str]:
    """Every user who has documents that can be searched (system: for rebuilding the indexes)."""
    with store.database.reading() as connection:
        ready = sa.select(documents.c.user_id).where(documents.c.state == "ready").distinct()
        return list(connection.scalars(ready.order_by(documents.c.user_id)))


def passages(store: Store, user_id: str, document_id: str) -> list[Passage]:
    """The passages of a document, in the order of its text. Raises ``AccessError``."""
    query = _select().where(rows.c.document_id == document_id).order_by(rows.c.page, rows.c.start)
    with store.database.reading() as connection:
        look(connection, documents, user_id, document_id)
        return [value(Passage, row) for row in connection.execute(query)]


def passages_named(store: Store, user_id: str, passage_ids: Sequence[str]) -> list[Passage]:
    """The passages of these ids in their order; those that are gone, or not to be read by the user, are left out."""
    found: dict[str, Passage] = {}
    with store.database.reading() as connection:
        for some in _batches(passage_ids):
            named = connection.execute(_NAMED, {**reader(user_id), "ids": some})
            found |= {row.id: value(Passage, row) for row in named}
    return [found[passage_id] for passage_id in passage_ids if passage_id in found]


def without_embedding(store: Store, user_id: str, document_id: str, limit: int) -> list[Passage]:
    """The first ``limit`` passages of a document that have no embedding yet. Raises ``AccessError``."""
    query = _select().outerjoin(embeddings, embeddings.c.passage_id == rows.c.id)
    bare = query.where(rows.c.document_id == document_id, embeddings.c.passage_id.is_(None))
    with store.database.reading() as connection:
        owned(connection, documents, user_id, document_id, "document")
        ordered = bare.order_by(rows.c.page, rows.c.start).limit(limit)
        return [value(Passage, row) for row in connection.execute(ordered)]


def add_embeddings(store: Store, user_id: str, document_id: str, vectors: Mapping[str, bytes]) -> Document:
    """Keep embeddings of a document's passages by their ids, in one commit, and count them.

    An id that is not the document's, or that has an embedding, is left out. Raises ``AccessError``.

    Args:
        vectors: For each passage 384 numbers of 16 bits, the low byte first, whose squares add up to 1.
    """
    with store.database.writing() as connection:
        owned(connection, documents, user_id, document_id, "document", lock=True)
        bare = sa.select(rows.c.id).outerjoin(embeddings, embeddings.c.passage_id == rows.c.id)
        mine = bare.where(rows.c.document_id == document_id, embeddings.c.passage_id.is_(None))
        for some in _batches(list(vectors)):
            new = [
                {"passage_id": key, "vector": vectors[key]}
                for key in connection.scalars(mine.where(rows.c.id.in_(some)))
            ]
            if new:
                connection.execute(sa.insert(embeddings), new)
        counted = {"embedded_count": _count(connection, document_id)}
        row = change_owned(connection, documents, user_id, document_id, "document", **counted)
        return value(Document, row, **vars(Shared()))


def vectors(store: Store, user_id: str, document_id: str) -> dict[str, bytes]:
    """The embeddings of a document by the ids of its passages, in the order of its text. Raises ``AccessError``."""
    query = sa.select(rows.c.id, embeddings.c.vector).join(embeddings, embeddings.c.passage_id == rows.c.id)
    mine = query.where(rows.c.document_id == document_id).order_by(rows.c.page, rows.c.start)
    with store.database.reading() as connection:
        look(connection, documents, user_id, document_id)
        return {row.id: row.vector for row in connection.execute(mine)}


def _select() -> sa.Select[tuple[str, str, int, int, int, str]]:
    text = sa.func.substr(pages.c.text, rows.c.start + 1, rows.c.end - rows.c.start).label("text")
    page = (pages.c.document_id == rows.c.document_id) & (pages.c.number == rows.c.page)
    columns = (rows.c.id, rows.c.document_id, rows.c.page, rows.c.start, rows.c.end, text)
    return sa.select(*columns).select_from(rows.join(pages, page))


# Every search runs these two. To build them takes longer than to run them, so they are built once.
_SEARCHABLE = (
    sa.select(*(documents.c[item.name] for item in fields(Searchable)))
    .where(listed(documents), documents.c.state == "ready")
    .order_by(documents.c.created_at)
)
_NAMED = (
    _select()
    .join(documents, documents.c.id == rows.c.document_id)
    .where(readable(documents), rows.c.id.in_(sa.bindparam("ids", expanding=True)))
)


def _count(connection: sa.Connection, document_id: str) -> int:
    joined = embeddings.join(rows, rows.c.id == embeddings.c.passage_id)
    query = sa.select(sa.func.count()).select_from(joined).where(rows.c.document_id == document_id)
    return connection.scalar(query) or 0


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _MOST_NAMES] for start in range(0, len(ids), _MOST_NAMES))
