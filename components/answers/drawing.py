"""A chart as Vega-Lite, its numbers inside: colours, grid and type come from the screen's theme.

Columns are renamed ``x``, ``y``, ``series`` and ``x_words`` inside the chart, so no name of a column can be read as a
path or an expression. Times are drawn as they are stored (UTC): no reader's clock moves a month into the one before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from components.answers.cells import Cell, Rows, number
from components.answers.numerals import capital, spoken_name, spoken_numbers, spoken_text, spoken_times, whole_text
from components.marks import ENGLISH, Marks

BAR = 30  # pixels of height for each bar, its gap included
DIGIT = 7.5  # pixels of each character of the number behind a bar
MOST_ROOM = 0.6  # of the width, for a number; the rest is the bars
HEIGHT = 240
POINTS = 60  # marks up to which each point of a line is drawn
Spec = dict[str, Any]
Drawn = Sequence[Mapping[str, Any]]  # the marks' values, as they stand in the chart


def draw(rows: Rows, chart: Mapping[str, Any], *, ink: str, marks: Marks = ENGLISH) -> Spec:
    """The chart that was chosen for some rows.

    Args:
        chart: From ``choose_chart``, of kind ``bars``, ``line`` or ``scatter``.
        ink: Colour of words in the chart: a theme does not reach them.
        marks: With which numbers are written.
    """
    encoding = chart["encoding"]
    values = _values(rows, encoding, marks)
    spec = {"bars": _bars, "line": _line, "scatter": _scatter}[chart["kind"]](rows, encoding, ink, values)
    return {"data": {"values": values}, "config": {"locale": marks.for_charts()}, **spec}


def described(rows: Rows, chart: Mapping[str, Any], marks: Marks = ENGLISH) -> str:
    """The chart in words, for who does not see it."""
    x, y = (spoken_name(chart["encoding"][channel]["field"]) for channel in ("x", "y"))
    count = marks.write(f"{len(rows.rows):,}")
    return f"{capital(chart['kind'])}: {x} and {y} of {count} rows; the same numbers are in the next tab."


def _values(rows: Rows, encoding: Mapping[str, Any], marks: Marks) -> list[dict[str, Any]]:
    columns = {channel: _column(rows, place["field"]) for channel, place in encoding.items()}
    drawn = {channel: [_drawn(cell, encoding[channel]["type"]) for cell in cells] for channel, cells in columns.items()}
    for channel in ("x", "y"):
        drawn[f"{channel}_words"] = _words(columns[channel], encoding[channel]["type"], marks)
    names = ["series" if name == "color" else name for name in drawn]
    return [dict(zip(names, values, strict=True)) for values in zip(*drawn.values(), strict=True)]


def _column(rows: Rows, name: str) -> list[Cell]:
    return rows.column(next(n for n, column in enumerate(rows.columns) if column.name == name))


def _drawn(cell: Cell, type_: str) -> Any:
    if cell is None:
        return None
    if type_ == "quantitative":
        exact = number(cell)
        return None if exact is None else float(exact)
    if type_ == "temporal":
        return _instant(str(cell))
    return whole_text(cell)  # not cut: two long names with one beginning are two marks


def _instant(text: str) -> str:
    """A stored time as the browser reads it: as UTC, unless it names its own zone."""
    text = text.replace(" ", "T")
    zoned = "T" not in text or re.search(r"([+-]\d\d:?\d\d|Z)$", text)
    return text if zoned else text + "Z"


def _words(cells: list[Cell], type_: str, marks: Marks) -> list[str]:
    if type_ == "temporal":
        return spoken_times(cells)
    if type_ == "quantitative":
        return [marks.write(text) for text in spoken_numbers(cells)]
    return [spoken_text(cell) for cell in cells]


def _title(place: Mapping[str, Any]) -> str:
    return capital(spoken_name(place["field"]))


def _tips(encoding: Mapping[str, Any]) -> list[Spec]:
    tips = [{"field": f"{channel}_words", "type": "nominal", "title": _title(encoding[channel])} for channel in "xy"]
    if "color" in encoding:
        tips.append({"field": "series", "type": "nominal", "title": _title(encoding["color"])})
    return tips


def _bars(rows: Rows, encoding: Mapping[str, Any], ink: str, values: Drawn) -> Spec:
    """Sorted bars, each with its number at the end, so that the axis can go."""
    sizes = [value["x"] for value in values if value["x"] is not None]
    low, high = min(0.0, *sizes), max(0.0, *sizes)
    scale: Spec = {"domain": [low, high] if high > low else [0, 1], "nice": False}
    if high > low:
        scale["domainMax"] = {"expr": _room(values, low, high)}
    names = {"title": None, "ticks": False, "domain": False, "labelLimit": 160}
    bars = {"mark": {"type": "bar", "cornerRadiusEnd": 2, "size": 18}}
    words = {  # those of bars to the left stand at the zero
        "transform": [{"calculate": "max(0, datum.x)", "as": "end"}],
        "mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 500, "color": ink},
        "encoding": {"text": {"field": "x_words", "type": "nominal"}, "x": {"field": "end", "type": "quantitative"}},
    }
    return {
        "height": BAR * len(rows.rows) + 20,
        "encoding": {
            "y": {"field": "y", "type": "nominal", "sort": _largest_first(rows, encoding), "axis": names},
            "x": {"field": "x", "type": "quantitative", "axis": None, "scale": scale},
            "tooltip": _tips(encoding),
        },
        "layer": [bars, words],
    }


def _room(values: Drawn, low: float, high: float) -> str:
    """Where the axis ends: so far behind the longest bar that a number fits there, however wide the chart is."""
    longest = max(len(value["x_words"]) for value in values)
    share = f"min({MOST_ROOM}, {longest * DIGIT + 12} / max(width, 1))"
    return f"({high!r} - {low!r} * {share}) / (1 - {share})"


def _largest_first(rows: Rows, encoding: Mapping[str, Any]) -> list[str]:
    """The names of the bars, written out: two layers cannot both sort by their numbers."""
    sizes = [number(cell) for cell in _column(rows, encoding["x"]["field"])]
    pairs = zip(sizes, _column(rows, encoding["y"]["field"]), strict=True)
    ordered = sorted(pairs, key=lambda pair: (pair[0] is None, -(pair[0] or 0)))
    return [whole_text(name) for _, name in ordered]


def _line(rows: Rows, encoding: Mapping[str, Any], ink: str, values: Drawn) -> Spec:
    timely = encoding["x"]["type"] == "temporal"
    x: Spec = {"field": "x", "axis": {"title": None, "grid": False, "labelAngle": 0, "labelOverlap": True}}
    x |= (
        {"type": "temporal", "scale": {"type": "utc"}}
        if timely
        else {"type": "ordinal", "sort": _order(rows, encoding)}
    )
    channels: Spec = {"x": x, "y": _measure("y", encoding["y"], zero=True), "tooltip": _tips(encoding)}
    if "color" in encoding:
        channels["color"] = {"field": "series", "type": "nominal", "title": _title(encoding["color"])}
    point = len(rows.rows) <= POINTS
    return {"height": HEIGHT, "mark": {"type": "line", "strokeWidth": 2, "point": point}, "encoding": channels}


def _order(rows: Rows, encoding: Mapping[str, Any]) -> list[str]:
    """Years, months and hours in the order of their numbers, not of their digits."""
    cells = {cell for cell in _column(rows, encoding["x"]["field"]) if cell is not None}
    return [whole_text(cell) for cell in sorted(cells, key=lambda cell: number(cell) or 0)]


def _scatter(rows: Rows, encoding: Mapping[str, Any], ink: str, values: Drawn) -> Spec:
    axes = {channel: _measure(channel, encoding[channel], zero=False) for channel in "xy"}
    return {
        "height": HEIGHT,
        "mark": {"type": "circle", "size": 40, "opacity": 0.6},
        "encoding": {**axes, "tooltip": _tips(encoding)},
    }


def _measure(channel: str, place: Mapping[str, Any], *, zero: bool) -> Spec:
    axis = {"title": _title(place), "format": "~s", "tickCount": 5}
    return {"field": channel, "type": "quantitative", "scale": {"zero": zero}, "axis": axis}
