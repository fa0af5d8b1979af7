"""The documents that one question may read: whose they are, what they are called, their pages' text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from components.errors import AppError
from components.store import Store, documents
from components.store.documents import Document

if TYPE_CHECKING:
    from components.documents.vectors import Embedder


class NoDocumentsError(AppError):
    """A question about documents was asked of none."""

    kept = "Your question is kept."
    todo = "Add a document, or choose one that is ready, then ask again."


@dataclass(frozen=True)
class Library:
    """One user's documents in front of one question.

    Attributes:
        documents: Those that may be read, all of them ready.
        embedder: Tells the nearness of meaning; None where it is not here.
    """

    store: Store
    user_id: str
    documents: tuple[Document, ...]
    embedder: Embedder | None = None
    _pages: dict[tuple[str, int], str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def page_count(self) -> int:
        """How many pages there are to search."""
        return sum(document.page_count for document in self.documents)

    def document(self, document_id: str) -> Document:
        """One of them. Raises ``KeyError``."""
        return {document.id: document for document in self.documents}[document_id]

    def page_text(self, document_id: str, number: int) -> str:
        """The text of a page, empty where it has none; read once."""
        key = (document_id, number)
        if key not in self._pages:
            found = documents.page(self.store, self.user_id, document_id, number)
            self._pages[key] = found.text if found else ""
        return self._pages[key]


def open_library(
    store: Store, user_id: str, document_ids: Collection[str] | None, embedder: Embedder | None = None
) -> Library:
    """The user's documents that are ready, or those of ``document_ids`` among them.

    Raises:
        NoDocumentsError: None is.
    """
    mine = [found for found in documents.list_documents(store, user_id) if found.state == "ready"]
    chosen = tuple(found for found in mine if document_ids is None or found.id in document_ids)
    if not chosen:
        raise NoDocumentsError("There is no document to ask.")
    return Library(store, user_id, chosen, embedder)
