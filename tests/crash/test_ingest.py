"""The app is killed while it reads and embeds: nothing acknowledged is lost, nothing is torn, and all of it ends."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from components.documents import ingest
from components.documents.passages import split
from components.documents.reading import PageText
from components.settings import Settings
from components.store import Store, close_store, documents, open_store, passages
from components.store import jobs as rows
from components.store.documents import Document
from tests.crash.processes import kill, reading, started
from tests.documents import files
from tests.documents.conftest import arrived
from tests.people import add_person
from tests.waiting import until

INGESTING = "tests.crash.ingesting"
PAGES = (700, 40, 900, 15)


def prepared(settings: Settings, folder: Path) -> None:
    """A store with uploads that have arrived and jobs that wait, closed again: one process at a time holds it."""
    store = open_store(settings)
    add_person(store, "ann")
    for number, pages in enumerate(PAGES):
        file = files.write(folder / f"{number}.pdf", ([f"Report {number}.", f"Page {n}."] for n in range(1, pages + 1)))
        upload = arrived(store, "ann", file)
        rows.submit(store, "ann", ingest.INGEST, file.name, {"upload_id": upload, "document_id": f"document-{number}"})
    close_store(store)


def assert_whole(store: Store, found: Document) -> None:
    """A document is unread, or it has every page and every passage of its text."""
    pages = documents.pages(store, "ann", found.id)
    cut = passages.passages(store, "ann", found.id)
    if found.state == "reading":
        assert (pages, cut, found.page_count) == ([], [], 0)
        return
    number = int(found.filename.split(".")[0])
    assert [page.text for page in pages] == [f"Report {number}.\nPage {n}." for n in range(1, PAGES[number] + 1)]
    spans = [(span.page, span.start, span.end) for span in split(PageText(p.number, p.text) for p in pages)]
    assert [(p.page, p.start, p.end) for p in cut] == spans
    assert found.embedded_count == len(passages.vectors(store, "ann", found.id)) <= found.passage_count


def embedded(store: Store) -> int:
    return sum(found.embedded_count for found in documents.list_documents(store, "ann"))


def _ready(store: Store) -> dict[str, Document]:
    return {found.id: found for found in documents.list_documents(store, "ann") if found.state == "ready"}


def work_and_be_killed(settings: Settings, more: int) -> None:
    """Let the app work until a document became ready or so many more passages are embedded, then kill it."""
    with started(INGESTING, str(settings.home)) as process, reading(settings) as store:
        were, before = len(_ready(store)), embedded(store)
        until(lambda: len(_ready(store)) > were or embedded(store) >= before + more, seconds=60)
        children = psutil.Process(process.pid).children(recursive=True)
        kill(process)
        until(lambda: not [child for child in children if child.is_running()])


@pytest.mark.slow
def test_kills_lose_nothing_and_tear_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    prepared(settings, tmp_path)
    ready: set[str] = set()
    known = 0
    for more in (1, 33):  # a job that was tried three times fails
        work_and_be_killed(settings, more)
        with reading(settings) as store:
            for document in documents.list_documents(store, "ann"):
                assert_whole(store, document)
            assert ready <= set(_ready(store)), "what was ready stays ready"
            assert embedded(store) >= known
            ready, known = set(_ready(store)), embedded(store)
    with started(INGESTING, str(settings.home)), reading(settings) as store:
        until(lambda: len(_ready(store)) == len(PAGES), seconds=120)
        until(lambda: embedded(store) == sum(PAGES), seconds=120)
        for document in documents.list_documents(store, "ann"):
            assert_whole(store, document)
        until(lambda: {job.state for job in rows.jobs(store, "ann")} == {"done"}, seconds=60)
        assert set(_ready(store)) == {f"document-{number}" for number in range(len(PAGES))}


@pytest.mark.slow
def test_a_file_that_takes_the_app_with_it_each_time_is_said_to_have_failed(tmp_path: Path) -> None:
    """Three deaths while one file is read: it is tried no more, and the list offers to read it again."""
    settings = Settings(home=tmp_path / "home")
    store = open_store(settings)
    add_person(store, "ann")
    upload = arrived(store, "ann", files.write(tmp_path / "0.pdf", [files.SENTENCES] * 4000))
    job = rows.submit(store, "ann", ingest.INGEST, "0.pdf", {"upload_id": upload, "document_id": "document-0"})
    close_store(store)
    for _ in range(3):
        with started(INGESTING, str(settings.home)) as process, reading(settings) as store:
            until(lambda: rows.job(store, "ann", job.id).state == "running", seconds=60)
            until(lambda: documents.list_documents(store, "ann"), seconds=60)
            kill(process)
            assert rows.job(store, "ann", job.id).state == "running", "killed in the middle"
    with started(INGESTING, str(settings.home)), reading(settings) as store:
        until(lambda: rows.job(store, "ann", job.id).state == "failed", seconds=60)
        (left,) = documents.list_documents(store, "ann")
        assert (left.state, ingest.going(store, "ann")) == ("reading", {})
        again = rows.submit(store, "ann", ingest.INGEST, "0.pdf", {"document_id": left.id})
        until(lambda: rows.job(store, "ann", again.id).state == "done", seconds=60)
        assert documents.list_documents(store, "ann")[0].state == "ready"
