"""The explorer's charts: saved for each user and dataset, found again in any tab, opened over newer versions too."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from components.errors import AccessError, QueryRefusedError
from components.tables.charts import ChartError, empty_chart, list_field, to_explorer

if TYPE_CHECKING:
    from components.store import Store
    from components.tables.explorer.explored import Explored

MOST_CHARTS = 200
LARGEST_PICTURE = 2_000_000  # characters of its data address
LISTS = ("dimensions", "measures")

Spec = dict[str, Any]


def read_charts(store: Store, explored: Explored) -> list[Spec]:
    """The charts that open: those that were saved, or the answer's own, or an empty one that fills its frame."""
    from components.store import charts

    if explored.dataset_id is None:
        return [_of_answer(explored)]
    saved = charts.charts(store, explored.user_id, explored.dataset_id)
    if saved is None or not saved.specs:
        return [empty_chart(explored.columns)]
    return [over_columns(spec, explored.columns) for spec in saved.specs]


def write_charts(store: Store, explored: Explored, body: Mapping[str, Any]) -> None:
    """Save all charts of the list, in place of those before.

    Raises:
        AccessError: The dataset is gone, or these are an answer's rows.
        QueryRefusedError: What came is no list of charts, or too many.
    """
    from components.store import charts

    if explored.dataset_id is None:
        raise AccessError(
            "An answer's rows are for looking: their charts are not saved.",
            kept="The answer and its own chart are kept.",
            todo="Open the table itself to keep a chart.",
        )
    specs, workflows = body.get("visSpec"), body.get("workflowList")
    if not isinstance(specs, list) or not all(isinstance(spec, dict) for spec in specs) or len(specs) > MOST_CHARTS:
        raise QueryRefusedError(f"These are no charts, or more than {MOST_CHARTS}.", todo="Remove some, then save.")
    picture = picture_in(body.get("chartData"))
    workflows = workflows if isinstance(workflows, list) else []
    charts.save_charts(store, explored.user_id, explored.dataset_id, specs, workflows, picture)


def chart_names(specs: list[Spec]) -> list[str]:
    """The charts' names, in the order of their tabs."""
    return [str(spec.get("name") or f"Chart {number}") for number, spec in enumerate(specs, 1)]


def over_columns(spec: Spec, columns: Mapping[str, str]) -> Spec:
    """An old chart over the columns of now: new ones join its lists, lost ones leave them unless a shelf uses them.

    The front end repeats every column in each chart, and would show the columns of the day on which it was saved.
    """
    shelves = spec.get("encodings")
    if not isinstance(shelves, dict) or not all(isinstance(shelves.get(name), list) for name in LISTS):
        return spec
    spec = copy.deepcopy(spec)
    shelves = spec["encodings"]
    used = _on(shelves, [shelf for shelf in shelves if shelf not in LISTS])
    for name in LISTS:
        shelves[name] = [field for field in shelves[name] if _stays(field, columns, used)]
    listed = _on(shelves, LISTS)
    for column in [column for column in columns if column not in listed]:
        field = list_field(column, columns[column])
        shelves["measures" if field["analyticType"] == "measure" else "dimensions"].append(field)
    return spec


def _on(shelves: Mapping[str, list[Any]], names: Iterable[str]) -> set[Any]:
    """The columns that lie on some shelves."""
    return {field.get("fid") for name in names for field in shelves[name]}


def _stays(field: Mapping[str, Any], columns: Mapping[str, str], used: set[Any]) -> bool:
    return bool(field.get("computed")) or field.get("fid") in columns or field.get("fid") in used


def _of_answer(explored: Explored) -> Spec:
    try:
        return to_explorer(explored.chart, explored.columns, name="Answer")
    except ChartError:  # a single number or a table has no marks to open
        return empty_chart(explored.columns, name="Answer")


def picture_in(chart: Any) -> str | None:
    """The picture of the current chart as a data address, where the front end sent one that is not too large."""
    text = chart if isinstance(chart, str) else json.dumps(chart) if chart else ""
    start = text.find("data:image/")
    if start < 0:
        return None
    picture = text[start : start + LARGEST_PICTURE].split('"')[0]
    return picture if len(picture) < LARGEST_PICTURE else None
