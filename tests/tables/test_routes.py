"""Uploads and downloads over HTTP: who is let in, what is taken, what is refused and said, what is left behind."""

from __future__ import annotations

import hashlib
import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.errors import StorageFullError
from components.store import datasets, uploads
from components.store.datasets import Column
from components.store.users import LOCAL_OWNER_ID, ensure_local_owner
from components.tables import routes as table_routes
from components.tables.routes import routes
from components.workbench import Workbench
from tests.people import add_person
from tests.servers.app import running_app
from tests.servers.around import around

HERE = "http://localhost:8501"
OURS = {"X-Groundwork": "1", "Origin": HERE, "Sec-Fetch-Site": "same-origin"}
BODY = b"id,name\n1,x\n" * 1000


@pytest.fixture
def client(bench: Workbench) -> Iterator[TestClient]:
    ensure_local_owner(bench.store)
    app = Starlette(routes=routes(bench), middleware=[around(bench)])
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000)) as client:
        yield client


@pytest.fixture
def ticket(bench: Workbench, client: TestClient) -> str:
    return uploads.open_upload(bench.store, LOCAL_OWNER_ID, "table", "orders.csv").id


def put(client: TestClient, upload_id: str, body: Any = BODY, **headers: str) -> Any:
    return client.put(f"/api/uploads/{upload_id}", content=body, headers=OURS | headers)


def state(bench: Workbench, upload_id: str) -> tuple[str, str | None]:
    found = uploads.upload(bench.store, LOCAL_OWNER_ID, upload_id)
    return found.state, found.error


def files(bench: Workbench) -> list[Path]:
    """Everything in the blob folder, half-written parts too, but the mark of the installation."""
    return [file for file in (bench.settings.home / "blobs").glob("*/*/*") if file.is_file()]


def test_a_file_arrives_whole(bench: Workbench, client: TestClient, ticket: str) -> None:
    answer = put(client, ticket)
    assert answer.status_code == 200
    found = uploads.upload(bench.store, LOCAL_OWNER_ID, ticket)
    assert (found.state, found.bytes, found.sha256) == ("complete", len(BODY), hashlib.sha256(BODY).hexdigest())
    assert found.blob is not None
    assert bench.store.blobs.open(found.blob).read() == BODY


def test_an_upload_is_taken_once(bench: Workbench, client: TestClient, ticket: str) -> None:
    put(client, ticket)
    assert put(client, ticket, b"other").status_code == 403
    assert len(files(bench)) == 1


def test_a_body_without_a_length_is_taken(bench: Workbench, client: TestClient, ticket: str) -> None:
    assert put(client, ticket, iter([b"a,b\n", b"1,2\n"])).status_code == 200


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_is_refused_and_said(
    bench: Workbench, client: TestClient, ticket: str, announced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(bench.settings, "upload_mb", 1)
    body: Any = b"x" * (2 << 20)
    answer = put(client, ticket, body if announced else iter([body[:700_000]] * 3))
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.json()["what"]
    found, error = state(bench, ticket)
    assert (found, "larger than 1 MB" in (error or "")) == ("refused", True)
    assert files(bench) == []


def test_an_empty_body_is_refused(bench: Workbench, client: TestClient, ticket: str) -> None:
    assert put(client, ticket, b"").status_code == 422
    assert state(bench, ticket)[0] == "refused"
    assert files(bench) == []


def test_a_full_disk_is_said(
    bench: Workbench, client: TestClient, ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(table_routes, "_write", full)
    answer = put(client, ticket)
    assert answer.status_code == 507
    assert answer.json()["code"] == StorageFullError.__name__
    assert state(bench, ticket)[0] == "refused"
    assert files(bench) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"Host": "evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": ""},
        {"X-Groundwork": "2"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=["proxy", "other name", "other port", "no origin", "no header", "cross site"],
)
def test_nobody_else_uploads(bench: Workbench, client: TestClient, ticket: str, headers: dict[str, str]) -> None:
    assert put(client, ticket, **headers).status_code in (401, 403)
    assert state(bench, ticket)[0] == "open"
    assert files(bench) == []


def test_another_users_upload_is_not_there(bench: Workbench, client: TestClient) -> None:
    theirs = uploads.open_upload(bench.store, add_person(bench.store, "bob"), "table", "a.csv")
    assert put(client, theirs.id).status_code == put(client, "0" * 32).status_code == 403
    assert files(bench) == []


def test_who_leaves_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    with running_app(tmp_path / "home") as app:
        ready = http.client.HTTPConnection(app.url.removeprefix("http://"))
        ready.request("GET", "/")
        ready.getresponse().read()
        host, port = app.url.removeprefix("http://").split(":")
        from components.settings import Settings
        from tests.crash.processes import reading  # the running app holds the store: look on from beside

        settings = Settings(home=app.home, model="none")
        with reading(settings) as store:
            ensure_local_owner(store)
            upload = uploads.open_upload(store, LOCAL_OWNER_ID, "table", "a.csv").id
            with socket.create_connection((host, int(port))) as line:
                head = [f"PUT /api/uploads/{upload} HTTP/1.1", f"Host: {host}:{port}", "Content-Length: 100000000"]
                head += [f"{name}: {value}" for name, value in (OURS | {"Origin": app.url}).items()]
                line.sendall(("\r\n".join(head) + "\r\n\r\n").encode() + b"x" * 3_000_000)
                until = time.monotonic() + 30
                while not list((app.home / "blobs").glob("*/*/.*.part")) and time.monotonic() < until:
                    time.sleep(0.02)
                assert list((app.home / "blobs").glob("*/*/.*.part"))
            until = time.monotonic() + 30
            while uploads.upload(store, LOCAL_OWNER_ID, upload).state == "open" and time.monotonic() < until:
                time.sleep(0.02)
            found = uploads.upload(store, LOCAL_OWNER_ID, upload)
        assert (found.state, "broke off" in (found.error or "")) == ("refused", True)
        assert [file for file in (app.home / "blobs").glob("*/*/*") if file.is_file()] == []


@pytest.fixture
def table(bench: Workbench, client: TestClient) -> datasets.Dataset:
    return add_table(bench, LOCAL_OWNER_ID)


def add_table(bench: Workbench, user: str) -> datasets.Dataset:
    """A table of two rows with one row left out."""
    import duckdb

    file = bench.settings.home / "made.parquet"
    duckdb.execute(f"COPY (SELECT * FROM (VALUES (1, 'a,b'), (2, NULL)) t(id, name)) TO '{file}'")
    blob, raw = bench.store.blobs.new_key("tables", ".parquet"), bench.store.blobs.new_key("raw")
    bench.store.blobs.put(blob, file, move=True)
    bench.store.blobs.put(raw, b"id,name\n")
    doubt = {"kind": "rows", "text": "1 of 3", "rows": [[4, "too few values", "=1+1"]]}
    return datasets.add_version(
        bench.store, user, name="shop", title="Shop", filename="Läden.csv", raw_blob=raw, blob=blob, rows=2, bytes=9,
        columns=[Column("id", "INTEGER"), Column("name", "VARCHAR")], doubts=[doubt],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("way", "begins", "name"),
    [
        ("csv", '\ufeffid,name\n1,"a,b"\n2,\n'.encode(), "shop.csv"),
        ("parquet", b"PAR1", "shop.parquet"),
        ("original", b"id,name\n", "L_den.csv"),
        ("left-out", b"line,why,text\n4,too few values,=1+1\n", "L_den-left-out.csv"),
    ],
)
def test_downloads(client: TestClient, table: datasets.Dataset, way: str, begins: bytes, name: str) -> None:
    answer = client.get(f"/api/tables/{table.latest.id}/{way}")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert f'attachment; filename="{name}"' in answer.headers["content-disposition"]


def test_nobody_else_downloads(bench: Workbench, client: TestClient, table: datasets.Dataset) -> None:
    theirs = add_table(bench, add_person(bench.store, "bob")).latest.id
    assert client.get(f"/api/tables/{theirs}/csv").status_code == 403
    assert client.get(f"/api/tables/{table.latest.id}/secrets").status_code == 403
    stranger = client.get(f"/api/tables/{table.latest.id}/csv", headers={"X-Forwarded-For": "203.0.113.9"})
    assert stranger.status_code == 401
