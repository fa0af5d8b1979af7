"""What somebody reads in the explorer when a view is not drawn or a chart not saved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.store import conversations, datasets, evidence
from components.tables.explorer import kernel, routes
from components.tables.explorer.kernel import MOST_VIEWS
from components.tables.explorer.saved import MOST_CHARTS
from components.workbench import Workbench
from tests.messages.bringing import ME
from tests.messages.conftest import Show
from tests.messages.reading import assert_read, page_words
from tests.servers.around import around
from tests.tables.explorer.conftest import ORDERS, add_table

HERE = "http://localhost:8501"
OURS = {"X-Groundwork": "1", "Origin": HERE, "Sec-Fetch-Site": "same-origin"}
RAW = {"workflow": [{"type": "view", "query": [{"op": "raw", "fields": ["region"]}]}], "limit": 2}
FORMULA = {"workflow": [{"type": "view", "query": [{"op": "aggregate", "measures": [{"agg": "expr", "field": "1"}]}]}]}
LARGE = RAW | {"note": "x" * 3_000_000}
VIEW, VIEWS, SAVE = "get_datas_by_payload", "batch_get_datas_by_payload", "update_spec"

ASKED: dict[str, tuple[str, Any]] = {
    "The explorer asked for {str}, which is none of its actions.": ("dance", {}),
    "The explorer sent a view that cannot be read.": (VIEW, {"payload": "nothing"}),
    "This view is too large.": (VIEW, {"payload": LARGE}),
    "Formulas in SQL are switched off here.": (VIEW, {"payload": FORMULA}),
    "More than {MOST_VIEWS} views at once are too many.": (VIEWS, {"queryList": [RAW] * (MOST_VIEWS + 1)}),
    "These are no charts, or more than {MOST_CHARTS}.": (SAVE, {"visSpec": [{}] * (MOST_CHARTS + 1)}),
    "This view cannot be turned into a query.": (VIEW, {"payload": {"workflow": [{"type": "view", "query": 7}]}}),
}
READ = {f"tables/explorer: {what}" for what in ASKED} | {
    "tables/explorer: This view needs more time or more rows than a page can take.",
    "tables/explorer: *the words of what failed*",
    "tables/explorer: This view cannot be turned into a query: {sql}.",
    "tables/explorer: The explorer sent something that cannot be read.",
    "tables/explorer: This is a fault of ours. It is written to the server's log as {number}.",
    "tables/explorer: This request is larger than {LARGEST_BODY} MB.",
    "tables/explorer: Too many views are being drawn at once.",
    "tables/explorer: An answer's rows are for looking: their charts are not saved.",
    "tables/explorer: This answer has no rows to explore.",
}


@pytest.fixture(scope="module")
def client(desk: Workbench) -> Iterator[TestClient]:
    app = Starlette(routes=routes.routes(desk), middleware=[around(desk)])
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000), headers=OURS) as client:
        yield client


@pytest.fixture(scope="module")
def orders(desk: Workbench) -> datasets.Dataset:
    return add_table(desk.store, ME, ORDERS)


def shown(show: Show, orders: datasets.Dataset, answer: Any) -> str:
    """What the page says of an answer that its front end was given, and told the page of."""
    told = answer.json()
    assert told["code"] == 1
    failed = {"what": told["message"], "kept": told["kept"], "todo": told["todo"]}
    at = show("explorer", t=orders.id)
    at.session_state[f"explorer-{orders.id}"] = {"failed": failed}
    return page_words(at.run())


def ask(client: TestClient, id_: str, action: str, data: Any) -> Any:
    return client.post(f"/api/explorer/{id_}", content=json.dumps({"action": action, "data": data}))


@pytest.mark.parametrize("what", ASKED)
def test_what_is_not_drawn_says_why(show: Show, client: TestClient, orders: datasets.Dataset, what: str) -> None:
    assert_read(shown(show, orders, ask(client, orders.id, *ASKED[what])), f"tables/explorer: {what}")


def test_a_view_that_is_too_much_for_a_page_says_so(
    show: Show, client: TestClient, orders: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "MOST_BYTES", 10)
    answer = ask(client, orders.id, VIEW, {"payload": RAW | {"limit": 2000}})
    key = "tables/explorer: This view needs more time or more rows than a page can take."
    assert_read(shown(show, orders, answer), key)


def test_a_view_that_is_stopped_says_so_in_its_own_words(
    show: Show, client: TestClient, orders: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "to_sql", lambda *_: "SELECT count(*) FROM orders a, orders b, orders c, orders d")
    monkeypatch.setattr(kernel, "SECONDS", 1.5)
    said = shown(show, orders, ask(client, orders.id, VIEW, {"payload": RAW}))
    assert "This view needs more than" in said
    assert_read(said, "tables/explorer: *the words of what failed*")


def test_what_the_translation_makes_no_query_of_says_so(
    show: Show, client: TestClient, orders: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gw_dsl_parser.core import dsl_to_wasm

    monkeypatch.setattr(dsl_to_wasm, "get_sql_from_payload", lambda *_: "error: no such op")
    answer = ask(client, orders.id, VIEW, {"payload": RAW})
    key = "tables/explorer: This view cannot be turned into a query: {sql}."
    assert_read(shown(show, orders, answer), key)


def test_a_request_that_is_none_says_so(show: Show, client: TestClient, orders: datasets.Dataset) -> None:
    answer = client.post(f"/api/explorer/{orders.id}", content=b"no request")
    assert_read(shown(show, orders, answer), "tables/explorer: The explorer sent something that cannot be read.")


def test_a_request_that_is_too_large_says_so(
    show: Show, client: TestClient, orders: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "LARGEST_BODY", 2_000_000)
    answer = client.post(f"/api/explorer/{orders.id}", content=b" " * 2_000_001)
    assert_read(shown(show, orders, answer), "tables/explorer: This request is larger than {LARGEST_BODY} MB.")


def test_a_crowd_of_requests_says_so(
    show: Show, client: TestClient, orders: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "WAITING", 0)
    answer = ask(client, orders.id, "ping", {})
    assert_read(shown(show, orders, answer), "tables/explorer: Too many views are being drawn at once.")


def test_a_fault_of_ours_is_said_to_be_one(
    show: Show, client: TestClient, orders: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the inside of the app")

    monkeypatch.setattr(routes, "dataset_explored", broken)
    answer = ask(client, orders.id, "ping", {})
    monkeypatch.undo()
    said = shown(show, orders, answer)
    assert "the inside of the app" not in said
    key = "tables/explorer: This is a fault of ours. It is written to the server's log as {number}."
    assert_read(said, key)


@pytest.fixture
def answers(desk: Workbench) -> dict[str, str]:
    """Evidence with a row and without, by the word for it."""
    talk = conversations.create_conversation(desk.store, ME, "tables", "Q")
    _, reply = conversations.add_turn(desk.store, ME, talk.id, "Q", provider="p", model="m", worker_id="w")
    rows: dict[str, Any] = {
        "columns": [["a", "INTEGER"]],
        "rows": [[1]],
        "sql": "SELECT 1 AS a",
        "tables": [],
        "question": "One",
    }
    bodies = {"with": rows, "without": rows | {"columns": [], "rows": [], "sql": "", "question": "None"}}
    return {word: evidence.add_evidence(desk.store, ME, reply.id, "table", body).id for word, body in bodies.items()}


def test_the_rows_of_an_answer_keep_no_charts(
    show: Show, client: TestClient, orders: datasets.Dataset, answers: dict[str, str]
) -> None:
    answer = ask(client, f"evidence/{answers['with']}", SAVE, {"visSpec": []})
    key = "tables/explorer: An answer's rows are for looking: their charts are not saved."
    assert_read(shown(show, orders, answer), key)


def test_an_answer_without_rows_is_not_explored(show: Show, answers: dict[str, str]) -> None:
    assert_read(
        page_words(show("explorer", e=answers["without"])), "tables/explorer: This answer has no rows to explore."
    )
