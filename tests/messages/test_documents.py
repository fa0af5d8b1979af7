"""What somebody reads when a file cannot become a document, or one of its pages cannot be drawn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.documents import ingest, turns
from components.documents.pictures import Pictures
from components.documents.routes import address_of, routes
from components.store import documents, uploads
from components.store.documents import Document
from components.workbench import Workbench
from tests.documents import files
from tests.messages.bringing import ME, arrived, ended
from tests.messages.changing import changed
from tests.messages.conftest import Show
from tests.messages.reading import assert_read, page_words
from tests.messages.test_people import met
from tests.servers.around import around

HERE = "http://localhost:8501"
Make = Callable[[Path], Path]


def unknown_lock(file: Path) -> Path:
    """A PDF that names a kind of encryption that nobody knows."""
    body = files.locked(file).read_bytes()
    file.write_bytes(body.replace(b"/Filter /Standard", b"/Filter /Sundried"))
    return file


def long_page(file: Path) -> Path:
    """One page with more characters than any page has."""
    canvas = Canvas(str(file), pagesize=files.SIZE, invariant=1)
    text = canvas.beginText(0, 700)
    text.setFont("Helvetica", 1)
    for _ in range(210):
        text.textLine("word " * 200)
    canvas.drawText(text)
    canvas.save()
    return file


REFUSED: dict[str, Make] = {
    "The file is empty.": files.empty,
    "This is not a PDF, whatever its name says.": files.named_only,
    "The file is locked with a password.": files.locked,
    "The file is encrypted in an unknown way.": unknown_lock,
    "The file is damaged or was cut off.": files.cut_off,
    "There is no text on {where}. Scans are pictures of text: reading them (OCR) is not part of Groundwork yet.": (
        files.scanned
    ),
    "The file has more than {LONGEST_PAGE} characters on page {number}; so many is the most that is read.": long_page,
}
READ = {
    "documents: The file has more than {LONGEST_TEXT} characters of text; so many is the most that is read.",
    *(f"documents: {what}" for what in REFUSED),
    "documents: The file has {page_count} pages; {most_pages} is the most that is read.",
    "documents: {filename} has not arrived whole.",
    "documents: There is no page {number}: the document has {len}.",
    "documents: Page {number} is damaged and cannot be shown.",
    "documents: Page {number} cannot be drawn. {what}",
    "documents: *the words of what failed*",
    "documents: Many of your pages are being drawn at once.",
    "jobs: The app is closing.",
}


@pytest.fixture(scope="module")
def client(desk: Workbench) -> Iterator[TestClient]:
    app = Starlette(routes=routes(desk), middleware=[around(desk)])
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000)) as client:
        yield client


def brought(desk: Workbench, file: Path) -> Document:
    """The document that a file has become, read or not."""
    upload_id = arrived(desk, file.read_bytes(), file.name, "document")
    ended(desk, ingest.bring(desk.store, desk.jobs, ME, upload_id))
    return documents.list_documents(desk.store, ME)[0]


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_is_no_document_says_why(desk: Workbench, show: Show, tmp_path: Path, what: str) -> None:
    found = brought(desk, REFUSED[what](tmp_path / "file.pdf"))
    assert_read(page_words(show("documents", d=found.id)), f"documents: {what}")
    assert_read(page_words(show("documents")), f"documents: {what}")


def test_a_file_with_too_many_pages_says_so(desk: Workbench, show: Show, tmp_path: Path) -> None:
    with changed(desk.settings, document_pages=2):
        found = brought(desk, files.plain(tmp_path / "long.pdf"))
    key = "documents: The file has {page_count} pages; {most_pages} is the most that is read."
    assert_read(page_words(show("documents", d=found.id)), key)


def test_a_file_with_too_much_text_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty million characters would take a minute: the limit is lower here, and the reading is in this process."""
    monkeypatch.setattr(ingest, "LONGEST_TEXT", 50)
    file = files.plain(tmp_path / "long.pdf")
    key = "documents: The file has more than {LONGEST_TEXT} characters of text; so many is the most that is read."
    assert_read(met(lambda: ingest.read_file(lambda **_: None, path=str(file), most_pages=9)), key)


def test_an_upload_that_did_not_arrive_is_not_read(desk: Workbench, show: Show) -> None:
    ended(desk, ingest.bring(desk.store, desk.jobs, ME, uploads.open_upload(desk.store, ME, "document", "x.pdf").id))
    assert_read(page_words(show("documents")), "documents: {filename} has not arrived whole.")


@pytest.fixture(scope="module")
def report(desk: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Document:
    return brought(desk, files.plain(tmp_path_factory.mktemp("report") / "report.pdf"))


def picture(client: TestClient, found: Document, number: int) -> str:
    """What the page's frame is told in place of a picture, which it shows there (``page_view.js``)."""
    answer = client.get(address_of(found.id, number))
    assert answer.status_code != 200
    return json.dumps(answer.json(), ensure_ascii=False)


def test_a_page_that_is_not_there_says_so(client: TestClient, report: Document) -> None:
    assert_read(picture(client, report, 9), "documents: There is no page {number}: the document has {len}.")


def test_a_damaged_page_says_so(desk: Workbench, client: TestClient, tmp_path: Path) -> None:
    found = brought(desk, files.plain(tmp_path / "torn.pdf", 4))
    blob = desk.store.blobs.local_path(found.blob)
    body = blob.read_bytes()
    blob.write_bytes(body.replace(b"/Type /Page\n", b"/Type /Pagf\n"))
    assert_read(picture(client, found, 2), "documents: Page {number} is damaged and cannot be shown.")


def test_a_page_that_takes_too_long_says_so_and_again(desk: Workbench, client: TestClient, report: Document) -> None:
    with changed(desk.settings, page_seconds=0):
        said = picture(client, report, 1)
    assert_read(said, "documents: Page {number} cannot be drawn. {what}")
    assert_read(picture(client, report, 1), "documents: Page {number} cannot be drawn. {what}")  # remembered
    assert_read(said, "documents: *the words of what failed*")


def test_many_pages_at_once_have_to_wait(
    desk: Workbench, client: TestClient, report: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as drawing:
        for _ in range(turns.FOR_ONE_USER):
            drawing.enter_context(desk.pictures._turns.turn(ME))
        monkeypatch.setattr(turns, "MOST_WAITING", 0)
        assert_read(picture(client, report, 2), "documents: Many of your pages are being drawn at once.")


def test_a_page_is_not_drawn_while_the_app_closes(
    desk: Workbench, client: TestClient, report: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = Pictures(desk.settings)
    closed.close()
    monkeypatch.setattr(desk.pictures, "_forks", closed._forks)
    said = picture(client, report, 3)
    assert_read(said, "jobs: The app is closing.", within=True)
    assert_read(said, "documents: Page {number} cannot be drawn. {what}")
