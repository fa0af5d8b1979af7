"""Documents made of plain text, for tests that search."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from components.documents.passages import split
from components.documents.reading import PageText
from components.store import Store, documents, passages
from components.store.documents import Document, Page, Span


def add_text(store: Store, user_id: str, title: str, *pages: str, filename: str = "") -> Document:
    """A document that is ready, with these pages cut into passages."""
    new = documents.add_document(
        store,
        user_id,
        title=title,
        filename=filename or f"{title}.pdf",
        sha256=hashlib.sha256(repr((title, pages)).encode()).hexdigest(),
        blob=store.blobs.new_key("documents"),
        bytes=1,
    )
    texts = [PageText(number, text) for number, text in enumerate(pages, 1)]
    spans = [Span(span.page, span.start, span.end) for span in split(texts)]
    return documents.set_pages(store, user_id, new.id, [Page(text.number, text.text) for text in texts], spans)


def embed(store: Store, user_id: str, found: Document, embedder: Words) -> None:
    """Give each of a document's passages its embedding."""
    rows = passages.passages(store, user_id, found.id)
    vectors = embedder.embed([row.text for row in rows]).astype("<f2")
    new = {row.id: vector.tobytes() for row, vector in zip(rows, vectors, strict=True)}
    passages.add_embeddings(store, user_id, found.id, new)


class Words:
    """An embedder that knows which words mean the same: each group is one of the 384 numbers."""

    def __init__(self, *groups: Sequence[str]) -> None:
        self._places = {word: place for place, group in enumerate(groups) for word in group}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row for each text, of length 1."""
        rows = np.full((len(texts), 384), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                if (place := self._places.get(word.strip(".,?"))) is not None:
                    row[place] += 1
        lengths: NDArray[np.float32] = np.linalg.norm(rows, axis=1, keepdims=True).astype(np.float32)
        rows /= lengths
        return rows
