"""Texts in one plain form, so that a quote is found whatever the file made of its letters; with a map back.

Letters in one form (NFKC) and case, quotation marks and dashes of one kind, white space as one blank or none, hyphens
that broke a word at a line's end marked. A digit stays the digit it is: a raised or lowered one is told from a plain
one, a blank between digits stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from components.letters import in_form

BROKEN = "\x01"  # a hyphen at a line's end: it may belong to the word or not
_SINGLE = "\u2018\u2019\u201a\u201b\u2032`\u00b4\u02bc"
_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u301d\u301e"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d\u2043"
_FOLDED = {
    **dict.fromkeys(_SINGLE, "'"),
    **dict.fromkeys(_DOUBLE, '"'),
    **dict.fromkeys(_DASHES, "-"),
    "\u00ad": "",
    "\u200b": "",
    "\u2060": "",
    "\ufeff": "",
    "\u2044": "/",
    "\u2026": "...",
}
_PIECE = re.compile(
    r"(?P<broken>(?<=[^\W\d_])[-\u2010\u00ad]\s*\n\s*(?=[^\W\d_]))"
    r"|(?P<blank>\s+)"
    r"|(?P<plain>(?:[!-,.-_a-~]|-(?!\s*\n))+(?![\u0300-\u036f]))"
    r"|(?P<other>.[\u0300-\u036f]*)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Folded:
    """A text's plain form; ``starts[n]`` and ``ends[n]`` bound what its character ``n`` was in the raw text."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw span of a span of the plain text that is not empty."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=256)
def folded_page(text: str) -> Folded:
    """The plain form of a page, which is asked for again and again."""
    return fold(text)


def fold(text: str) -> Folded:
    """The plain form of a text; linear in its length."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece, start, end in _pieces(text):
        letters.extend(piece)
        one_each = len(piece) == end - start
        starts.extend(range(start, end) if one_each else [start] * len(piece))
        ends.extend(range(start + 1, end + 1) if one_each else [end] * len(piece))
    kept = [n for n, letter in enumerate(letters) if letter != " " or _counts(letters, n)]
    return Folded("".join(letters[n] for n in kept), tuple(starts[n] for n in kept), tuple(ends[n] for n in kept))


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    for found in _PIECE.finditer(text):
        start, end = found.span()
        if found.lastgroup == "plain":
            yield found[0].lower(), start, end
        elif found.lastgroup == "blank":
            yield " ", start, end
        elif found.lastgroup == "broken":
            yield BROKEN, start, end
        elif folded := _other(found[0]):
            yield folded, start, end


def _other(letters: str) -> str:
    """What lies outside of ASCII: one form of each letter; raised digits and fractions stay apart from plain digits."""
    if letters in _FOLDED:
        return _FOLDED[letters]
    kind = unicodedata.decomposition(letters[0])
    plain = in_form("NFKC", letters)
    if kind.startswith(("<super>", "<sub>")) and plain.isdigit():
        return "^" + plain
    if kind.startswith("<fraction>"):
        return " " + plain.replace("\u2044", "/")
    return "".join(_FOLDED.get(letter, letter) for letter in plain).casefold()


def _counts(letters: list[str], place: int) -> bool:
    """Whether a blank says anything: between two words or digits, and where it keeps a number apart from its signs."""
    before = letters[place - 1] if place else ""
    after = letters[place + 1] if place + 1 < len(letters) else ""
    if not before or not after or before == " ":
        return False
    if before.isalnum() and after.isalnum():
        return True
    if after in "-+" and letters[place + 2 : place + 3] and letters[place + 2].isdigit():
        return True
    return (before.isdigit() and after in ".,/^") or (after.isdigit() and before in ".,-+/")
