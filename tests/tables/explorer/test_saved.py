"""Charts kept with a table, over its versions; and the rows of an answer, explored."""

from __future__ import annotations

from typing import Any

import pytest

from components.errors import AccessError, QueryRefusedError
from components.store import Store, conversations, datasets, evidence
from components.tables.charts import empty_chart, to_explorer
from components.tables.engine.engines import Engines
from components.tables.explorer.explored import ANSWER, Explored, answer_explored, dataset_explored
from components.tables.explorer.kernel import Kernel
from components.tables.explorer.saved import chart_names, over_columns, picture_in, read_charts
from tests.tables.explorer.conftest import add_table

BARS = {"mark": "bar", "encoding": {"x": "region", "y": {"field": "amount", "aggregate": "sum"}}}


def save(store: Store, engines: Engines, explored: Explored, specs: Any, **more: Any) -> None:
    Kernel(store, engines, explored).answer("update_spec", {"visSpec": specs, "workflowList": [], **more})


def listed(spec: dict[str, Any]) -> set[str]:
    return {field["fid"] for name in ("dimensions", "measures") for field in spec["encodings"][name]}


def test_a_table_opens_on_an_empty_chart_over_all_its_columns(store: Store, orders: datasets.Dataset) -> None:
    explored = dataset_explored(store, "ada", orders.id)
    (chart,) = read_charts(store, explored)
    assert listed(chart) == {*explored.columns, "gw_count_fid"}


def test_saved_charts_are_found_again_by_their_owner(store: Store, engines: Engines, orders: datasets.Dataset) -> None:
    explored = dataset_explored(store, "ada", orders.id)
    specs = [to_explorer(BARS, explored.columns, name="Bars"), empty_chart(explored.columns, name="Empty")]
    save(store, engines, explored, specs, chartData={"charts": [{"data": "data:image/png;base64,AAAA"}]})
    assert read_charts(store, explored) == specs
    assert chart_names(specs) == ["Bars", "Empty"]
    answer = Kernel(store, engines, explored).answer("get_latest_vis_spec", {})
    assert answer == {"visSpec": specs}


def test_old_charts_open_over_a_new_version(store: Store, engines: Engines, orders: datasets.Dataset) -> None:
    old = dataset_explored(store, "ada", orders.id)
    save(store, engines, old, [to_explorer(BARS, old.columns)])
    sql = "SELECT 'north' AS region, 5 AS amount, DATE '2025-01-01' AS due"
    add_table(store, "ada", sql, dataset_id=orders.id)
    new = dataset_explored(store, "ada", orders.id)
    (chart,) = read_charts(store, new)
    assert listed(chart) == {"region", "amount", "due", "gw_count_fid"}
    assert [field["fid"] for field in chart["encodings"]["rows"]] == ["amount"]


def test_a_lost_column_stays_listed_where_a_chart_uses_it() -> None:
    chart = to_explorer(BARS, {"region": "VARCHAR", "amount": "DOUBLE", "gone": "VARCHAR"})
    assert listed(over_columns(chart, {"region": "VARCHAR"})) == {"region", "amount", "gw_count_fid"}
    assert over_columns({"encodings": None}, {"region": "VARCHAR"}) == {"encodings": None}


@pytest.mark.parametrize("specs", [None, "x", [1], {}, [{}] * 201])
def test_what_is_no_list_of_charts_is_not_saved(
    store: Store, engines: Engines, orders: datasets.Dataset, specs: Any
) -> None:
    explored = dataset_explored(store, "ada", orders.id)
    with pytest.raises(QueryRefusedError):
        save(store, engines, explored, specs)
    assert len(read_charts(store, explored)) == 1


def test_only_a_picture_is_taken_for_one() -> None:
    assert picture_in({"a": ["data:image/png;base64,AAAA", "x"]}) == "data:image/png;base64,AAAA"
    assert picture_in("javascript:alert(1)") is None
    assert picture_in(None) is None
    assert picture_in("data:image/png;base64," + "A" * 3_000_000) is None


def answer(store: Store, table: datasets.Dataset, **body: Any) -> str:
    conversation = conversations.create_conversation(store, "ada", "tables")
    _, reply = conversations.add_turn(
        store, "ada", conversation.id, "How many?", provider="p", model="m", worker_id="w"
    )
    whole = {
        "question": "How many by region?",
        "sql": "SELECT region, count(*) AS n, max(sold_at) AS last FROM orders GROUP BY region ORDER BY n DESC",
        "columns": [{"name": "region", "type": "string"}, {"name": "n", "type": "int64"}],
        "rows": [["kept", 1]],
        "tables": [{"name": "orders", "dataset_id": table.id, "version_id": table.latest.id}],
        "chart": {"kind": "bars", "mark": "bar", "encoding": {"x": {"field": "n"}, "y": {"field": "region"}}},
    }
    kept = evidence.add_evidence(store, "ada", reply.id, "query", whole | body, [table.latest.id])
    return kept.id


def test_an_answers_rows_open_as_a_table_with_the_answers_chart(
    store: Store, engines: Engines, orders: datasets.Dataset
) -> None:
    explored = answer_explored(store, engines, "ada", answer(store, orders))
    assert (explored.name, explored.title, explored.rows) == (ANSWER, "How many by region?", 4)
    assert list(explored.columns) == ["region", "n", "last"]
    (chart,) = read_charts(store, explored)
    assert [field["fid"] for field in chart["encodings"]["columns"]] == ["n"]
    asked = {"workflow": [{"type": "view", "query": [{"op": "raw", "fields": ["*"]}]}], "limit": 10}
    rows = Kernel(store, engines, explored).answer("get_datas_by_payload", {"payload": asked})["datas"]
    assert {row["region"] for row in rows} == {"north", "south", "east", None}
    with pytest.raises(AccessError, match="not saved"):
        save(store, engines, explored, [chart])


def test_it_shows_the_version_that_the_answer_rested_on(
    store: Store, engines: Engines, orders: datasets.Dataset
) -> None:
    id_ = answer(store, orders)
    add_table(store, "ada", "SELECT 'new' AS region, now()::TIMESTAMP AS sold_at", dataset_id=orders.id)
    assert answer_explored(store, engines, "ada", id_).rows == 4


def test_the_kept_rows_remain_when_the_table_is_gone(store: Store, engines: Engines, orders: datasets.Dataset) -> None:
    id_ = answer(store, orders)
    datasets.delete_dataset(store, "ada", orders.id)
    explored = answer_explored(store, engines, "ada", id_)
    assert (explored.rows, list(explored.columns)) == (1, ["region", "n"])


def test_twin_columns_and_mixed_cells_still_make_a_table(
    store: Store, engines: Engines, orders: datasets.Dataset
) -> None:
    id_ = answer(store, orders, sql='SELECT count(*), count(*), 1 AS "COUNT_STAR()" FROM orders')
    explored = answer_explored(store, engines, "ada", id_)
    assert len({name.lower() for name in explored.columns}) == 3
    columns = [{"name": "a"}, {"name": "b"}]
    mixed = answer(store, orders, sql="SELECT nosuch FROM orders", columns=columns, rows=[[1, "x"], ["y", None]])
    assert answer_explored(store, engines, "ada", mixed).rows == 2


def test_another_users_answer_is_not_there(store: Store, engines: Engines, orders: datasets.Dataset) -> None:
    with pytest.raises(AccessError):
        answer_explored(store, engines, "bob", answer(store, orders))
    with pytest.raises(AccessError):
        answer_explored(store, engines, "ada", "../../etc/passwd")
    with pytest.raises(AccessError, match="no rows"):
        answer_explored(store, engines, "ada", answer(store, orders, columns=[]))
