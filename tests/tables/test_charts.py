"""Declared charts: checked against columns, opened in the explorer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.tables.charts import (
    MARKS,
    SHELVES,
    ChartError,
    empty_chart,
    normalize,
    to_explorer,
)
from components.tables.kinds import kind_of

COLUMNS = {"month": "TIMESTAMP", "Region": "VARCHAR", "a.b [c]": "DOUBLE", "n": "BIGINT", "year": "INTEGER"}


def encode(**places: Any) -> dict[str, Any]:
    return {"mark": "bar", "encoding": places}


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("DECIMAL(18,3)", "quantitative"),
        ("HUGEINT", "quantitative"),
        ("double", "quantitative"),
        ("decimal128(38, 0)", "quantitative"),
        ("TIMESTAMP WITH TIME ZONE", "temporal"),
        ("timestamp[us, tz=UTC]", "temporal"),
        ("date32[day]", "temporal"),
        ("DATE", "temporal"),
        ("INTERVAL", "nominal"),
        ("INTEGER[]", "nominal"),
        ("list<item: int64>", "nominal"),
        ("STRUCT(a INTEGER)", "nominal"),
        ("TIME", "nominal"),
        ("BOOLEAN", "nominal"),
        ("string", "nominal"),
        ("TIMESTAMP[]", "nominal"),
        ("time64[us]", "nominal"),
        ("uint8", "quantitative"),
        ("halffloat", "quantitative"),
        ("dictionary<values=string, indices=int8>", "nominal"),
        ("ENUM('INT', 'DATE')", "nominal"),
    ],
)
def test_a_type_is_of_one_kind_in_either_spelling(type_: str, kind: str) -> None:
    assert kind_of(type_) == kind


def test_columns_are_found_in_any_case_and_spelled_as_they_are() -> None:
    chart = normalize(encode(x="REGION", y={"field": "N", "aggregate": "sum"}), COLUMNS)
    assert chart["encoding"]["x"] == {"field": "Region", "type": "nominal"}
    assert chart["encoding"]["y"] == {"field": "n", "aggregate": "sum", "type": "quantitative"}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"mark": "pie", "encoding": {}}, "There is no mark 'pie'. Marks: bar,"),
        (encode(x="nosuch"), "There is no column 'nosuch'. Columns: month, Region,"),
        (encode(x={"field": "n", "aggregate": "evil"}), "There is no aggregate"),
        (encode(x={"field": "month", "timeUnit": "fortnight"}), "time unit"),
    ],
)
def test_a_fault_names_what_is_wrong_and_what_there_is(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(ChartError) as error:
        normalize(spec, COLUMNS)
    assert words in str(error.value)


def test_nothing_that_is_not_of_the_grammar_survives() -> None:
    spec = {
        **encode(x={"field": "n", "scale": {"range": "x"}, "condition": {"test": "alert(1)"}, "sort": "evil()"}),
        "data": {"url": "https://evil.example"},
        "transform": [{"calculate": "1"}],
        "params": [{"name": "p"}],
    }
    text = json.dumps([normalize(spec, COLUMNS), to_explorer(spec, COLUMNS)])
    assert not [word for word in ("evil", "alert", "calculate", 'params": [{"name', "range") if word in text]


def test_a_pie_written_with_x_and_y_has_an_angle_and_colours() -> None:
    chart = normalize(encode(x="Region", y={"field": "n", "aggregate": "sum"}) | {"mark": "arc"}, COLUMNS)
    assert set(chart["encoding"]) == {"theta", "color"}


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_opens_in_the_explorer(mark: str) -> None:
    chart = to_explorer(encode(x="Region", y={"field": "n", "aggregate": "mean"}) | {"mark": mark}, COLUMNS)
    assert chart["config"]["geoms"] == [mark]
    assert set(chart["encodings"]) == set(SHELVES)
    assert chart["layout"]["size"]["mode"] == "full"
    assert json.loads(json.dumps(chart)) == chart


def shelf(chart: dict[str, Any], name: str) -> list[tuple[str, str, str | None]]:
    return [(f["name"], f["analyticType"], f.get("aggName")) for f in chart["encodings"][name]]


def test_fields_lie_on_their_shelves_with_what_is_done_to_them() -> None:
    chart = to_explorer(
        encode(
            x={"field": "month", "timeUnit": "yearmonth"},
            y={"field": "a.b [c]", "aggregate": "median"},
            color={"field": "Region", "sort": "-y"},
            size={"aggregate": "count"},
            row={"field": "n", "bin": True},
        )
        | {"title": "By month"},
        COLUMNS,
    )
    assert chart["name"] == "By month"
    assert shelf(chart, "columns") == [("Month (month)", "dimension", "sum")]
    assert shelf(chart, "rows") == [("bin(n)", "dimension", "sum"), ("a.b [c]", "measure", "median")]
    assert chart["encodings"]["color"][0]["sort"] == "descending"
    assert chart["encodings"]["size"][0]["fid"] == "gw_count_fid"
    listed = {field["fid"] for name in ("dimensions", "measures") for field in chart["encodings"][name]}
    used = {f["fid"] for name in SHELVES[2:] for f in chart["encodings"][name]}
    assert used <= listed


def test_every_field_on_a_chart_has_an_id_of_its_own() -> None:
    chart = to_explorer(encode(x="Region", color="Region", y="n", size="n"), COLUMNS)
    ids = [field["dragId"] for fields in chart["encodings"].values() for field in fields]
    assert len(ids) == len(set(ids))


def test_points_over_two_numbers_are_the_rows_themselves() -> None:
    assert to_explorer(encode(x="n", y="a.b [c]") | {"mark": "point"}, COLUMNS)["config"]["defaultAggregated"] is False
    assert to_explorer(encode(x="Region", y="n"), COLUMNS)["config"]["defaultAggregated"] is True


def test_a_number_that_names_is_a_dimension() -> None:
    chart = to_explorer(encode(x={"field": "year", "type": "ordinal"}, y="n"), COLUMNS)
    assert shelf(chart, "columns") == [("year", "dimension", None)]
    assert "year" in {field["fid"] for field in chart["encodings"]["dimensions"]}


def test_an_empty_chart_lists_every_column_once() -> None:
    chart = empty_chart(COLUMNS)
    listed = [field["fid"] for name in ("dimensions", "measures") for field in chart["encodings"][name]]
    assert sorted(listed) == sorted([*COLUMNS, "gw_count_fid"])
