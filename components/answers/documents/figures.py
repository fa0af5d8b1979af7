"""The numbers of a text, each in one plain form, so that one can be looked up in another text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_NUMBER = re.compile(r"(?<![\w.,])(?<!\d[-/])[-+\u2212\u2013]?\d[\d,\u00a0\u202f']*(?:\.\d+)?|(?<![\w.,])\.\d+")
_ORDINAL = re.compile(r"st|nd|rd|th", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Figure:
    """A number where it stands in a text; ``value`` is what it says, without its sign."""

    start: int
    end: int
    value: str


def figures(text: str) -> tuple[Figure, ...]:
    """Every number of a text. What letters stick to (``Q3``, ``10-K``, ``A4``) is a name, not a number."""
    found = []
    for match in _NUMBER.finditer(text):
        end = match.end() - (len(match[0]) - len(match[0].rstrip(",'\u00a0\u202f")))
        start = match.start() + (match[0][0] in "-+\u2212\u2013")
        value = _value(text[start:end])
        if value and not _is_name(text, end):
            found.append(Figure(start, end, value))
    return tuple(found)


def values(texts: Iterable[str]) -> frozenset[str]:
    """The values of all numbers of some texts, those in names too."""
    return frozenset(value for text in texts for value in map(_value, re.findall(r"\d[\d,]*(?:\.\d+)?", text)) if value)


def _is_name(text: str, end: int) -> bool:
    after = text[end : end + 3]
    if after[:1] == "-" and _LETTERS.match(after[1:2]):
        return True
    return bool(_LETTERS.match(after[:1])) and not _ORDINAL.match(after) and not re.match(r"[a-z%]{1,2}\b", after)


def _value(digits: str) -> str:
    """``14,965.00`` as ``14965``; empty for what is no number."""
    plain = re.sub(r"[,'\u00a0\u202f]", "", digits)
    try:
        read = Decimal(plain)
    except InvalidOperation:
        return ""
    return f"{read.normalize():f}"
