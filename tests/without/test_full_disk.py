"""A disk that becomes full while something is brought, read or asked: it is said, nothing is lost, and it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from components.auth.facts import RequestFacts
from components.documents import ingest
from components.errors import StorageFullError
from components.store import conversations, datasets, documents, jobs, uploads
from components.store.providers import save_own_provider
from components.store.users import ensure_local_owner
from components.tables.imports import imports_folder
from components.tables.routes import routes
from components.workbench import Workbench
from tests.conftest import AT_HOME, ROOT
from tests.documents import files
from tests.messages.bringing import ME, arrived, ended, imported
from tests.messages.reading import assert_read, page_words
from tests.servers.app import running_app
from tests.servers.around import around
from tests.servers.dialects import Reply as Spoken
from tests.servers.fault_server import FaultServer
from tests.tables.importing.reading import csv_of
from tests.tables.ui.test_page import Told, tell
from tests.test_server_start import assert_refused, start
from tests.waiting import until
from tests.without.conftest import Disk
from tests.workbenches import workbench_with

NO_ROOM = "store: No room is left on the disk that holds the data."
NO_ROOM_TO_IMPORT = "tables/importing: There is no room left on the disk for this import."
READ = {
    NO_ROOM,
    "store: No room is left on the disk that holds {place}.",
    NO_ROOM_TO_IMPORT,
}
HERE = "http://localhost:8501"
OURS = {"X-Groundwork": "1", "Origin": HERE, "Sec-Fetch-Site": "same-origin"}
ROWS = csv_of("id,name", [f"{n},x{n}" for n in range(500)]).encode()
HEAVY = csv_of("id", [sha256(str(n).encode()).hexdigest() for n in range(60_000)]).encode()  # packs to half, at best
LONG = csv_of("id,text", [f"{n},some words {n}" for n in range(500_000)]).encode()


@pytest.fixture
def disk(mounted: Callable[..., Disk], tmp_path: Path) -> Disk:
    """The disk on which the data lies."""
    return mounted(tmp_path / "disk")


@pytest.fixture
def desk(disk: Disk, monkeypatch: pytest.MonkeyPatch, visitor: Callable[[RequestFacts], None]) -> Iterator[Workbench]:
    """A workbench on that disk, with a table in it."""
    visitor(AT_HOME)
    with workbench_with(monkeypatch, disk.folder / "home") as opened:
        ensure_local_owner(opened.store)
        assert imported(opened, ROWS, "before.csv").state == "done"
        yield opened
        disk.make_room()


def show(page: str, **query: str) -> AppTest:
    """A page in a new tab."""
    at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    return at.switch_page(f"pages/{page}.py").run()


def tables(desk: Workbench) -> list[str]:
    """The tables that are there, each looked into."""
    found = datasets.list_datasets(desk.store, ME)
    for one in found:
        path = desk.store.blobs.local_path(one.latest.blob)
        rows = desk.engines.query(ME, f'SELECT count(*) AS n FROM "{one.name}"', {one.name: path}).table
        assert rows.column("n").to_pylist() == [one.latest.rows]
    return sorted(one.name for one in found)


def test_on_a_disk_that_is_full_from_the_beginning_the_app_says_so(
    mounted: Callable[..., Disk], tmp_path: Path
) -> None:
    full = mounted(tmp_path / "full", 1)
    full.fill()
    code, lines = start(full.folder)
    assert_refused(code, lines, "No room is left on the disk that holds", "Free some space, then try again.")
    full.make_room()
    with running_app(full.folder) as app:
        assert "did not start" not in app.said()


def test_an_import_that_cannot_begin_says_so_and_begins_when_there_is_room(
    desk: Workbench, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = arrived(desk, ROWS, "after.csv")
    at = show("tables")
    tell(monkeypatch, Told(done=[upload_id]))
    disk.fill()
    assert_read(page_words(at.run()), NO_ROOM)
    assert tables(desk) == ["before"]
    disk.make_room()
    at.run()
    until(lambda: len(datasets.list_datasets(desk.store, ME)) == 2, seconds=60)
    assert tables(desk) == ["after", "before"]


def test_an_import_under_way_says_so_once_there_is_room_to_say_it(desk: Workbench, disk: Disk) -> None:
    upload_id = arrived(desk, LONG, "after.csv")
    job = desk.jobs.submit(ME, "import_table", "after.csv", upload_id=upload_id)
    until(lambda: any(imports_folder(desk.settings).glob("*")), seconds=60)
    disk.fill()
    until(lambda: not any(imports_folder(desk.settings).glob("*")), seconds=60)
    assert tables(desk) == ["before"]
    disk.make_room()
    assert ended(desk, job).state == "failed"
    said = page_words(show("tables"))
    assert_read(said, NO_ROOM if "holds the data" in said else NO_ROOM_TO_IMPORT)  # the job met it first, or its child
    assert ended(desk, desk.jobs.submit(ME, "import_table", "after.csv", upload_id=upload_id)).state == "done"
    assert tables(desk) == ["after", "before"]


def test_an_import_whose_own_disk_is_full_says_so(desk: Workbench, mounted: Callable[..., Disk]) -> None:
    """The folder in which it works: what the child process met is told by it."""
    small = mounted(imports_folder(desk.settings), 1)
    upload_id = arrived(desk, HEAVY, "after.csv")
    ended(desk, desk.jobs.submit(ME, "import_table", "after.csv", upload_id=upload_id))
    assert list(small.folder.iterdir()) == [], "what was half written is gone"
    assert_read(page_words(show("tables")), NO_ROOM_TO_IMPORT)
    assert tables(desk) == ["before"]


def test_an_upload_without_room_is_refused_and_leaves_nothing(
    desk: Workbench, mounted: Callable[..., Disk], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = mounted(desk.settings.home / "blobs" / "raw", 1)
    upload_id = uploads.open_upload(desk.store, ME, "table", "large.csv").id
    app = Starlette(routes=routes(desk), middleware=[around(desk)])
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000), headers=OURS) as client:
        assert client.put(f"/api/uploads/{upload_id}", content=b"x" * (3 << 20)).status_code == 507
    tell(monkeypatch, Told(failed=[upload_id]))
    said = page_words(show("tables").run())
    kept = "What was there before is untouched."  # of every file that is refused the box says so in words of its own
    assert_read(f"{said} {kept}", "store: No room is left on the disk that holds {place}.")
    assert "Your tables are untouched" in said
    assert [file for file in small.folder.rglob("*") if file.is_file()] == []


def test_a_document_without_room_is_read_when_there_is(desk: Workbench, disk: Disk, tmp_path: Path) -> None:
    body = files.plain(tmp_path / "report.pdf", 40).read_bytes()
    upload_id = arrived(desk, body, "report.pdf", "document")
    at = show("documents")
    assert not at.exception
    disk.fill()
    with pytest.raises(StorageFullError):
        ingest.bring(desk.store, desk.jobs, ME, upload_id)
    disk.make_room()
    job = ingest.bring(desk.store, desk.jobs, ME, upload_id)
    until(lambda: jobs.job(desk.store, ME, job.id).state == "running" or jobs.job(desk.store, ME, job.id).ended_at)
    disk.fill()
    until(lambda: desk.jobs._owed or jobs.job(desk.store, ME, job.id).ended_at, seconds=60)
    disk.make_room()
    ended(desk, job)
    (found,) = documents.list_documents(desk.store, ME)
    if found.state != "ready":
        assert_read(page_words(show("documents", d=found.id)), NO_ROOM)
        ended(desk, ingest.read_again(desk.jobs, ME, found))
    assert documents.list_documents(desk.store, ME)[0].state == "ready"


def test_a_question_without_room_is_not_lost_and_an_answer_goes_on(desk: Workbench, disk: Disk) -> None:
    with FaultServer() as server:
        server.replies["slow"] = Spoken(("word ",) * 60)
        save_own_provider(desk.store, ME, "Bench", "chat", f"{server.url}/v1")
        talk = conversations.create_conversation(desk.store, ME, "chat", "Q", {"provider": "Bench", "model": "slow"})
        at = show("chat", c=talk.id)
        until(lambda: at.run() and not at.chat_input[0].disabled)
        disk.fill()
        at.chat_input[0].set_value("What is the capital of France?").run()
        assert_read(page_words(at), NO_ROOM)
        assert at.chat_input[0].proto.value == "What is the capital of France?", "it stands in the field again"
        disk.make_room()
        at.chat_input[0].set_value("What is the capital of France?").run()
        until(lambda: conversations.turns(desk.store, ME, talk.id))
        disk.fill()
        until(lambda: any(visit.pieces > 50 for visit in server.visits), seconds=60)
        disk.make_room()
        until(lambda: conversations.turns(desk.store, ME, talk.id)[-1].replies[-1].state != "streaming")
    (turn,) = conversations.turns(desk.store, ME, talk.id)
    assert (turn.question, turn.replies[-1].state) == ("What is the capital of France?", "complete")
    assert page_words(show("chat", c=talk.id)).count("word") == 60
