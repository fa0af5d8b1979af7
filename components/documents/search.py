"""Finding the passages that answer a question: by their words, and by their meaning where that gains."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from components.documents.index import BrokenIndexError, Match
from components.documents.shelf import Shelf, open_shelf, rebuild
from components.documents.vectors import Embedder
from components.store import Store, passages
from components.store.passages import Passage

LIMIT = 8


@dataclass(frozen=True)
class Hit:
    """A passage that was found.

    Attributes:
        score: The higher, the better; scores of two questions cannot be compared.
        arms: What found it: ``words``, ``meaning``, or both.
    """

    document_id: str
    passage_id: str
    page: int
    start: int
    end: int
    text: str
    score: float
    arms: tuple[str, ...]


def search(
    store: Store,
    user_id: str,
    question: str,
    *,
    document_ids: Collection[str] | None = None,
    limit: int = LIMIT,
    embedder: Embedder | None = None,
) -> tuple[Hit, ...]:
    """The user's passages that answer a question best, the best first; none where no word and no meaning is shared.

    Args:
        question: Any text; nothing in it is read as syntax.
        document_ids: Look into these documents only; those that are not the user's are left out.
        limit: Most passages.
        embedder: Finds by meaning too, where embeddings are there and it gains; None finds by words alone.
    """
    shelf = open_shelf(store, user_id)
    try:
        found = shelf.index.search(question, limit, documents=document_ids)
    except BrokenIndexError:
        rebuild(store, user_id)
        found = shelf.index.search(question, limit, documents=document_ids)
    return _hits(store, user_id, found)


def _hits(store: Store, user_id: str, found: Sequence[Match]) -> tuple[Hit, ...]:
    """What was found as the store has it: what is gone meanwhile is left out."""
    scores = {match.passage_id: match.score for match in found}
    rows = passages.passages_named(store, user_id, list(scores))
    return tuple(_hit(row, scores[row.id]) for row in rows)


def _hit(row: Passage, score: float) -> Hit:
    return Hit(row.document_id, row.id, row.page, row.start, row.end, row.text, score, ("words",))
