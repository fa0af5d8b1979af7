"""Cutting pages into passages: the runs of words that are searched and cited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from components.documents.reading import PageText
from components.documents.words import WORD

SIZE = 120
OVERLAP = 24
_END = re.compile(r"[.!?:;]['\")\u2019\u201d]?$")


@dataclass(frozen=True)
class Span:
    """A passage: the characters of a page from ``start`` to ``end``, which is excluded."""

    page: int
    start: int
    end: int


def split(pages: Iterable[PageText], *, size: int = SIZE, overlap: int = OVERLAP) -> Iterator[Span]:
    """Cut each page into passages of at most ``size`` words, each repeating about ``overlap`` of the one before.

    A passage never crosses a page, so each has one page to cite. Every word of every page is in at least one passage.
    A passage ends with a line where one ends in its last third, best with a sentence's. Time and memory are linear in
    the text.

    Args:
        pages: Pages in any order.
        size: Longest passage, in words as ``words.WORD`` counts them; 120 words are about 160 tokens of English, well
            within the 256 that the built-in embeddings read.
        overlap: Words shared by neighbours, ``0 <= overlap <= size // 2``.

    Raises:
        ValueError: ``overlap`` is out of bounds.
    """
    if not 0 <= overlap <= size // 2:
        raise ValueError(f"overlap must be from 0 to {size // 2}")
    for page in pages:
        words = [found.span() for found in WORD.finditer(page.text)]
        yield from (
            Span(page.number, words[first][0], words[last - 1][1])
            for first, last in _cuts(page.text, words, size, overlap)
        )


def _cuts(text: str, words: Sequence[tuple[int, int]], size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Pairs of word numbers, the second excluded."""
    first = 0
    while first < len(words):
        last = min(first + size, len(words))
        if last < len(words):
            last = _best_end(text, words, last - size // 3, last)
        yield first, last
        if last == len(words):
            return
        first = max(_line_start(text, words, last - overlap, last), first + 1)


def _best_end(text: str, words: Sequence[tuple[int, int]], low: int, high: int) -> int:
    """Where to end: best at a line that ends a sentence, then at a sentence, then at a line, else as late as may be."""
    best, worth = high, 0
    for last in range(high, low, -1):
        ends = 2 * bool(_END.search(text[words[last - 1][0] : words[last - 1][1]])) + _breaks(text, words, last)
        if ends > worth:
            best, worth = last, ends
    return best


def _line_start(text: str, words: Sequence[tuple[int, int]], low: int, high: int) -> int:
    """The first word at or after ``low`` that begins a line, else ``low``."""
    return next((number for number in range(low, high) if number and _breaks(text, words, number)), low)


def _breaks(text: str, words: Sequence[tuple[int, int]], number: int) -> bool:
    """Whether a line ends between the word before ``number`` and that one."""
    return "\n" in text[words[number - 1][1] : words[number][0]]
