"""Cutting a page's text into what can be quoted: sentences, rows of tables, headings."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 420  # characters; a longer sentence is cut at its lines
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_NUMBER = re.compile(r"^[($\u20ac\u00a3\u2014-]*\d[\d.,]*(?<!,)[%)]*$|^[\u2014$%\u20ac\u00a3-]$")
_END = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)]*\s+(?=[\"'\u201c(]?[A-Z0-9\u00c0-\u00de])|(?<=[\u3002\uff01\uff1f])")
_SHORT = re.compile(r"(?:\b[A-Z]|\b(?:Inc|Corp|Ltd|Co|No|Nos|Mr|Mrs|Ms|Dr|St|vs|e\.g|i\.e|approx|Fig|Sec|Art|U\.S))\.$")
_HEADING = 9  # words of a line that may stand alone


def units(text: str) -> list[tuple[int, int]]:
    """Start and end (excluded) of every sentence, row and heading of a page, in its order; linear in the text."""
    found: list[tuple[int, int]] = []
    prose: list[tuple[int, int]] = []
    for start, end in _lines(text):
        if _is_row(text[start:end]) or (_is_heading(text[start:end]) and _ends(text, prose)):
            found += _sentences(text, prose)
            found.append((start, end))
            prose = []
        else:
            prose.append((start, end))
    return found + _sentences(text, prose)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    for line in _LINE.finditer(text):
        inside = line[0]
        left = len(inside) - len(inside.lstrip())
        yield line.start() + left, line.start() + len(inside.rstrip())


def _is_row(line: str) -> bool:
    """A row of a table: it ends with two numbers or more, which make up a quarter of it. A date at a line's end, with
    its comma, is none."""
    words = line.split()
    numbers = [bool(_NUMBER.match(word)) for word in words]
    return len(words) > 2 and all(numbers[-2:]) and sum(numbers) * 4 >= len(words)


def _is_heading(line: str) -> bool:
    return len(line.split()) <= _HEADING and line[:1].isupper() and line[-1:] not in ".,;-"


def _ends(text: str, prose: list[tuple[int, int]]) -> bool:
    """Whether nothing is left open before a line, so that it can stand alone."""
    return not prose or text[prose[-1][1] - 1] in ".!?:\u201d"


def _sentences(text: str, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if not lines:
        return []
    start, end = lines[0][0], lines[-1][1]
    made = []
    for gap in _END.finditer(text, start, end):
        if not _SHORT.search(text, max(start, gap.start() - 8), gap.start()):
            made.append((start, gap.start() + len(gap[0].rstrip())))
            start = gap.end()
    made.append((start, end))
    return [piece for one in made for piece in _short_enough(text, *one)]


def _short_enough(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST:
        cut = max(text.rfind("\n", start, start + LONGEST), text.rfind(" ", start, start + LONGEST))
        cut = cut if cut > start else start + LONGEST
        yield start, cut
        start = cut + (text[cut].isspace() if cut < end else 0)
    if text[start:end].strip():
        yield start, end
