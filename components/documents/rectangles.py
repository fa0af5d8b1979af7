"""Rectangles on a page: which stand in one line, and what is around two of them."""

from __future__ import annotations

Rect = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's own points."""


def has_area(rect: Rect) -> bool:
    """Whether anything can be seen of it."""
    return rect[2] > rect[0] and rect[3] > rect[1]


def beside(one: Rect, other: Rect) -> bool:
    """Whether two rectangles share half of the smaller one's height or width: one line, level or upright."""
    return _shared(one[1], one[3], other[1], other[3]) >= 0.5 or _shared(one[0], one[2], other[0], other[2]) >= 0.5


def around(one: Rect, other: Rect) -> Rect:
    """The smallest rectangle that holds both."""
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _shared(low: float, high: float, other_low: float, other_high: float) -> float:
    return (min(high, other_high) - max(low, other_low)) / min(high - low, other_high - other_low)
