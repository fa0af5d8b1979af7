"""Pictures of pages by HTTP: drawn once, kept by the browser, shown to their owner alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.documents.routes import address_of, routes
from components.store import documents, users
from components.store.documents import Document
from components.workbench import Workbench
from tests.documents.shelf import add_pdf
from tests.people import add_person
from tests.servers.around import around

HERE = "http://localhost:8501"
PAGES = ("The first page says hello.", "The second page says more.")


@pytest.fixture
def client(bench: Workbench) -> Iterator[TestClient]:
    app = Starlette(routes=routes(bench), middleware=[around(bench)])
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000)) as client:
        yield client


@pytest.fixture
def mine(bench: Workbench, tmp_path: Path) -> Document:
    return add_pdf(bench.store, users.ensure_local_owner(bench.store).id, tmp_path, "mine", PAGES)


def test_the_owner_gets_the_page_as_a_picture(client: TestClient, mine: Document) -> None:
    answer = client.get(address_of(mine.id, 2))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert Image.open(io.BytesIO(answer.content)).size == (918, 1188)


def test_a_zoomed_page_is_finer(client: TestClient, mine: Document) -> None:
    answer = client.get(address_of(mine.id, 2), params={"sharp": "1"})
    assert Image.open(io.BytesIO(answer.content)).size == (1700, 2200)


def test_the_browser_asks_again_and_gets_no_second_copy(client: TestClient, mine: Document) -> None:
    tag = client.get(address_of(mine.id, 1)).headers["etag"]
    again = client.get(address_of(mine.id, 1), headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(address_of(mine.id, 2), headers={"If-None-Match": tag})
    assert other.status_code == 200


def test_another_users_page_is_refused_even_when_it_is_kept(
    bench: Workbench, client: TestClient, tmp_path: Path
) -> None:
    users.ensure_local_owner(bench.store)
    hers = add_pdf(bench.store, add_person(bench.store, "ann"), tmp_path, "hers", PAGES)
    for address in (address_of(hers.id, 1), address_of("no-such-document", 1)):
        answer = client.get(address, headers={"If-None-Match": f'"{hers.sha256[:32]}-1"'})
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/json"


def test_a_stranger_is_refused(bench: Workbench, mine: Document) -> None:
    app = Starlette(routes=routes(bench), middleware=[around(bench)])
    with TestClient(app, base_url=HERE, client=("203.0.113.9", 50000)) as stranger:
        assert stranger.get(address_of(mine.id, 1)).status_code == 401


@pytest.mark.parametrize("number", ["0", "3", "999999999999"])
def test_a_page_that_is_not_there_is_said(client: TestClient, mine: Document, number: str) -> None:
    answer = client.get(address_of(mine.id, int(number)))
    assert answer.status_code == 404
    assert "no page" in answer.json()["what"]


def test_a_deleted_documents_page_is_gone(bench: Workbench, client: TestClient, mine: Document) -> None:
    assert client.get(address_of(mine.id, 1)).status_code == 200
    documents.delete_document(bench.store, users.LOCAL_OWNER_ID, mine.id)
    assert client.get(address_of(mine.id, 1)).status_code == 403


def test_a_page_that_was_given_up_is_said(
    bench: Workbench, client: TestClient, mine: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.pictures, "_settings", replace(bench.settings, page_seconds=0))
    answer = client.get(address_of(mine.id, 1))
    assert (answer.status_code, answer.headers["cache-control"]) == (422, "no-store")
    assert "Page 1 cannot be drawn" in answer.json()["what"]
