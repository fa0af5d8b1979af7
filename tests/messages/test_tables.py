"""What somebody reads on the page of tables when a file cannot become one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.store import datasets, uploads
from components.tables.routes import routes
from components.workbench import Workbench
from tests.messages.bringing import ME, arrived, ended, imported
from tests.messages.changing import changed
from tests.messages.conftest import Show
from tests.messages.files import FILES, ROWS, zipped
from tests.messages.reading import assert_read, page_words
from tests.servers.around import around
from tests.tables.importing.reading import csv_of
from tests.tables.ui.test_page import Told, tell
from tests.waiting import until

HERE = "http://localhost:8501"
OURS = {"X-Groundwork": "1", "Origin": HERE, "Sec-Fetch-Site": "same-origin"}
LONG = csv_of("id,text", [f"{n},some words {n}" for n in range(1_000_000)]).encode()

READ = {
    *(f"tables/importing: {what}" for what in FILES),
    "tables/importing: {filename} needs more memory than one import may take.",
    "jobs: This took longer than {seconds} {unit} and was stopped.",
    "jobs: This needed more than {memory_mb} MB of memory and was stopped.",
    "jobs: The process that did this work died{how}. It may have met the limit of {memory_mb} MB of memory.",
    "jobs: A fault of the app itself ended this. The server's log says more.",
    "tables: {filename} has not arrived whole.",
    "tables: {filename} holds {len} tables, and a new version is one table.",
    "tables: {filename} is empty.",
    "store: {filename} is larger than {megabytes} MB, the most that may be uploaded here.",
    "tables: The upload of {filename} broke off.",
    "tables: This upload is over.",
    "tables: There is no such file.",
}


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    return {"GROUNDWORK_UPLOAD_MB": "1"}


@pytest.fixture(scope="module")
def app(desk: Workbench) -> Starlette:
    return Starlette(routes=routes(desk), middleware=[around(desk)])


@pytest.fixture(scope="module")
def client(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000), headers=OURS) as client:
        yield client


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_table_says_why(desk: Workbench, show: Show, tmp_path: Path, what: str) -> None:
    filename, content = FILES[what]
    job = imported(desk, content(tmp_path) if callable(content) else content, filename)
    assert job.state == "failed", job.result
    assert_read(page_words(show("tables")), f"tables/importing: {what}")


def test_an_import_over_its_time_is_stopped(desk: Workbench, show: Show) -> None:
    with changed(desk.settings, import_seconds=0):
        imported(desk, ROWS, "slow.csv")
    assert_read(page_words(show("tables")), "jobs: This took longer than {seconds} {unit} and was stopped.")


def test_an_import_over_its_memory_is_stopped(desk: Workbench, show: Show) -> None:
    with changed(desk.settings, import_memory_mb=30):
        imported(desk, LONG, "wide.csv")
    key = "jobs: This needed more than {memory_mb} MB of memory and was stopped."
    assert_read(page_words(show("tables")), key)


def test_a_table_that_the_engine_has_no_memory_for_is_refused(desk: Workbench, show: Show) -> None:
    with changed(desk.settings, import_memory_mb=450):
        imported(
            desk, csv_of(",".join(f"c{n}" for n in range(2000)), [",".join("7" * 2000)] * 1500).encode(), "wide.csv"
        )
    key = "tables/importing: {filename} needs more memory than one import may take."
    assert_read(page_words(show("tables")), key)


def test_an_import_whose_process_is_killed_says_so(desk: Workbench, show: Show) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    upload_id = arrived(desk, LONG, "killed.csv")
    job = desk.jobs.submit(ME, "import_table", "killed.csv", upload_id=upload_id)
    os.kill(until(lambda: _new_child(before), pause=0.002), signal.SIGKILL)
    assert ended(desk, job).state == "failed"
    key = "jobs: The process that did this work died{how}. It may have met the limit of {memory_mb} MB of memory."
    assert_read(page_words(show("tables")), key)


def _new_child(before: set[int]) -> int:
    """The number of a process that reads a file; 0 while there is none."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            words = " ".join(child.cmdline())
            if child.pid not in before and "loky" in words and "tracker" not in words:
                return child.pid
    return 0


def test_a_fault_of_ours_is_said_to_be_one(desk: Workbench, show: Show) -> None:
    upload_id = arrived(desk, ROWS, "gone.csv")
    desk.store.blobs.delete(str(uploads.upload(desk.store, ME, upload_id).blob))
    ended(desk, desk.jobs.submit(ME, "import_table", "gone.csv", upload_id=upload_id))
    key = "jobs: A fault of the app itself ended this. The server's log says more."
    assert_read(page_words(show("tables")), key)


def test_an_upload_that_did_not_arrive_is_not_imported(desk: Workbench, show: Show) -> None:
    open_one = uploads.open_upload(desk.store, ME, "table", "half.csv").id
    ended(desk, desk.jobs.submit(ME, "import_table", "half.csv", upload_id=open_one))
    assert_read(page_words(show("tables")), "tables: {filename} has not arrived whole.")


def test_a_new_version_is_one_table(desk: Workbench, show: Show) -> None:
    first = imported(desk, ROWS, "version.csv")
    assert first.result
    dataset_id = first.result["dataset_ids"][0]
    imported(desk, zipped({"a.csv": ROWS, "b.csv": ROWS}), "both.zip", dataset_id=dataset_id)
    key = "tables: {filename} holds {len} tables, and a new version is one table."
    assert_read(page_words(show("tables", t=dataset_id)), key)
    assert len(datasets.dataset(desk.store, ME, dataset_id).versions) == 1


def refused_on_page(show: Show, monkeypatch: pytest.MonkeyPatch, upload_id: str) -> str:
    """What the page says of an upload that the browser was told of as refused."""
    tell(monkeypatch, Told(failed=[upload_id]))
    return page_words(show("tables").run())


@pytest.mark.parametrize(
    ("content", "headers", "key"),
    [
        (b"", {}, "tables: {filename} is empty."),
        (
            b"x" * (2 << 20),
            {},
            "store: {filename} is larger than {megabytes} MB, the most that may be uploaded here.",
        ),
        (ROWS, {"Content-Length": str(len(ROWS) + 1)}, "tables: {filename} has not arrived whole."),
    ],
    ids=["empty", "too large", "cut short"],
)
def test_an_upload_that_is_refused_says_why(
    desk: Workbench,
    client: TestClient,
    show: Show,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    headers: dict[str, str],
    key: str,
) -> None:
    upload_id = uploads.open_upload(desk.store, ME, "table", "orders.csv").id
    assert client.put(f"/api/uploads/{upload_id}", content=content, headers=headers).status_code in (413, 422)
    assert_read(refused_on_page(show, monkeypatch, upload_id), key)


def test_a_file_too_large_is_refused_before_it_is_sent(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, Told([{"key": "b", "name": "big.csv", "bytes": 1 << 50}]))
    key = "store: {filename} is larger than {megabytes} MB, the most that may be uploaded here."
    assert_read(page_words(show("tables").run()), key)


def test_an_upload_that_breaks_off_says_so(
    desk: Workbench, app: Starlette, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = uploads.open_upload(desk.store, ME, "table", "orders.csv").id
    asyncio.run(_half_sent(app, f"/api/uploads/{upload_id}"))
    assert_read(refused_on_page(show, monkeypatch, upload_id), "tables: The upload of {filename} broke off.")


async def _half_sent(app: Starlette, path: str) -> None:
    """A request whose browser goes away after the first bytes."""
    parts = iter([{"type": "http.request", "body": b"id,na", "more_body": True}, {"type": "http.disconnect"}])
    headers = {"host": "localhost:8501", **{name.lower(): value for name, value in OURS.items()}}
    scope: dict[str, Any] = {
        "type": "http",
        "method": "PUT",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8501),
        "scheme": "http",
        "http_version": "1.1",
    }

    async def receive() -> Any:
        return next(parts)

    async def send(_message: Any) -> None:
        return None

    await app(scope, receive, send)


def test_an_upload_is_taken_once(desk: Workbench, client: TestClient) -> None:
    upload_id = arrived(desk, ROWS, "orders.csv")
    answer = client.put(f"/api/uploads/{upload_id}", content=ROWS)
    assert_read(_said(answer.json()), "tables: This upload is over.")


def test_a_download_that_is_not_there_says_so(desk: Workbench, client: TestClient) -> None:
    found = imported(desk, ROWS, "there.csv")
    assert found.result
    version = datasets.dataset(desk.store, ME, found.result["dataset_ids"][0]).latest
    answer = client.get(f"/api/tables/{version.id}/nothing")
    assert_read(_said(answer.json()), "tables: There is no such file.")


def _said(facts: dict[str, Any]) -> str:
    return json.dumps(facts)
