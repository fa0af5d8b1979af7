"""Which chart a result gets, by the types of its columns alone.

A chart is declarative, a small part of Vega-Lite: ``{"kind", "mark", "encoding"}``. Kinds: ``line`` (time and
numbers), ``bars`` (at most thirty names and a number, largest first), ``scatter`` (two numbers), ``number`` (one value)
and ``table``.
"""

from __future__ import annotations

from typing import Any

from components.answers.cells import Rows

BARS = 30
SERIES = 7  # lines in one chart, one for each hue
_AS_TABLE: dict[str, Any] = {"mark": "table", "encoding": {}}


def choose_chart(rows: Rows) -> dict[str, Any]:
    """Choose the chart of a result; the last resort is the table itself."""
    numbers = [n for n, column in enumerate(rows.columns) if column.kind == "number"]
    labels = [n for n in range(len(rows.columns)) if n not in numbers]
    if len(rows.rows) == 1 and len(rows.columns) == 1 and numbers:
        return {"kind": "number", "field": rows.columns[0].name, **_AS_TABLE}
    if len(rows.rows) < 2 or not numbers:
        return {"kind": "table", **_AS_TABLE}
    return _drawn(rows, labels, numbers)


def _drawn(rows: Rows, labels: list[int], numbers: list[int]) -> dict[str, Any]:
    timely = [n for n in labels if rows.columns[n].orders_time]
    if timely and _one_each(rows, labels):
        others = [n for n in labels if n != timely[0]]
        if not others:
            return _chart(rows, "line", "line", x=timely[0], y=numbers[0])
        if len(others) == 1 and len(set(rows.column(others[0]))) <= SERIES and len(set(rows.column(timely[0]))) > 1:
            return _chart(rows, "line", "line", x=timely[0], y=numbers[0], color=others[0])
    if len(labels) == 1 and not timely and len(rows.rows) <= BARS and _one_each(rows, labels):
        return _chart(rows, "bars", "bar", x=numbers[0], y=labels[0])
    if len(numbers) >= 2 and len(labels) <= 1 and len(rows.rows) > 2:
        return _chart(rows, "scatter", "point", x=numbers[0], y=numbers[1])
    return {"kind": "table", **_AS_TABLE}


def _one_each(rows: Rows, labels: list[int]) -> bool:
    """Whether each name, or each time and name, has one row: else a line would jump and a bar would hide another."""
    keys = [tuple(row[n] for n in labels) for row in rows.rows]
    return len(set(keys)) == len(keys)


def _chart(rows: Rows, kind: str, mark: str, **places: int) -> dict[str, Any]:
    encoding = {channel: _field(rows, place) for channel, place in places.items()}
    if kind == "bars":
        encoding["y"]["sort"] = "-x"
    return {"kind": kind, "mark": mark, "encoding": encoding}


def _field(rows: Rows, place: int) -> dict[str, Any]:
    column = rows.columns[place]
    types = {"number": "quantitative", "time": "temporal", "ordinal": "ordinal"}
    return {"field": column.name, "type": types.get(column.kind, "nominal")}
