"""The explorer's routes: who is let in, what is taken, what comes back."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.store import datasets
from components.store.users import LOCAL_OWNER_ID
from components.tables.explorer import frontend
from components.tables.explorer import routes as explorer_routes
from components.tables.explorer.routes import routes
from components.workbench import Workbench
from tests.people import add_person
from tests.servers.around import around
from tests.tables.explorer.conftest import ORDERS, add_table

HERE = "http://localhost:8501"
OURS = {"X-Groundwork": "1", "Origin": HERE, "Sec-Fetch-Site": "same-origin"}
RAW = {"workflow": [{"type": "view", "query": [{"op": "raw", "fields": ["region"]}]}], "limit": 2}
FORMULA = {"workflow": [{"type": "view", "query": [{"op": "aggregate", "measures": [{"agg": "expr", "field": "1"}]}]}]}


@pytest.fixture
def client(bench: Workbench) -> Iterator[TestClient]:
    app = Starlette(routes=routes(bench), middleware=[around(bench)])
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000)) as client:
        yield client


@pytest.fixture
def mine(bench: Workbench, client: TestClient) -> datasets.Dataset:
    client.get(frontend.ADDRESS)  # the first request makes the local owner
    return add_table(bench.store, LOCAL_OWNER_ID, ORDERS)


@pytest.fixture
def foreign(bench: Workbench) -> datasets.Dataset:
    return add_table(bench.store, add_person(bench.store, "bob"), ORDERS)


def ask(client: TestClient, id_: str, action: str = "ping", data: Any = None, **headers: str) -> Any:
    sent = {"action": action, "data": {} if data is None else data}
    return client.post(f"/api/explorer/{id_}", content=json.dumps(sent), headers=OURS | headers)


def test_the_owner_gets_rows(client: TestClient, mine: datasets.Dataset) -> None:
    answer = ask(client, mine.id, "batch_get_datas_by_payload", {"queryList": [RAW, RAW]})
    assert answer.status_code == 200
    assert answer.json() == {
        "code": 0,
        "data": {"datas": [[{"region": "north"}, {"region": "south"}]] * 2},
        "message": "",
    }
    assert answer.headers["cache-control"] == "no-store"


def test_charts_are_saved_and_found_again(client: TestClient, mine: datasets.Dataset) -> None:
    charts = ask(client, mine.id, "get_latest_vis_spec").json()["data"]["visSpec"]
    charts[0]["name"] = "Mine"
    saved = ask(client, mine.id, "update_spec", {"visSpec": charts, "chartData": None, "workflowList": []})
    assert saved.json()["code"] == 0
    assert ask(client, mine.id, "get_latest_vis_spec").json()["data"]["visSpec"] == charts


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Forwarded-For": "203.0.113.9"}, 401),
        ({"Host": "evil.example"}, 401),
        ({"Origin": "http://localhost:9999", "Sec-Fetch-Site": "same-site"}, 401),
        ({"Origin": ""}, 401),
        ({"X-Groundwork": "2"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 401),
    ],
    ids=["proxy", "other name", "other port", "no origin", "no header", "cross site"],
)
def test_nobody_else_gets_anything(
    client: TestClient, mine: datasets.Dataset, headers: dict[str, str], status: int
) -> None:
    for action, data in (("get_datas_by_payload", {"payload": RAW}), ("get_latest_vis_spec", {})):
        answer = ask(client, mine.id, action, data, **headers)
        assert answer.status_code in (status, 403)
        assert answer.json()["code"] != 0
        assert answer.json()["data"] is None
        assert "north" not in answer.text


def test_without_a_header_of_ours_nothing_is_taken(client: TestClient, mine: datasets.Dataset) -> None:
    answer = client.post(f"/api/explorer/{mine.id}", content=b"{}", headers={"Origin": HERE})
    assert (answer.status_code, answer.json()["error"]) == (403, "AccessError")


def test_another_users_table_and_one_that_is_not_look_alike(
    client: TestClient, mine: datasets.Dataset, foreign: datasets.Dataset
) -> None:
    answers = [ask(client, id_, "get_datas_by_payload", {"payload": RAW}) for id_ in (foreign.id, "0" * 32, "..%2Fx")]
    assert {answer.status_code for answer in answers[:2]} == {403}
    assert answers[0].json() == answers[1].json()
    assert answers[2].status_code in (403, 404)
    assert ask(client, f"evidence/{foreign.id}").status_code == 403
    assert ask(client, foreign.id, "update_spec", {"visSpec": []}).status_code == 403


def test_sql_from_a_browser_is_refused(client: TestClient, mine: datasets.Dataset) -> None:
    answer = ask(client, mine.id, "get_datas_by_payload", {"payload": FORMULA}).json()
    assert (answer["code"], answer["error"]) == (1, "QueryRefusedError")
    assert answer["message"] == "Formulas in SQL are switched off here."
    assert answer["kept"]
    assert answer["todo"]
    for data in ({"sql": "SELECT 1"}, {"payload": {"workflow": [], "sql": "SELECT 1"}}):
        assert ask(client, mine.id, "get_datas_by_sql", data).json()["code"] == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"action": 1}', b'{"data": []}'])
def test_a_malformed_body_is_said_to_be_one(client: TestClient, mine: datasets.Dataset, body: bytes) -> None:
    answer = client.post(f"/api/explorer/{mine.id}", content=body, headers=OURS)
    assert answer.status_code == 200
    assert answer.json()["code"] == 1
    assert answer.json()["message"]


def test_a_body_that_is_too_large_is_not_read_to_its_end(client: TestClient, mine: datasets.Dataset) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 200_000

    answer = client.post(f"/api/explorer/{mine.id}", content=pieces(), headers=OURS)
    assert (answer.status_code, answer.json()["error"]) == (413, "RequestTooLargeError")


def test_a_crowd_of_one_users_requests_is_turned_away(
    client: TestClient, mine: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer_routes, "WAITING", 0)
    answer = ask(client, mine.id)
    assert (answer.status_code, answer.json()["error"]) == (429, "CrowdedError")


def test_a_fault_of_ours_is_logged_and_said_without_its_words(
    client: TestClient, mine: datasets.Dataset, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the inner words")

    monkeypatch.setattr(explorer_routes, "dataset_explored", broken)
    answer = ask(client, mine.id)
    assert answer.json()["code"] == 1
    assert "the inner words" not in answer.text
    assert "the inner words" in caplog.text


def test_only_post_is_answered(client: TestClient, mine: datasets.Dataset) -> None:
    assert client.get(f"/api/explorer/{mine.id}").status_code == 405


def test_the_front_end_is_served_whole_squeezed_and_for_ever(client: TestClient) -> None:
    answer = client.get(frontend.address())
    assert answer.content == frontend.module_file().read_bytes()
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert len(frontend.squeezed()) < 3_000_000
    assert gzip.decompress(frontend.squeezed()) == answer.content


def test_a_stranger_does_not_get_the_front_end(client: TestClient) -> None:
    assert client.get(frontend.ADDRESS, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401
