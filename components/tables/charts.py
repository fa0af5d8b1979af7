"""A chart as a declaration: a small, strict part of Vega-Lite with one view and no expressions.

The query aggregates, the chart says which column goes where. A declaration is checked against the columns that are
there, then opened in the explorer (``to_explorer``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from components.tables.kinds import kind_of

MARKS = ("bar", "line", "area", "point", "circle", "arc", "rect", "tick", "boxplot", "text", "trail", "table")
CHANNELS = {
    **{"x": "columns", "y": "rows", "color": "color", "size": "size", "opacity": "opacity", "shape": "shape"},
    **{"theta": "theta", "radius": "radius", "detail": "details", "text": "text", "column": "columns", "row": "rows"},
}
"""Vega-Lite's channels and the explorer's shelves; a facet shares the shelf of its axis and comes first there."""
ORDER = ("column", "row", "x", "y", "color", "size", "opacity", "shape", "theta", "radius", "detail", "text")
AGGREGATES = {
    **{"sum": "sum", "mean": "mean", "average": "mean", "median": "median", "min": "min", "max": "max"},
    **{"count": "count", "distinct": "distinctCount", "stdev": "stdev", "variance": "variance"},
}
TIME_UNITS = {
    **{"year": "year", "yearquarter": "quarter", "quarter": "quarter", "yearmonth": "month", "month": "month"},
    **{"yearmonthdate": "day", "yearweek": "week", "week": "week", "hours": "hour", "day": "weekday"},
}
FEATURES = frozenset({"quarter", "month", "day"})  # units that come round again, and are no points in time
SORTS = ("ascending", "descending", "x", "-x", "y", "-y")
SHELVES = (
    *("dimensions", "measures", "rows", "columns", "color", "opacity", "size", "shape", "theta", "radius"),
    *("longitude", "latitude", "geoId", "details", "filters", "text"),
)
ROW_COUNT = "gw_count_fid"

Columns = Mapping[str, str]  # name to type, in DuckDB's or Arrow's words
Chart = dict[str, Any]


class ChartError(ValueError):
    """A declaration names a column that is not there, or a mark that is none of ours."""


def normalize(spec: Mapping[str, Any], columns: Columns) -> Chart:
    """Check a declaration and write it out: columns spelled as they are, every channel with its type, no more keys.

    Raises:
        ChartError: It names the column or the mark; the words are good for a model's second try.
    """
    mark = spec.get("mark")
    mark = mark.get("type") if isinstance(mark, Mapping) else mark
    if mark not in MARKS:
        raise ChartError(f"There is no mark {mark!r}. Marks: {', '.join(MARKS)}.")
    wanted = spec.get("encoding") or {}
    encoding = {channel: _place(wanted[channel], columns) for channel in ORDER if wanted.get(channel)}
    chart: Chart = {"mark": mark, "encoding": {channel: place for channel, place in encoding.items() if place}}
    if spec.get("title"):
        chart["title"] = str(spec["title"])[:200]
    if spec.get("stack") in ("zero", "normalize", "none"):
        chart["stack"] = spec["stack"]
    return _as_pie(chart) if mark == "arc" else chart


def _place(wanted: Any, columns: Columns) -> dict[str, Any]:
    """One channel of a declaration; empty where it says nothing."""
    wanted = {"field": wanted} if isinstance(wanted, str) else wanted
    kept = {
        key: wanted[key] for key in ("field", "aggregate", "timeUnit", "bin", "sort", "title") if _says(wanted, key)
    }
    if kept.get("aggregate") not in (None, *AGGREGATES) or kept.get("timeUnit") not in (None, *TIME_UNITS):
        raise ChartError(f"There is no aggregate or time unit of this name: {kept}.")
    if kept.get("field") == "*" or kept.get("aggregate") == "count":
        return {"aggregate": "count", "type": "quantitative"} | {k: kept[k] for k in ("sort", "title") if k in kept}
    if "field" not in kept:
        return {}
    names = {name.lower(): name for name in columns}
    name = names.get(str(kept["field"]).lower())
    if name is None:
        raise ChartError(f"There is no column {kept['field']!r}. Columns: {', '.join(columns)}.")
    return _typed(kept | {"field": name}, kind_of(columns[name]), wanted.get("type"))


def _says(wanted: Mapping[str, Any], key: str) -> bool:
    return wanted.get(key) not in (None, "", "none", False)


def _typed(place: dict[str, Any], kind: str, wanted: Any) -> dict[str, Any]:
    if kind != "temporal":
        place.pop("timeUnit", None)
    if place.get("sort") not in (None, *SORTS):
        place.pop("sort")
    if "aggregate" in place:
        kind = "quantitative"
    elif "bin" in place or (kind == "quantitative" and wanted in ("ordinal", "nominal")):
        kind = "ordinal"
    return place | {"type": kind}


def _as_pie(chart: Chart) -> Chart:
    """A pie has an angle and colours; who writes x and y means them."""
    encoding = chart["encoding"]
    if "theta" not in encoding and "y" in encoding:
        encoding["theta"] = encoding.pop("y")
        if "color" not in encoding and "x" in encoding:
            encoding["color"] = encoding.pop("x")
    return chart


def _measures(place: Mapping[str, Any]) -> bool:
    return bool(place["type"] == "quantitative")


def to_explorer(spec: Mapping[str, Any], columns: Columns, *, name: str = "Chart 1") -> Chart:
    """A declaration as the explorer's own chart: every column in its lists, those of the declaration on their shelves.

    Raises:
        ChartError: As ``normalize``.
    """
    chart = normalize(spec, columns)
    encoding = chart["encoding"]
    empty = empty_chart(columns, name=chart.get("title") or name, names=_names(encoding))
    shelves = empty["encodings"]
    for channel in ORDER:
        if channel in encoding:
            field = _field(encoding[channel], columns, channel)
            if field.get("computed") and field["fid"] != ROW_COUNT:
                shelves["dimensions"].append(field | {"dragId": _id("list", field["fid"])})
            shelves[CHANNELS[channel]].append(field)
    empty["config"] |= {"geoms": [chart["mark"]], "defaultAggregated": not _is_raw(chart)}
    fallback = "zero" if chart["mark"] in ("bar", "area", "arc") else "none"
    stack = chart.get("stack", fallback)
    empty["layout"]["stack"] = {"zero": "stack", "normalize": "normalize", "none": "none"}[stack]
    return empty


def empty_chart(columns: Columns, *, name: str = "Chart 1", names: frozenset[str] = frozenset()) -> Chart:
    """A chart of the explorer with nothing on its shelves, filling its frame.

    Args:
        columns: Its lists: measures are what ``kind_of`` calls quantitative, all else are dimensions.
        name: Its tab's name.
        names: Number columns that name things (a year, an id) and are dimensions here.
    """
    shelves: dict[str, list[dict[str, Any]]] = {shelf: [] for shelf in SHELVES}
    for column, type_ in columns.items():
        field = list_field(column, type_, names_things=column in names)
        shelves["measures" if field["analyticType"] == "measure" else "dimensions"].append(field)
    shelves["measures"].append(_row_count("list"))
    return {
        "visId": _id(name, "chart"),
        "name": name,
        "encodings": shelves,
        "config": {
            **{"defaultAggregated": True, "geoms": ["auto"], "coordSystem": "generic", "limit": -1},
            "timezoneDisplayOffset": 0,
        },
        "layout": {
            **{"showActions": False, "showTableSummary": False, "stack": "stack", "interactiveScale": False},
            **{"zeroScale": True, "size": {"mode": "full", "width": 320, "height": 200}, "format": {}},
            **{"geoKey": "name", "renderer": "vega-lite"},
            "resolve": dict.fromkeys(("x", "y", "color", "opacity", "shape", "size"), False),
        },
    }


def list_field(column: str, type_: str, *, names_things: bool = False) -> dict[str, Any]:
    """A column as the explorer's lists hold it."""
    kind = kind_of(type_)
    measure = kind == "quantitative" and not names_things
    field = {"fid": column, "name": column, "basename": column, "dragId": _id("list", column), "offset": 0}
    if measure:
        return field | {"semanticType": kind, "analyticType": "measure", "aggName": "sum"}
    return field | {"semanticType": "ordinal" if kind == "quantitative" else kind, "analyticType": "dimension"}


def _field(place: Mapping[str, Any], columns: Columns, channel: str) -> dict[str, Any]:
    """What lies on a shelf for one channel."""
    if "field" not in place:
        return _row_count(channel)
    column = place["field"]
    field = list_field(column, columns[column], names_things=place["type"] == "ordinal")
    if "bin" in place:
        field = _binned(column)
    elif "timeUnit" in place:
        field = _in_time(column, place["timeUnit"])
    elif "aggregate" in place:
        field |= {"analyticType": "measure", "aggName": AGGREGATES[place["aggregate"]]}
    field["dragId"] = _id(channel, field["fid"])
    if field["analyticType"] == "dimension" and "sort" in place:
        field["sort"] = "descending" if place["sort"] in ("descending", "-x", "-y") else "ascending"
    return field


def _binned(column: str) -> dict[str, Any]:
    fid = _id("bin", column)
    params = [{"type": "field", "value": column}]
    return _computed(fid, f"bin({column})", "ordinal", {"op": "bin", "as": fid, "num": 10, "params": params})


def _in_time(column: str, unit: str) -> dict[str, Any]:
    word, feature = TIME_UNITS[unit], unit in FEATURES
    fid = _id("time", column + word)
    params = [("field", column), ("value", word), ("displayOffset", 0)]
    expression = {
        "op": "dateTimeFeature" if feature else "dateTimeDrill",
        "as": fid,
        "params": [{"type": type_, "value": value} for type_, value in params],
    }
    name = f"{word.capitalize()} [{column}]" if feature else f"{word.capitalize()} ({column})"
    return _computed(fid, name, "ordinal" if feature else "temporal", expression) | {"timeUnit": word}


def _computed(fid: str, name: str, kind: str, expression: dict[str, Any]) -> dict[str, Any]:
    field = {"fid": fid, "name": name, "basename": name, "semanticType": kind, "analyticType": "dimension"}
    return field | {"computed": True, "aggName": "sum", "expression": expression}


def _row_count(place: str) -> dict[str, Any]:
    expression = {"op": "one", "params": [], "as": ROW_COUNT}
    field = {"fid": ROW_COUNT, "name": "Row count", "semanticType": "quantitative", "analyticType": "measure"}
    drag = ROW_COUNT if place == "list" else _id(place, ROW_COUNT)
    return field | {"dragId": drag, "aggName": "sum", "computed": True, "expression": expression}


def _names(encoding: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(place["field"] for place in encoding.values() if place["type"] == "ordinal" and "bin" not in place)


def _is_raw(chart: Chart) -> bool:
    """Points over two numbers as they are, one for each row, and what a box or ticks need."""
    numbers = [p for c, p in chart["encoding"].items() if c in ("x", "y") and _measures(p)]
    enough = {"point": 2, "circle": 2, "tick": 1, "boxplot": 1}.get(chart["mark"])
    return enough is not None and len(numbers) >= enough and not any("aggregate" in place for place in numbers)


def _id(*words: str) -> str:
    return "gw_" + hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:8]
