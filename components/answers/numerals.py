"""Numbers, times and names as a sentence says them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

from components.answers.cells import Cell, number

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_AGGREGATE = re.compile(r"(sum|avg|mean|min|max|median|count)\((.*)\)", re.IGNORECASE)
_SPOKEN = {
    "sum": "sum of {}",
    "avg": "average {}",
    "mean": "average {}",
    "min": "least {}",
    "max": "greatest {}",
    "median": "median {}",
    "count": "count of {}",
}
_LONG = 60
_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)  # the largest double has 309 digits, a column's decimal 38


def digits_of(value: Decimal) -> int:
    """Places after the point that a sentence shows: none for whole numbers, two from 1 on, else three digits that
    count."""
    if value == value.to_integral_value():
        return 0
    if abs(value) >= 1:
        return 2
    return min(12, 2 - value.adjusted())


def spoken_number(value: Cell, *, grouped: bool = True) -> str:
    """A number rounded half up to the digits that a sentence shows, with commas between thousands."""
    read = number(value)
    if read is None:
        return "none" if value is None else str(value)
    places = digits_of(read)
    rounded = _rounded(read, places) if places else read
    text = f"{rounded:,f}" if grouped else f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), context=_WIDE)


def spoken_numbers(values: Sequence[Cell]) -> list[str]:
    """Numbers that stand below each other, such as at the bars of a chart: where one from 1 on has a fraction, all from
    1 on have two places."""
    exact = [number(value) for value in values]
    even = any(one is not None and abs(one) >= 1 and digits_of(one) for one in exact)
    return [
        f"{_rounded(one, 2):,f}" if even and one is not None and abs(one) >= 1 else spoken_number(value)
        for one, value in zip(exact, values, strict=True)
    ]


def spoken_times(values: Sequence[Cell]) -> list[str]:
    """Times without what all of them share: only the day, where none has an hour; only the month, where all are firsts
    of one."""
    texts = ["" if value is None else str(value) for value in values]
    if all(text.endswith(" 00:00:00") for text in texts if text):
        texts = [text.removesuffix(" 00:00:00") for text in texts]
    firsts = len(texts) > 1 and all(re.fullmatch(r"\d{4}-\d{2}-01", text) for text in texts if text)
    if firsts or all(re.fullmatch(r"\d{4}-\d{2}", text) for text in texts if text):
        return [_month(text) for text in texts]
    return [text or "none" for text in texts]


def _month(text: str) -> str:
    return f"{_MONTHS[int(text[5:7]) - 1]} {text[:4]}" if text and 1 <= int(text[5:7]) <= 12 else text or "none"


def spoken_text(value: Cell) -> str:
    """A label of at most sixty characters."""
    text = whole_text(value)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def whole_text(value: Cell) -> str:
    """A label on one line; in quotation marks where spaces stand at its ends, so that it is not taken for another."""
    text = "none" if value is None else re.sub(r"\s+", " ", str(value))
    return text if text and text == text.strip() else f"“{text}”"


def spoken_name(name: str) -> str:
    """A column's name in words: ``sum(net_amount)`` is "sum of net amount", ``count_star()`` "number of rows"."""
    if name.lower() in ("count_star()", "count(*)", "count(1)"):
        return "number of rows"
    found = _AGGREGATE.fullmatch(name.strip())
    if found:
        inside = re.sub(r"^distinct\s+", "different ", found[2].strip().strip('"'), flags=re.IGNORECASE)
        return _SPOKEN[found[1].lower()].format(spoken_name(inside))
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
    return " ".join(words.split()) or name


def capital(text: str) -> str:
    """The first letter large."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(parts) if len(parts) < 3 else ", ".join(parts[:-1]) + " and " + parts[-1]
