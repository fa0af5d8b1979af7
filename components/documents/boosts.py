"""What tells a user's documents apart: names, periods and kinds, read from the documents themselves.

In a pile of documents that are much alike, the words of a question fit all of them, and only a name, a year or a
quarter says which one is meant. Documents that share such a sign with the question are lifted, never the others
dropped: a sign may be misread, and a question may speak of two documents. A sign that most documents bear lifts little.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath
from typing import TypeVar

from components.documents.periods import latest_of, periods_of, wants_latest, words_of_period
from components.documents.terms import ASKING, genitive_off, plain

T = TypeVar("T", int, float)

NAMES, PERIODS, KINDS, LATEST = 2.0, 1.0, 0.2, 0.5
"""How much a full match lifts, as a share of the best passage's score by words alone."""

_OPENING = 3  # pages at the start where a document says what it is
_LOWER = 0.1  # a word that is written small more often than this is no name
_MOST_NAMES = 60
_TELLS = 0.2  # how rare a name must be to tell documents apart
_HALF = 0.5  # a sign of the text counts half of one in the title or the file's name

_NAME = re.compile(r"[^\W\d_][^\W_]*(?:['\u2019&][^\W_]+)*['\u2019]?")
_KINDS = re.compile(
    r"\b(annual report|quarterly report|10-?[kq]|8-?k|20-?f|invoice|contract|agreement|manual|handbook|policy|minutes|"
    r"presentation|press release|letter|certificate|statement|budget|guide|specification|data ?sheet|lease|offer|order|"
    r"receipt|resume|curriculum vitae|thesis|prospectus|proposal|report|paper|faq|terms|plan|survey|standard|"
    r"catalogu?e|newsletter|brochure|transcript|memo(?:randum)?)s?\b"
)


@dataclass(frozen=True)
class Signs:
    """What a document or a question can be told by; each sign with its weight, from 0 to 1."""

    names: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)  # how often the names stand in the text
    periods: Mapping[str, float] = field(default_factory=dict)
    kinds: Mapping[str, float] = field(default_factory=dict)

    def joined(self, other: Signs) -> Signs:
        """The signs of both, each with the larger weight."""
        return Signs(
            _larger(self.names, other.names),
            _larger(self.counts, other.counts),
            _larger(self.periods, other.periods),
            _larger(self.kinds, other.kinds),
        )


def signs_of_text(pages: Sequence[str]) -> Signs:
    """What a document's pages say it is: names that stand at its start and run through it, its periods, its kind."""
    opening = [plain(page) for page in pages[:_OPENING]]
    periods = periods_of("\n".join(opening))
    most = max(periods.values(), default=1)
    counts = _names(opening, pages)
    return Signs(
        {name: round(_HALF * min(1.0, count / len(pages)), 3) for name, count in counts.items()},
        counts,
        {sign: round(_HALF * count / most, 3) for sign, count in periods.items()},
        {kind: _HALF for page in opening[:1] for kind in _kinds(page)},
    )


@lru_cache(maxsize=10_000)
def signs_of_name(title: str, filename: str) -> Signs:
    """What a document's title and the name of its file say it is."""
    text = f"{title}\n{PurePath(filename).stem}"
    words = (_folded(word) for word in re.split(r"[\W_]+", plain(text)))
    return Signs(
        {word: 1.0 for word in words if len(word) > 1 and word not in ASKING and re.search(r"[^\W\d_]", word)},
        {},
        dict.fromkeys(periods_of(text), 1.0),
        dict.fromkeys(_kinds(text), 1.0),
    )


@dataclass(frozen=True)
class Boosts:
    """What a question's signs come to.

    Attributes:
        documents: How much each document is lifted, as a share of the best passage's score by words.
        words: The small words of the question that were understood as signs, and so say little of a passage.
    """

    documents: Mapping[str, float]
    words: frozenset[str]


def boosts(question: str, documents: Mapping[str, Signs], spread: Callable[[str], int]) -> Boosts:
    """Which documents a question means, by the signs that they share with it; the others are not lifted.

    Args:
        spread: In how many passages of these documents a word stands.
    """
    asked = set(periods_of(question))
    names = _lifts(_names_asked(question), documents, "names", lambda name: _bearing(name, documents, spread))
    periods = _lifts(asked, documents, "periods")
    kinds = _lifts(set(_kinds(question)), documents, "kinds")
    sums = {key: NAMES * names.of(key) + PERIODS * periods.of(key) + KINDS * kinds.of(key) for key in documents}
    if not asked and wants_latest(question):
        for key in _newest(documents, sums):
            sums[key] += LATEST
    found = {key: round(lift, 3) for key, lift in sums.items() if lift >= 0.01}
    return Boosts(found, frozenset(names.signs | words_of_period(question) if found else ()))


@dataclass
class _Lifts:
    documents: dict[str, float] = field(default_factory=dict)
    signs: set[str] = field(default_factory=set)  # those that tell documents apart

    def of(self, document_id: str) -> float:
        return min(self.documents.get(document_id, 0.0), 1.0)


def _lifts(
    asked: Iterable[str], documents: Mapping[str, Signs], what: str, bearing: Callable[[str], float] = lambda sign: 0.0
) -> _Lifts:
    """For each document the weights of the signs that were asked for, each by how rare it is."""
    found = _Lifts()
    for sign in set(asked):
        weights = {key: getattr(signs, what)[sign] for key, signs in documents.items() if sign in getattr(signs, what)}
        if not weights:
            continue
        rarity = _rarity(max(bearing(sign), sum(weights.values()) / max(weights.values())), len(documents))
        for key, weight in weights.items():
            found.documents[key] = found.documents.get(key, 0.0) + weight * rarity
        if rarity > _TELLS:
            found.signs.add(sign)
    return found


def _bearing(name: str, documents: Mapping[str, Signs], spread: Callable[[str], int]) -> float:
    """About how many documents speak of a name as much as the one that does most."""
    most = max((signs.counts.get(name, 0) for signs in documents.values()), default=0)
    return spread(name) / most if most else 0.0


def _rarity(bearing: float, documents: int) -> float:
    """0 for a sign that every document bears, 1 for one that a single document bears."""
    if documents < 2:
        return 0.0
    return min(1.0, max(0.0, math.log(documents / max(bearing, 1.0)) / math.log(documents)))


def _newest(documents: Mapping[str, Signs], lifts: Mapping[str, float]) -> set[str]:
    """The newest of the documents that are lifted most; of all, where none is."""
    best = max(lifts.values(), default=0.0)
    meant = [key for key in documents if lifts[key] >= best * 0.8]
    ages = {key: latest_of(documents[key].periods) for key in meant}
    newest = max(ages.values(), default="")
    return {key for key, age in ages.items() if newest and age == newest}


def _names_asked(text: str) -> set[str]:
    return {_folded(word) for word in _NAME.findall(plain(text))}


def _names(opening: Sequence[str], pages: Sequence[str]) -> dict[str, int]:
    """Words that are written large at the start and hardly ever small: how often each stands in the pages."""
    wanted = {_folded(word) for page in opening for word in _NAME.findall(page) if word[0].isupper()} - ASKING
    forms, small, large = Counter[str](), Counter[str](), Counter[str]()
    for page in pages:
        forms.update(_NAME.findall(plain(page)))
    for form, count in forms.items():  # each different form once: a long document has few
        (large if form[0].isupper() else small)[_folded(form)] += count
    kept = [w for w in wanted if large[w] > 1 and len(w) > 1 and small[w] <= _LOWER * large[w]]
    return {word: large[word] for word in sorted(kept, key=lambda word: -large[word])[:_MOST_NAMES]}


def _kinds(text: str) -> list[str]:
    return [found.replace("-", "") for found in _KINDS.findall(plain(text).lower())]


def _folded(word: str) -> str:
    """A word as it is compared: small, without the ending of a genitive."""
    return genitive_off(word.lower())


def _larger(one: Mapping[str, T], other: Mapping[str, T]) -> dict[str, T]:
    return {sign: max(side[sign] for side in (one, other) if sign in side) for sign in {**one, **other}}
