"""What counts as a word where texts are cut and marked."""

from __future__ import annotations

import re

DENSE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\u0e00-\u0e7f"
"""Ranges of the scripts that put no spaces between words (Chinese, Japanese, Thai), for a class of a pattern."""

_LONGEST = 24  # characters; what is longer (addresses, codes) counts as several words

WORD = re.compile(f"[{DENSE}]|[^\\s{DENSE}]{{1,{_LONGEST}}}")
"""A word, or one character of a script that puts no spaces between words."""

_BEFORE = re.compile(f"[^\\s{DENSE}]{{1,60}}\\Z")
_AFTER = re.compile(f"[^\\s{DENSE}]{{1,60}}")


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The span from ``start`` to ``end`` (excluded), widened to whole words and cut to the text.

    White space at its ends is left out; where nothing else is in it, the span is empty.
    """
    start, end = max(start, 0), min(end, len(text))
    inside = text[start:end]
    if not inside.strip():
        return start, start
    start, end = start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())
    if _AFTER.match(text, start):
        before = _BEFORE.search(text[max(start - 60, 0) : start])
        start -= len(before[0]) if before else 0
    if _AFTER.match(text, end - 1):
        after = _AFTER.match(text, end)
        end += len(after[0]) if after else 0
    return start, end
