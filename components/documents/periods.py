"""Years, quarters and months in a text, as signs that can be compared: ``2022``, ``2022q3``, ``2022-06``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_NEAR = 24  # characters between a quarter or a month and its year

_YEAR = re.compile(
    r"(?<![\d.,$])((?:19|20)\d\d)(?!\d|,\d)|\b[fc]y\s?'?(\d\d)\b|(?:(?<=q[1-4])|(?<=[1-4]q))[\s-]?'?(\d\d)\b"
)
_QUARTER = re.compile(
    r"(?<![a-z\d])q([1-4])(?!\d)|\b([1-4])q(?![a-z])|\b(" + "|".join(_NUMBERS) + r")[\s-](?:fiscal\s)?quarter"
)
_MONTH = re.compile(r"\b(" + "|".join(_MONTHS) + r")(?:[a-z]{1,6})?\.?\s")
_NUMERIC = re.compile(r"\b((?:19|20)\d\d)[-/](0[1-9]|1[0-2])\b")
_LATEST = re.compile(r"\b(latest|most recent(?:ly)?|newest|current(?:ly)?)\b")


def periods_of(text: str) -> Counter[str]:
    """How often a text names which year, quarter and month; a quarter or a month takes the year that stands nearest.

    Where a text names one year alone, that is the year of everything in it.
    """
    text = text.lower()
    years = [(found.start(), _year(found)) for found in _YEAR.finditer(text)]
    signs = Counter(str(year) for _, year in years)
    alone = len(signs) == 1
    for found in _QUARTER.finditer(text):
        if year := _nearest(years, found.start(), found.end(), alone):
            signs[f"{year}q{_quarter(found)}"] += 1
    for found in _MONTH.finditer(text):
        if year := _nearest(years, found.start(), found.end(), alone=False):
            signs[f"{year}-{_MONTHS.index(found[1]) + 1:02d}"] += 1
    signs.update(f"{year}-{month}" for year, month in _NUMERIC.findall(text))
    return signs


def wants_latest(question: str) -> bool:
    """Whether a question asks for what is newest."""
    return bool(_LATEST.search(question.lower()))


def words_of_period(question: str) -> set[str]:
    """The words, small, by which a question names a period."""
    found = (match[0] for pattern in (_YEAR, _QUARTER, _MONTH, _LATEST) for match in pattern.finditer(question.lower()))
    return {word for words in found for word in words.split()}


def latest_of(periods: Mapping[str, float]) -> str:
    """The latest of the surest periods as text that sorts by time, ``2022-09`` for a third quarter; empty for none."""
    most = max(periods.values(), default=0.0)
    return max((_sortable(sign) for sign, weight in periods.items() if weight >= most / 2), default="")


def _sortable(sign: str) -> str:
    year, quarter, number = sign.partition("q")
    return f"{year}-{int(number) * 3:02d}" if quarter else sign


def _nearest(years: Sequence[tuple[int, int]], start: int, end: int, alone: bool) -> int | None:
    """The year nearest to a place; None where none is near, and several are far."""
    gaps = [(min(abs(place - end), abs(start - place - 4)), year) for place, year in years]
    gap, year = min(gaps, default=(0, 0))
    return year if gaps and (alone or gap <= _NEAR) else None


def _year(found: re.Match[str]) -> int:
    short = found[2] or found[3]
    return 2000 + int(short) if short else int(found[1])


def _quarter(found: re.Match[str]) -> int:
    return int(found[1] or found[2] or _NUMBERS[found[3]])
