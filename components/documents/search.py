"""Finding the passages that answer a question: by their words and by their meaning, fused by rank.

Three rules, each measured (``benchmarks/eval_documents.py``; the figures are in the architecture's notes):

Where the words of a question fit several documents about as well, they are a pile of documents much alike, such as
two quarterly reports or twenty. There the names and periods of the question lift the documents that bear them, in both
arms.

Meaning is fused only so: unlifted, it gains on prose and loses on a pile, for all its documents mean the same. Lifted,
it gains on both.

Where the question names a rare code, figure or other name that must be matched as it is written, words count more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from components.documents.boosts import Boosts, boosts
from components.documents.index import BrokenIndexError, Index, Match
from components.documents.shelf import Shelf, open_shelf, rebuild
from components.documents.terms import text_words
from components.documents.vectors import Embedder
from components.store import Store, passages
from components.store.passages import Passage

LIMIT = 8
DEPTH = 60  # passages that each arm gives to the fusion, and that say whether documents are alike
ALIKE_FROM, ALIKE_FULL = 0.6, 0.9
"""The second best document's score as a share of the best one's: signs count from the first, whole from the second."""

LIFT = 0.5  # what a full lift adds to a cosine, as a share of the best passage's
RANK = 10  # a passage's share in the fusion is 1 / (RANK + its rank)
MEANING, MEANING_OF_CODES = 2.0, 0.5  # how much the arm of meaning counts beside that of words
_RARE = 20  # passages; a code in more of them is a term like any other
_CODE = re.compile(r"\d|[a-z][A-Z]|\w[._/]\w")  # R2-D2, 82,959, wxWidgets, os.path

WORDS, BY_MEANING = "words", "meaning"

_beside = ThreadPoolExecutor(2, thread_name_prefix="question")
"""Here questions are embedded (6 ms, outside of the interpreter's lock) while their words are searched for."""


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
    wanted = Wanted(question, _narrowed(shelf, document_ids), max(limit, DEPTH))
    try:
        found = find(shelf, wanted, embedder)
    except BrokenIndexError:
        rebuild(store, user_id)
        found = find(shelf, wanted, embedder)
    rows = passages.passages_named(store, user_id, [one.passage_id for one in found[:limit]])
    by_id = {one.passage_id: one for one in found}
    mine = (row for row in rows if document_ids is None or row.document_id in document_ids)
    return tuple(_hit(row, by_id[row.id]) for row in mine)


def _narrowed(shelf: Shelf, document_ids: Collection[str] | None) -> Collection[str] | None:
    """None where these are all the documents that there are: they need not be looked for in the caches, then."""
    return None if document_ids is None or shelf.index.held.keys() <= set(document_ids) else document_ids


@dataclass(frozen=True)
class Wanted:
    """A question to the caches: in these documents, or all of them; at most ``limit`` passages from each arm.

    ``lifted=False`` leaves the signs of the question out, to measure what they gain.
    """

    question: str
    document_ids: Collection[str] | None = None
    limit: int = DEPTH
    lifted: bool = True


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
    vectors = shelf.vectors
    if embedder is None or not vectors.documents:
        return [Found(match.passage_id, match.score, (WORDS,)) for match in _by_words(shelf, wanted)[0]]
    asked = _beside.submit(embedder.embed, [wanted.question])
    words, lifts = _by_words(shelf, wanted)
    near = vectors.search(
        asked.result()[0],
        wanted.limit,
        documents=wanted.document_ids,
        boosts={key: LIFT * share for key, share in lifts.items()},
    )
    weight = MEANING_OF_CODES if names_code(wanted.question, shelf.index) else MEANING
    embedded = frozenset(vectors.documents)
    waiting = frozenset(one.passage_id for one in words if one.document_id not in embedded)
    return fuse([one.passage_id for one in words], [one.passage_id for one in near], weight, waiting)


def _by_words(shelf: Shelf, wanted: Wanted) -> tuple[list[Match], dict[str, float]]:
    """What shares words with the question, and how much each document was lifted for it."""
    index, only = shelf.index, wanted.document_ids
    signs = _boosts(shelf, wanted)
    words = index.search(wanted.question, wanted.limit, documents=only, dimmed=signs.words)
    alike = alikeness(words) if signs.documents else 0.0
    if alike:
        lifts = {key: share * alike for key, share in signs.documents.items()}
        scaled = {key: share * words[0].score for key, share in lifts.items()}
        return index.search(wanted.question, wanted.limit, documents=only, boosts=scaled, dimmed=signs.words), lifts
    if signs.words:
        words = index.search(wanted.question, wanted.limit, documents=only)
    return words, {}


def _boosts(shelf: Shelf, wanted: Wanted) -> Boosts:
    """Which of the documents that are looked into the question means; what all of these share tells none of them."""
    documents = shelf.signs if wanted.lifted else {}
    if wanted.document_ids is not None:
        documents = {key: documents[key] for key in wanted.document_ids if key in documents}
    return boosts(wanted.question, documents, partial(shelf.index.spread, documents=wanted.document_ids))


def names_code(question: str, index: Index) -> bool:
    """Whether a question names something rare that must be matched as it is written: a code, a figure, a path."""
    return any(0 < index.spread(word) <= _RARE for word in text_words(question) if _CODE.search(word))


def alikeness(words: Sequence[Match]) -> float:
    """From 0 to 1: how far what was found by words is a pile of documents alike.

    That is so where the second best document fits the question nearly as well as the best one. To wait for a third lets
    a coin decide between two reports of one company, and gains one question in 200 of prose.
    """
    best: dict[str, float] = {}
    for match in words:
        best.setdefault(match.document_id, match.score)
    scores = sorted(best.values(), reverse=True)
    if len(scores) < 2:
        return 0.0
    return min(max((scores[1] / scores[0] - ALIKE_FROM) / (ALIKE_FULL - ALIKE_FROM), 0.0), 1.0)


def fuse(
    words: Sequence[str], meaning: Sequence[str], weight: float, waiting: Collection[str] = frozenset()
) -> list[Found]:
    """One list from those of the two arms, by ranks: what both found early comes first.

    Args:
        words: Passages by their words, the best first.
        meaning: Passages by their meaning, likewise.
        weight: How much a rank in ``meaning`` counts; one in ``words`` counts 1.
        waiting: Passages whose embeddings are not there yet: their rank in ``words`` counts for both, or a new document
            would stand behind every older one until it is embedded.
    """
    scores: dict[str, float] = {}
    for passage_ids, share in ((words, 1.0), (meaning, weight)):
        for rank, passage_id in enumerate(passage_ids, 1):
            counts = share + weight if passage_id in waiting else share
            scores[passage_id] = scores.get(passage_id, 0.0) + counts / (RANK + rank)
    sides = ((WORDS, frozenset(words)), (BY_MEANING, frozenset(meaning)))
    order = sorted(scores, key=lambda passage_id: -scores[passage_id])
    return [Found(one, scores[one], tuple(arm for arm, found in sides if one in found)) for one in order]


def _hit(row: Passage, found: Found) -> Hit:
    return Hit(row.document_id, row.id, row.page, row.start, row.end, row.text, found.score, found.arms)
