"""What the documents hold for a question, before any model is asked: passages, quotes, and how strong they are."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from components.answers.documents.figures import figures
from components.answers.documents.library import Library
from components.answers.documents.running import is_running
from components.answers.documents.signatures import asks_who, is_signature
from components.answers.documents.terms import held, saying, share, terms
from components.answers.documents.units import units

PASSAGES = 8  # that are found, and sent to a model
QUOTES = 5  # that are shown
ENOUGH = 0.5  # the passages together must hold more than this part of the question's words
UNLIKE, LIKE = (
    0.3,
    0.45,
)  # cosines of the nearest line: under the first it is of something else, from the second it is not
_NEAREST = 8  # quotes that are compared by meaning: a tenth of a second
_EMBEDDED = 400  # characters of each
_RANK = 0.25  # what the passage's own place counts beside the words of a quote
_COUNTED = 1.5  # a line with a number, where the question asks for one
_COUNTS = re.compile(
    r"\bhow (much|many|long|large|high|old|far)\b|\bwhat (was|were|is) (the|its|\w+['\u2019]s)\b"
    r"|\b(percent\w*|rate|total|amount|number|price|cost)\b",
    re.IGNORECASE,
)
_SENTENCE, _HEADING = 8, 0.35  # words of what is a heading if it has no full stop and no number; what one is worth
_LEADERS = re.compile(r"(\.\s?){6}")  # the dots that lead to a page number
_YEAR = re.compile(r"(19|20)\d\d")
_A_PAGE = 2  # quotes of one page
_OTHERS = 0.45  # a quote must be worth this part of the best


@dataclass(frozen=True)
class Passage:
    """A passage as it was found: its words, and where on which page they stand."""

    document_id: str
    page: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Quote:
    """Words of a page that can be shown as they stand: a sentence or a row of a table."""

    document_id: str
    page: int
    start: int
    end: int
    text: str
    score: float = 0.0


@dataclass(frozen=True)
class Strength:
    """How much of the question the passages hold.

    Attributes:
        share: Which part of the question's words stands in the passages or in the titles of their documents.
        missing: The words that stand in none of them.
        likeness: The cosine of the nearest line with the question; None without embeddings.
    """

    share: float
    missing: tuple[str, ...] = ()
    likeness: float | None = None

    @property
    def weak(self) -> bool:
        """Whether the documents may not say.

        Half of the question's words or fewer, and no line that is like it; or a nearest line that is of something else
        altogether. Over 20 company filings this called 9 % of 195 questions weak that they answer and 71 % of 24 that
        they do not; with embeddings 5 % (of 39) and 79 %.
        """
        if self.likeness is None:
            return self.share <= ENOUGH
        return self.likeness < UNLIKE or (self.share <= ENOUGH and self.likeness < LIKE)


@dataclass(frozen=True)
class Findings:
    """Everything found for one question.

    Attributes:
        searched: What was searched for: the question, or what it was made into.
        seconds: From the question to here.
    """

    searched: str
    passages: tuple[Passage, ...]
    quotes: tuple[Quote, ...]
    strength: Strength
    seconds: float

    def body(self, library: Library) -> dict[str, Any]:
        """Its part of the evidence."""
        used = {passage.document_id for passage in self.passages}
        return {
            "searched": self.searched,
            "seconds": self.seconds,
            "document_count": len(library.documents),
            "page_count": library.page_count,
            "documents": [
                {"id": one.id, "title": one.title, "pages": one.page_count, "sha256": one.sha256}
                for one in library.documents
                if one.id in used
            ],
            "passages": [asdict(passage) for passage in self.passages],
            "quotes": [asdict(quote) for quote in self.quotes],
            "strength": {**asdict(self.strength), "weak": self.strength.weak},
            "by_meaning": self.strength.likeness is not None,
        }


def find(library: Library, question: str) -> Findings:
    """Search the library and choose what to quote; no model is asked."""
    from components.documents.search import search

    begun = time.perf_counter()
    ids = [document.id for document in library.documents]
    hits = search(library.store, library.user_id, question, document_ids=ids, limit=PASSAGES, embedder=library.embedder)
    passages = tuple(Passage(hit.document_id, hit.page, hit.start, hit.end, hit.text) for hit in hits)
    quotes, likeness = ranked(library, question, passages)
    strength = _strength(library, question, passages, likeness)
    return Findings(question, passages, quotes[:QUOTES], strength, time.perf_counter() - begun)


def quotable(library: Library, passages: Sequence[Passage]) -> list[Quote]:
    """Every sentence and row that lies for the most part within a passage, each once, in the passages' order.

    Running heads and feet are left out, unless there is nothing else.
    """
    found: dict[tuple[str, int, int], Quote] = {}
    for passage in passages:
        text = library.page_text(passage.document_id, passage.page)
        for start, end in units(text):
            inside = min(end, passage.end) - max(start, passage.start)
            if inside * 2 >= end - start:
                quote = Quote(passage.document_id, passage.page, start, end, text[start:end])
                found.setdefault((passage.document_id, passage.page, start), quote)
    every = list(found.values())
    return [one for one in every if not is_running(library, one.document_id, one.page, one.text)] or every


def ranked(library: Library, question: str, passages: Sequence[Passage]) -> tuple[tuple[Quote, ...], float | None]:
    """The quotes worth showing, the best first, and the best one's likeness where there are embeddings.

    By the question's words and the place of their passage; where the question asks for a number, a line that holds one
    counts half as much again. The first few by meaning too, half and half. Signatures are left out where nobody asks
    for a person.
    """
    candidates = quotable(library, passages)
    if not asks_who(question):
        candidates = [one for one in candidates if not _signed(library, one)] or candidates
    if not candidates:
        return (), None
    scored = _by_words(library, question, candidates, passages)
    likeness = None
    if library.embedder is not None:
        scored, likeness = _by_meaning(library, question, scored)
    best = scored[0].score
    worth = [quote for quote in scored if quote.score > 0 and quote.score >= _OTHERS * best]
    return tuple(_spread(worth)), likeness


def _signed(library: Library, quote: Quote) -> bool:
    return is_signature(library.page_text(quote.document_id, quote.page), quote.start)


def _spread(quotes: Sequence[Quote]) -> Iterator[Quote]:
    """The quotes with at most two of one page, and no text twice: reports repeat themselves."""
    pages: Counter[tuple[str, int]] = Counter()
    seen: set[str] = set()
    for quote in quotes:
        page, words = (quote.document_id, quote.page), _flat(quote.text).lower()
        if pages[page] < _A_PAGE and words not in seen:
            pages[page] += 1
            seen.add(words)
            yield quote


def _by_words(library: Library, question: str, candidates: Sequence[Quote], passages: Sequence[Passage]) -> list[Quote]:
    """What a document's title says holds for all of it, so it makes no line of it better than another.

    Weights by rarity were tried on 123 questions over company filings and found nothing that these do not.
    """
    asked, counts = terms(question), bool(_COUNTS.search(question))
    titles = {one.id: held(one.title) for one in library.documents}
    places = {(one.document_id, one.page): 1 / (1 + n) for n, one in reversed(list(enumerate(passages)))}
    made = []
    for quote in candidates:
        left = [term for term in asked if term not in titles[quote.document_id]] or asked
        words = share(left, held(quote.text))
        score = _brief(quote) * words + (_RANK * places[quote.document_id, quote.page] if words else 0.0)
        made.append(replace(quote, score=score * (_COUNTED if counts and _holds_number(quote) else 1.0)))
    return sorted(made, key=lambda quote: -quote.score)


def _brief(quote: Quote) -> float:
    """A heading says nothing, nor does a line of a table of contents; a long sentence says much besides."""
    if _LEADERS.search(quote.text):
        return _HEADING
    length = len(quote.text.split())
    if length < _SENTENCE and quote.text[-1:] not in ".!?" and not _holds_number(quote):
        return _HEADING
    return min(1.0, length / 4) / (1 + max(0, length - 12) / 30)


def _holds_number(quote: Quote) -> bool:
    """Whether a quote holds a number that is no year and no single digit."""
    return any(len(one.value) > 1 and not _YEAR.fullmatch(one.value) for one in figures(quote.text))


def _by_meaning(library: Library, question: str, scored: list[Quote]) -> tuple[list[Quote], float]:
    near, rest = scored[:_NEAREST], scored[_NEAREST:]
    assert library.embedder is not None
    rows = library.embedder.embed([question, *(_flat(quote.text)[:_EMBEDDED] for quote in near)])
    cosines = [float(cosine) for cosine in rows[1:] @ rows[0]]
    most = max(near[0].score, 1e-9)
    made = [
        replace(one, score=(one.score / most + max(cosine, 0.0)) / 2) for one, cosine in zip(near, cosines, strict=True)
    ]
    low = min(quote.score for quote in made)
    rest = [replace(one, score=min(one.score, low)) for one in rest]
    return sorted(made, key=lambda quote: -quote.score) + rest, max(cosines)


def _strength(library: Library, question: str, passages: Sequence[Passage], likeness: float | None) -> Strength:
    texts = [f"{passage.text} {library.document(passage.document_id).title}" for passage in passages]
    anywhere = held(" ".join(texts))
    missing = tuple(word for word in saying(question) if not anywhere.issuperset(terms(word)))
    return Strength(share(terms(question), anywhere), missing, likeness)


def _flat(text: str) -> str:
    return " ".join(text.split())
