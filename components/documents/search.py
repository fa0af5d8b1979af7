"""Finding the passages that answer a question: by their words, and by their meaning where that gains.

What the two find is fused by rank. The rule for it was measured (``benchmarks/eval_documents.py``): where the words of
a question fit many documents about as well, it is a pile of documents much alike (quarterly reports). There names and
periods tell them apart, meaning does not, and fusing it loses. Where the words fit one document best, it gains.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from components.documents.boosts import Boosts, boosts
from components.documents.index import BrokenIndexError, Match
from components.documents.shelf import Shelf, open_shelf, rebuild
from components.documents.vectors import Embedder
from components.store import Store, passages
from components.store.passages import Passage

LIMIT = 8
DEPTH = 60  # passages that each arm gives to the fusion, and that say whether documents are alike
ALIKE_FROM, ALIKE_FULL = 0.6, 0.9
"""The third best document's score as a share of the best one's: signs count from the first, whole from the second."""

RANK = 10  # a passage's share in the fusion is 1 / (RANK + its rank)
MEANING = 2.0  # how much the arm of meaning counts beside that of words

WORDS, BY_MEANING = "words", "meaning"


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

    A missing, damaged or outdated index is made again from the store before the search.

    Args:
        question: Any text; nothing in it is read as syntax.
        document_ids: Look into these documents only; those that are not the user's are left out.
        limit: Most passages.
        embedder: Finds by meaning too, where embeddings are there and it gains; None finds by words alone.
    """
    shelf = open_shelf(store, user_id)
    wanted = Wanted(question, document_ids, max(limit, DEPTH))
    try:
        found = find(shelf, wanted, embedder)
    except BrokenIndexError:
        rebuild(store, user_id)
        found = find(shelf, wanted, embedder)
    rows = passages.passages_named(store, user_id, [one.passage_id for one in found[:limit]])
    by_id = {one.passage_id: one for one in found}
    return tuple(_hit(row, by_id[row.id]) for row in rows)


@dataclass(frozen=True)
class Wanted:
    """A question to the caches: in these documents, or all of them; at most ``limit`` passages from each arm."""

    question: str
    document_ids: Collection[str] | None = None
    limit: int = DEPTH


@dataclass(frozen=True)
class Found:
    """A passage that the arms found together."""

    passage_id: str
    score: float
    arms: tuple[str, ...]


def find(shelf: Shelf, wanted: Wanted, embedder: Embedder | None) -> list[Found]:
    """The passages as the caches know them, the best first.

    Raises:
        BrokenIndexError: The index was damaged meanwhile.
    """
    signs = _boosts(shelf, wanted)
    words = shelf.index.search(
        wanted.question, wanted.limit, documents=wanted.document_ids, dimmed=signs.words if signs.documents else ()
    )
    alike = alikeness(words)
    if alike and signs.documents:
        words = _lifted(shelf, wanted, signs, alike * words[0].score)
    elif signs.documents:
        words = shelf.index.search(wanted.question, wanted.limit, documents=wanted.document_ids)
    if embedder is None or alike or not shelf.vectors.documents:
        return [Found(match.passage_id, match.score, (WORDS,)) for match in words]
    question = embedder.embed([wanted.question])[0]
    near = shelf.vectors.search(question, wanted.limit, documents=wanted.document_ids)
    return fuse({WORDS: [one.passage_id for one in words], BY_MEANING: [one.passage_id for one in near]})


def alikeness(words: Sequence[Match]) -> float:
    """From 0 to 1: how far what was found by words is a pile of documents alike.

    That is so where the third best document fits the question nearly as well as the best one.
    """
    best: dict[str, float] = {}
    for match in words:
        best.setdefault(match.document_id, match.score)
    scores = sorted(best.values(), reverse=True)
    if len(scores) < 3:
        return 0.0
    return min(max((scores[2] / scores[0] - ALIKE_FROM) / (ALIKE_FULL - ALIKE_FROM), 0.0), 1.0)


def fuse(arms: Mapping[str, Sequence[str]]) -> list[Found]:
    """One list from those of the arms, by ranks: what both found early comes first."""
    weights = {WORDS: 1.0, BY_MEANING: MEANING}
    scores: dict[str, float] = {}
    for arm, passage_ids in arms.items():
        for rank, passage_id in enumerate(passage_ids, 1):
            scores[passage_id] = scores.get(passage_id, 0.0) + weights[arm] / (RANK + rank)
    found_by = {arm: set(passage_ids) for arm, passage_ids in arms.items()}
    order = sorted(scores, key=lambda passage_id: -scores[passage_id])
    return [Found(one, scores[one], tuple(arm for arm in arms if one in found_by[arm])) for one in order]


def _boosts(shelf: Shelf, wanted: Wanted) -> Boosts:
    documents = shelf.signs
    if wanted.document_ids is not None:
        documents = {key: documents[key] for key in wanted.document_ids if key in documents}
    return boosts(wanted.question, documents, shelf.index.spread)


def _lifted(shelf: Shelf, wanted: Wanted, signs: Boosts, scale: float) -> list[Match]:
    lifts = {key: share * scale for key, share in signs.documents.items()}
    return shelf.index.search(
        wanted.question, wanted.limit, documents=wanted.document_ids, boosts=lifts, dimmed=signs.words
    )


def _hit(row: Passage, found: Found) -> Hit:
    return Hit(row.document_id, row.id, row.page, row.start, row.end, row.text, found.score, found.arms)
