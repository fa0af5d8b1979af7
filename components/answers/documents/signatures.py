"""Who signed, and under what formula: it names the company and a date like any line, and says nothing of either."""

from __future__ import annotations

import re
from functools import lru_cache

_FORMULA = re.compile(
    r"\b(?:pursuant\s+to\s+the\s+requirements\s+of|in\s+witness\s+whereof)\b[^|]{0,500}?\b(?:signed|executed)\b",
    re.IGNORECASE,
)
_HAND = re.compile(r"^.*(?:/s/\s*\w|\b(?:By|Signed):?\s*_{3,}).*$", re.MULTILINE)
_AFTER = 300  # characters behind the last signature that still belong to it: a name, an office, a date
_ASKED = re.compile(
    r"\b(?:sign\w*|who|whom|whose|officers?|chief|ceo|cfo|executives?|presidents?|directors?|controllers?|undersigned)\b",
    re.IGNORECASE,
)


def asks_who(question: str) -> bool:
    """Whether a question may be after a person, or after who signed."""
    return _ASKED.search(question) is not None


def is_signature(page_text: str, start: int) -> bool:
    """Whether a place on a page lies in the block of its signatures, the formula before them included."""
    begin, end = _block(page_text)
    return begin <= start < end


@lru_cache(maxsize=256)
def _block(page_text: str) -> tuple[int, int]:
    """Where the block begins and ends (excluded); both 0 where there is none."""
    hands = [found.span() for found in _HAND.finditer(page_text)]
    if not hands:
        return 0, 0
    formula = _FORMULA.search(page_text, 0, hands[0][1])
    return (formula.start() if formula else hands[0][0]), hands[-1][1] + _AFTER
