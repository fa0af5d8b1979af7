"""The explorer's views against pandas over the same rows, and what the kernel refuses."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from components.errors import AccessError, QueryError, QueryRefusedError, QueryStoppedError
from components.store import Store, datasets
from components.tables.engine.engines import Engines
from components.tables.explorer import kernel as kernels
from components.tables.explorer.explored import dataset_explored
from components.tables.explorer.fields import fields_of
from components.tables.explorer.kernel import Kernel, ViewError
from components.tables.explorer.translate import to_sql
from tests.tables.explorer.conftest import add_table

Row = dict[str, Any]
AGGREGATES: dict[str, Callable[[Any], Any]] = {
    "sum": lambda column: column.sum(),
    "mean": lambda column: column.mean(),
    "median": lambda column: column.median(),
    "min": lambda column: column.min(),
    "max": lambda column: column.max(),
    "count": lambda column: column.count(),
    "stdev": lambda column: column.std(),
    "variance": lambda column: column.var(),
}


@pytest.fixture
def kernel(store: Store, engines: Engines, orders: datasets.Dataset) -> Kernel:
    return Kernel(store, engines, dataset_explored(store, "ada", orders.id))


@pytest.fixture
def frame(kernel: Kernel) -> pd.DataFrame:
    return pd.DataFrame(pq.read_table(kernel.explored.file).to_pandas())


def view(kernel: Kernel, *steps: Row, **more: Any) -> list[Row]:
    """The rows of one view, through JSON as the browser gets them."""
    answer = kernel.answer("get_datas_by_payload", {"payload": {"workflow": list(steps), "limit": 50000, **more}})
    rows = json.loads(json.dumps(answer, allow_nan=False))["datas"]
    assert isinstance(rows, list)
    return rows


def aggregate(by: list[str], *measures: tuple[str, str]) -> Row:
    asked = [{"field": field, "agg": agg, "asFieldKey": f"{field}_{agg}"} for field, agg in measures]
    return {"type": "view", "query": [{"op": "aggregate", "groupBy": by, "measures": asked}]}


def raw(*fields: str) -> Row:
    return {"type": "view", "query": [{"op": "raw", "fields": list(fields)}]}


def where(field: str, **rule: Any) -> Row:
    return {"type": "filter", "filters": [{"fid": field, "rule": rule}]}


def computed(key: str, op: str, *params: tuple[str, Any], **more: Any) -> Row:
    expression = {"op": op, "as": key, "params": [{"type": t, "value": v} for t, v in params], **more}
    return {"type": "transform", "transform": [{"key": key, "expression": expression}]}


@pytest.mark.parametrize("agg", AGGREGATES)
def test_aggregates_are_those_of_pandas(kernel: Kernel, frame: pd.DataFrame, agg: str) -> None:
    rows = view(kernel, aggregate(["region"], ("amount", agg)))
    expected = AGGREGATES[agg](frame.groupby("region", dropna=False)["amount"]).to_dict()
    found = {row["region"]: row[f"amount_{agg}"] for row in rows}
    assert found.keys() == {key if isinstance(key, str) else None for key in expected}
    for key, value in expected.items():
        assert found[key if isinstance(key, str) else None] == pytest.approx(float(value))


@pytest.mark.parametrize("field", ["amount", "region", "returned"])
def test_distinct_counts_work_on_columns_with_nulls(kernel: Kernel, frame: pd.DataFrame, field: str) -> None:
    (row,) = view(kernel, aggregate([], (field, "distinctCount")))
    assert row[f"{field}_distinctCount"] == frame[field].nunique(dropna=False)


def test_rows_are_counted(kernel: Kernel, frame: pd.DataFrame) -> None:
    rows = view(kernel, aggregate(["product", "returned"], ("*", "count")))
    expected = frame.groupby(["product", "returned"]).size().to_dict()
    assert {(row["product"], row["returned"]): row["*_count"] for row in rows} == expected


def test_filters_are_those_of_pandas(kernel: Kernel, frame: pd.DataFrame) -> None:
    def count(*filters: Row) -> int:
        return int(view(kernel, *filters, aggregate([], ("order_id", "count")))[0]["order_id_count"])

    assert count(where("region", type="one of", value=["north", "it's"])) == (frame["region"] == "north").sum()
    assert count(where("quantity", type="range", value=[5, 9])) == frame["quantity"].between(5, 9).sum()
    since, till = pd.Timestamp("2024-06-01"), pd.Timestamp("2024-09-01")
    times = [int(moment.timestamp() * 1000) for moment in (since, till)]
    found = count(where("sold_at", type="temporal range", value=times))
    assert found == frame["sold_at"].between(since, till).sum()
    assert count(where("product", type="regexp", value="^co")) >= 0


def test_months_and_weekdays_are_those_of_pandas(kernel: Kernel, frame: pd.DataFrame) -> None:
    month = computed("m", "dateTimeDrill", ("field", "sold_at"), ("value", "month"), ("displayOffset", 0))
    rows = view(kernel, month, aggregate(["m"], ("quantity", "sum")))
    expected = frame.groupby(frame["sold_at"].dt.to_period("M"))["quantity"].sum()
    found = {pd.Timestamp(row["m"], unit="ms").to_period("M"): row["quantity_sum"] for row in rows}
    assert found == expected.to_dict()
    day = computed("d", "dateTimeFeature", ("field", "sold_at"), ("value", "weekday"), ("displayOffset", 0))
    weekdays = view(kernel, day, aggregate(["d"], ("quantity", "sum")))
    by_day = frame.groupby((frame["sold_at"].dt.dayofweek + 1) % 7)["quantity"].sum()
    assert {int(row["d"]): row["quantity_sum"] for row in weekdays} == by_day.to_dict()


def test_bins_hold_every_value(kernel: Kernel, frame: pd.DataFrame) -> None:
    rows = view(kernel, computed("b", "bin", ("field", "amount"), num=10), aggregate(["b"], ("order_id", "count")))
    assert sum(row["order_id_count"] for row in rows) == frame["amount"].count()
    for low, high in (row["b"] for row in rows):
        inside = frame["amount"].ge(low) & (frame["amount"].lt(high) | (high == frame["amount"].max()))
        assert next(row["order_id_count"] for row in rows if row["b"] == [low, high]) == inside.sum()


def test_rows_come_sorted_and_in_pages(kernel: Kernel, frame: pd.DataFrame) -> None:
    sort = {"type": "sort", "by": ["order_id"], "sort": "descending"}
    rows = view(kernel, sort, raw("order_id", "product"), limit=3, offset=10)
    expected = frame.sort_values("order_id", ascending=False).iloc[10:13]["order_id"].tolist()
    assert [row["order_id"] for row in rows] == expected


def test_odd_names_are_names(kernel: Kernel) -> None:
    assert view(kernel, raw('we"ird [x].y'), limit=1) == [{'we"ird [x].y': 'it\'s "odd"'}]


def test_every_type_becomes_plain_json(store: Store, engines: Engines) -> None:
    table = add_table(
        store,
        "ada",
        """SELECT DATE '2024-02-29' AS day, TIMESTAMP '2024-02-29 12:00:00' AS moment,
                  TIMESTAMPTZ '2024-02-29 12:00:00+01' AS zoned, TIME '13:37:00' AS clock,
                  12.34::DECIMAL(9, 2) AS price, 170141183460469231731687303715884105727::HUGEINT AS huge,
                  'NaN'::DOUBLE AS nan, 'Infinity'::DOUBLE AS endless, NULL AS nothing, true AS yes,
                  [1, 2] AS list, {'a': 1} AS struct, '\\x41'::BLOB AS bytes, INTERVAL 1 DAY AS span,
                  'a'::ENUM('a', 'b') AS kind, 9007199254740993 AS wide, 1::UTINYINT AS tiny""",
        name="types",
    )
    explored = dataset_explored(store, "ada", table.id)
    (row,) = view(Kernel(store, engines, explored), raw("*"))
    noon = int(pd.Timestamp("2024-02-29 12:00").timestamp() * 1000)
    assert row["day"] == noon - 12 * 3_600_000
    assert (row["moment"], row["zoned"]) == (noon, noon - 3_600_000)
    assert (row["price"], row["yes"], row["tiny"]) == (12.34, True, 1)
    assert (row["nan"], row["endless"], row["nothing"]) == (None, None, None)
    assert math.isclose(row["huge"], 1.7014118346046923e38)
    assert (row["list"], row["clock"], row["kind"]) == ([1, 2], "13:37:00", "a")
    kinds = {field["fid"]: field["semanticType"] for field in fields_of(explored.columns).raw}
    assert kinds["day"] == kinds["zoned"] == "temporal"
    assert kinds["price"] == kinds["huge"] == "quantitative"
    assert kinds["list"] == kinds["clock"] == kinds["span"] == kinds["struct"] == "nominal"


@pytest.mark.parametrize(
    "steps",
    [
        [computed("x", "expr", ("sql", "quantity + 1")), raw("*")],
        [{"type": "view", "query": [{"op": "aggregate", "groupBy": [], "measures": [{"agg": "expr", "field": "1"}]}]}],
        [{"type": "transform", "transform": [{"key": "x", "expression": {"op": "one", "sql": "1", "as": "x"}}]}],
    ],
    ids=["computed", "measure", "hidden"],
)
def test_formulas_in_sql_are_refused(kernel: Kernel, steps: list[Row]) -> None:
    with pytest.raises(QueryRefusedError, match="Formulas in SQL are switched off here"):
        view(kernel, *steps)


@pytest.mark.parametrize(
    "steps",
    [
        [raw('x" FROM other.secret --')],
        [aggregate(["region"], ('amount") FROM other.secret --', "sum"))],
        [where("region", type="regexp", value="'); SELECT 1 --"), raw("region")],
        [{"type": "join", "foreign": "other.secret", "on": []}, raw("*")],
        [{"type": "nonsense"}],
        [aggregate(["region"], ("amount", "sum(1); DROP TABLE x"))],
        [computed("x", "paint", ("map", {})), raw("*")],
    ],
    ids=["field", "measure", "regexp", "join", "step", "aggregate", "transform"],
)
def test_names_and_values_never_become_sql(kernel: Kernel, steps: list[Row]) -> None:
    """Nothing but an error, or rows of the table itself."""
    try:
        rows = view(kernel, *steps)
    except (QueryError, ViewError):
        return
    assert all(set(row) <= {"region"} for row in rows)


def test_rows_are_capped_whatever_the_browser_asks(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "MOST_ROWS", 25)
    for limit in (500_000, -1, 0, None, "9", True):
        assert len(view(kernel, raw("order_id"), limit=limit)) == 25


def test_too_many_views_too_many_bytes_and_too_large_ones_are_refused(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [{"workflow": [raw("region")], "limit": 1}] * (kernels.MOST_VIEWS + 1)
    with pytest.raises(QueryRefusedError, match="at once are too many"):
        kernel.answer("batch_get_datas_by_payload", {"queryList": many})
    with pytest.raises(QueryRefusedError, match="too large"):
        view(kernel, where("region", type="one of", value=["x" * kernels.LARGEST_VIEW]), raw("region"))
    monkeypatch.setattr(kernels, "MOST_BYTES", 10_000)
    with pytest.raises(QueryStoppedError, match="than a page can take"):
        view(kernel, raw("*"))


def test_a_view_that_takes_too_long_says_what_to_do(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "to_sql", lambda *_: "SELECT count(*) FROM orders a, orders b, orders c, orders d")
    monkeypatch.setattr(kernels, "SECONDS", 2.0)
    with pytest.raises(QueryStoppedError, match=r"This view needs more than 2|This view needs more than 1\\.") as error:
        view(kernel, raw("*"))
    assert error.value.todo == "Aggregate, or filter first."
    assert error.value.kept == "Your charts are kept as they are."


@pytest.mark.parametrize("body", [{}, {"payload": None}, {"payload": {"workflow": "x"}}, {"payload": []}])
def test_a_malformed_request_is_said_to_be_one(kernel: Kernel, body: Row) -> None:
    with pytest.raises(ViewError):
        kernel.answer("get_datas_by_payload", body)
    with pytest.raises(ViewError, match="none of its actions"):
        kernel.answer("upload_spec_to_cloud", {})


def test_all_sql_passes_the_guard(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "to_sql", lambda *_: "SELECT * FROM read_text('/etc/passwd')")
    with pytest.raises(QueryRefusedError):
        view(kernel, raw("*"))


def test_another_users_table_is_not_there(store: Store, orders: datasets.Dataset) -> None:
    with pytest.raises(AccessError):
        dataset_explored(store, "bob", orders.id)


PAYLOAD = {"workflow": [aggregate(["region"], ("amount", "sum"))], "limit": 10}
METAS = [{"key": "region", "type": "string"}, {"key": "amount", "type": "number"}]


@pytest.mark.slow
def test_the_translation_outlives_the_count_at_which_the_library_ends() -> None:
    """Used as it is, the library fails for good at its 10,000th query."""
    assert {to_sql("orders", PAYLOAD, METAS) for _ in range(12_000)} == {to_sql("orders", PAYLOAD, METAS)}


def test_names_and_texts_that_look_like_sql_stay_as_they_are() -> None:
    odd = 'least("a, (b'
    filters = [{"fid": odd, "rule": {"type": "one of", "value": ["least('x', 9)", "IFNULL(x, 'kanaries__empty')"]}}]
    payload = {"workflow": [{"type": "filter", "filters": filters}, raw(odd)], "limit": 1}
    sql = to_sql("orders", payload, [{"key": odd, "type": "string"}])
    assert "'least(''x'', 9)'" in sql
    assert '"least(""a, (b"' in sql
    assert "CASE" not in sql


def test_a_broken_translation_does_not_break_the_next_one() -> None:
    for _ in range(20):
        with pytest.raises(QueryRefusedError):
            to_sql("orders", {"workflow": [{"type": "nonsense"}]}, METAS)
        assert to_sql("orders", PAYLOAD, METAS).startswith("SELECT ")
