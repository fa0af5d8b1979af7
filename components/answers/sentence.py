"""Words about a result, from a template: every number is copied from a cell, or is a formula over cells that it names.

A sentence is a list of paragraphs, a paragraph a list of spans. A span is ``{"text"}`` alone, or a number:

    {"text": "1,284,310.4", "kind": "number", "cell": {"row": 0, "column": "revenue"}, "exact": "1284310.40",
     "digits": 2, "row": "Kitchen"}

or, for a number that is in no cell, ``"formula"`` in place of ``"cell"``. Labels carry their cell too, so that a number
and the name it is said of can be seen to stand in one row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from components.answers.cells import Cell, Rows, exact, number
from components.answers.numerals import (
    capital,
    digits_of,
    spoken_name,
    spoken_number,
    spoken_text,
    spoken_times,
)

Span = dict[str, Any]
_LISTED = 5  # rows that are named one by one
_TIED = 3  # rows with one value that are named, before they are counted
_FIELDS = 6  # fields of a single row that are said


def sentence(rows: Rows) -> list[list[Span]]:
    """Say what a result holds, in one or two short sentences; never anything that is not in it."""
    if not rows.rows:
        return [[_say("No rows match.")]]
    if len(rows.rows) == 1:
        return [_one_row(rows)]
    measure = _measure(rows)
    told = _labels_only(rows) if measure is None else _extremes(rows, measure)
    return [told]


def _say(text: str) -> Span:
    return {"text": text}


def _number(rows: Rows, row: int, place: int) -> Span:
    value = rows.rows[row][place]
    shown = rows.columns[place]
    read = number(value)
    if read is None:
        return {"text": spoken_text(value), "kind": "label", "cell": {"row": row, "column": shown.name}}
    return {
        "text": spoken_number(value, grouped=shown.kind == "number"),
        "kind": "number",
        "cell": {"row": row, "column": shown.name},
        "exact": exact(value),
        "digits": digits_of(read),
        "grouped": shown.kind == "number",
        "row": _label(rows, row),
    }


def _count(rows: Rows, count: int, formula: str) -> Span:
    text = f"{count:,}"
    return {"text": text, "kind": "number", "formula": formula, "exact": str(count), "digits": 0, "grouped": True}


def _label_places(rows: Rows) -> list[int]:
    return [place for place, column in enumerate(rows.columns) if column.kind != "number"]


def _label(rows: Rows, row: int) -> str:
    return ", ".join(_label_texts(rows, row)) or f"{row + 1}"


def _label_texts(rows: Rows, row: int) -> list[str]:
    return [_label_text(rows, row, place) for place in _label_places(rows)[:3]]


def _label_text(rows: Rows, row: int, place: int) -> str:
    if rows.columns[place].kind == "time":
        return spoken_times(rows.column(place))[row]
    return spoken_text(rows.rows[row][place])


def _label_spans(rows: Rows, row: int) -> list[Span]:
    places = _label_places(rows)[:3]
    if not places:
        return [_say(f"row {row + 1:,}")]
    spans: list[Span] = []
    for place in places:
        cell = {"row": row, "column": rows.columns[place].name}
        spans += [_say(", "), {"text": _label_text(rows, row, place), "kind": "label", "cell": cell}]
    return spans[1:]


def _one_row(rows: Rows) -> list[Span]:
    spans: list[Span] = []
    for place, column in enumerate(rows.columns[:_FIELDS]):
        name = spoken_name(column.name)
        spans += [_say(f"{name if spans else capital(name)}: "), _field(rows, place), _say("; ")]
    end = f" and {len(rows.columns) - _FIELDS} more columns." if len(rows.columns) > _FIELDS else "."
    return [*spans[:-1], _say(end)]


def _field(rows: Rows, place: int) -> Span:
    if rows.columns[place].kind in ("number", "ordinal"):
        return _number(rows, 0, place)
    return {
        "text": _label_text(rows, 0, place),
        "kind": "label",
        "cell": {"row": 0, "column": rows.columns[place].name},
    }


def _measure(rows: Rows) -> int | None:
    """The column to speak of: the one by which the rows are ordered, else the first number."""
    numbers = [place for place, column in enumerate(rows.columns) if column.kind == "number" and _full(rows, place)]
    ordered = [place for place in numbers if _is_sorted([number(value) for value in rows.column(place)])]
    return next(iter(ordered or numbers), None)


def _full(rows: Rows, place: int) -> bool:
    return any(number(value) is not None for value in rows.column(place))


def _is_sorted(values: Sequence[Decimal | None]) -> bool:
    known = [value for value in values if value is not None]
    return len(set(known)) > 1 and (known == sorted(known) or known == sorted(known, reverse=True))


def _extremes(rows: Rows, place: int) -> list[Span]:
    known = {n: value for n, cell in enumerate(rows.column(place)) if (value := number(cell)) is not None}
    high, low = max(known.values()), min(known.values())
    name = spoken_name(rows.columns[place].name)
    opening = _opening(rows)
    if high == low and len(known) == len(rows.rows):
        first = next(iter(known))
        return [*opening, _say(f"{capital(name)} is "), _number(rows, first, place), _say(" in each.")]
    tops = [n for n, value in known.items() if value == high]
    bottoms = [n for n, value in known.items() if value == low]
    spans = [*opening, _say(f"{capital(name)} is highest for "), *_who(rows, tops, place)]
    if high != low:
        spans += [_say(", lowest for "), *_who(rows, bottoms, place)]
    return [*spans, _say("."), *_without(rows, len(rows.rows) - len(known), name)]


def _opening(rows: Rows) -> list[Span]:
    count = len(rows.rows)
    if rows.truncated:
        return [_say("The first "), _count(rows, count, "count of the rows fetched"), _say(" rows, there are more. ")]
    return [_count(rows, count, "count of the rows"), _say(" rows. ")]


def _who(rows: Rows, tied: Sequence[int], place: int) -> list[Span]:
    """Whom a value belongs to, all of them: a few by name, more by their number."""
    if len(tied) > _TIED:
        count = _count(rows, len(tied), f"count of the rows with this {rows.columns[place].name}")
        return [count, _say(" rows with "), _number(rows, tied[0], place)]
    spans: list[Span] = []
    for position, row in enumerate(tied):
        if position:
            spans.append(_say(" and " if position == len(tied) - 1 else ", "))
        spans += _label_spans(rows, row)
    return [*spans, _say(" ("), _number(rows, tied[0], place), _say(")")]


def _without(rows: Rows, missing: int, name: str) -> list[Span]:
    if not missing:
        return []
    return [
        _say(" "),
        _count(rows, missing, "count of the empty cells"),
        _say(f" row{' has' if missing == 1 else 's have'} no {name}."),
    ]


def _labels_only(rows: Rows) -> list[Span]:
    spans = _opening(rows)
    shown = range(min(len(rows.rows), _LISTED))
    spans = [*spans[:-1], _say(spans[-1]["text"].rstrip(" .") + (": " if len(shown) == len(rows.rows) else "; first "))]
    for row in shown:
        spans += [*_label_spans(rows, row), _say("; " if len(_label_places(rows)) > 1 else ", ")]
    return [*spans[:-1], _say(".")]


def checked(paragraphs: Sequence[Sequence[Span]], rows: Rows) -> tuple[int, int]:
    """Look up every number of a sentence in the rows anew: how many were found, of how many.

    A number with a cell must be that cell, rounded as it is shown; one with a formula must be what the formula gives.
    """
    numbers = [span for paragraph in paragraphs for span in paragraph if span.get("kind") == "number"]
    return sum(_found(span, rows) for span in numbers), len(numbers)


def _found(span: Mapping[str, Any], rows: Rows) -> bool:
    if "cell" not in span:
        return _formula_holds(span, rows)
    place = next((n for n, column in enumerate(rows.columns) if column.name == span["cell"]["column"]), None)
    row = span["cell"]["row"]
    if place is None or not 0 <= row < len(rows.rows):
        return False
    value: Cell = rows.rows[row][place]
    shown = spoken_number(value, grouped=bool(span["grouped"]))
    return exact(value) == str(span["exact"]) and shown == str(span["text"])


def _formula_holds(span: Mapping[str, Any], rows: Rows) -> bool:
    count = int(span["exact"])
    if span["formula"].startswith("count of the rows with this "):
        name = span["formula"].removeprefix("count of the rows with this ")
        place = next(n for n, column in enumerate(rows.columns) if column.name == name)
        return count in {rows.column(place).count(value) for value in rows.column(place)}
    if span["formula"] == "count of the empty cells":
        return any(count == _empty(rows, place) for place in range(len(rows.columns)))
    return count == len(rows.rows)


def _empty(rows: Rows, place: int) -> int:
    return sum(number(value) is None for value in rows.column(place))
