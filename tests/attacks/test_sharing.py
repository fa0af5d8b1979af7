"""Reading on after a share was taken back, by every way there is: each must end with the next request or rerun."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from components.answers.again import bench_of, csv_of
from components.answers.documents.library import NoDocumentsError, open_library
from components.answers.schema import read_schema
from components.conversations.export import as_markdown
from components.conversations.reading import history
from components.documents import ingest, shelf
from components.documents.routes import address_of
from components.documents.search import search
from components.errors import AccessError, AppError, QueryStoppedError
from components.sharing import take_back
from components.store import belongings, conversations, datasets, documents, evidence, jobs, passages, shares, uploads
from components.store._files import answer_file
from components.store.shares import Share
from components.tables import downloads
from components.tables.files import tables_of
from components.workbench import Workbench
from tests.attacks.conftest import PageOf
from tests.attacks.people import ROWS, Person, Two
from tests.waiting import until

DATASET, DOCUMENT, CONVERSATION = "dataset", "document", "conversation"


def give(two: Two, kind: str, thing_id: str, right: str = "read") -> Share:
    return shares.share(two.bench.store, two.ada.id, kind, thing_id, to_user=two.bob.id, right=right)


def take(two: Two, share: Share) -> None:
    take_back(two.bench, two.ada.id, share)


# Over HTTP


@pytest.mark.parametrize("way", ["csv", "parquet", "original"])
def test_downloads(way: str, two: Two) -> None:
    ada, bob = two.ada, two.bob
    version = ada.dataset.latest
    address = f"/api/tables/{version.id}/{way}"
    assert bob.get(address).status_code == 403
    share = give(two, DATASET, ada.dataset.id)
    given = bob.get(address)
    assert given.status_code == (200 if version.raw_blob or way != "original" else 403)
    assert way != "csv" or given.content.count(ada.mark.encode()) == ROWS
    take(two, share)
    refused = bob.get(address)
    assert refused.status_code == 403
    assert ada.mark.encode() not in refused.content
    assert ada.get(address).status_code == given.status_code


@pytest.mark.parametrize("way", ["csv", "parquet"])
def test_a_download_that_runs_breaks_off(way: str, two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "AT_ONCE", 100)
    monkeypatch.setattr(downloads, "BLOCK", 1000)
    share = give(two, DATASET, two.ada.dataset.id)
    answer = downloads._answer(request_of(two, two.bob, two.ada.dataset.latest.id, way), two.bench)
    pieces = sent_by(answer)
    assert next(pieces)
    shares.unshare(two.bench.store, two.ada.id, share.id)
    with pytest.raises(AccessError):
        next(pieces)


def test_the_owners_own_download_asks_no_further(two: Two) -> None:
    answer = downloads._answer(request_of(two, two.ada, two.ada.dataset.latest.id, "parquet"), two.bench)
    assert type(answer).__name__ == "FileResponse"


def request_of(two: Two, person: Person, version_id: str, way: str) -> Request:
    headers = [(b"cookie", f"groundwork={person.here.token}".encode()), (b"host", b"localhost:8501")]
    state = {"settings": two.bench.settings, "store": two.bench.store}
    path = {"version_id": version_id, "way": way}
    scope = {"type": "http", "method": "GET", "headers": headers, "path_params": path, "state": state}
    return Request(scope | {"client": ("127.0.0.1", 1), "path": "/", "query_string": b""})


def sent_by(answer: Any) -> Iterator[bytes]:
    """The pieces of a streaming answer, made one by one when they are asked for."""
    frame = answer.body_iterator.ag_frame.f_locals
    return next(value for value in frame.values() if hasattr(value, "__next__"))


@pytest.mark.parametrize("action", ["get_datas_by_payload", "get_latest_vis_spec", "update_spec"])
def test_the_explorers_route(action: str, two: Two) -> None:
    ada, bob = two.ada, two.bob
    data = {"update_spec": {"visSpec": [{"name": "mine"}]}, "get_latest_vis_spec": {}}.get(action)
    assert bob.explore(ada.dataset.id, action, data).status_code == 403
    share = give(two, DATASET, ada.dataset.id)
    given = bob.explore(ada.dataset.id, action, data)
    assert given.json()["code"] == 0
    assert (ada.mark in given.text) == (action == "get_datas_by_payload"), "rows, and never the owner's charts"
    take(two, share)
    refused = bob.explore(ada.dataset.id, action, data)
    assert (refused.status_code, ada.mark in refused.text) == (403, False)
    assert [
        chart["name"] for chart in ada.explore(ada.dataset.id, "get_latest_vis_spec", {}).json()["data"]["visSpec"]
    ] == [ada.mark]


def test_a_view_that_is_computed_while_the_share_is_taken_back(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    from components.tables.explorer import kernel

    share = give(two, DATASET, two.ada.dataset.id)
    ask = kernel.Kernel.answer

    def slow(self: Any, action: str, body: Any) -> Any:
        found = ask(self, action, body)
        shares.unshare(two.bench.store, two.ada.id, share.id)
        return found

    monkeypatch.setattr(kernel.Kernel, "answer", slow)
    refused = two.bob.explore(two.ada.dataset.id)
    assert (refused.status_code, two.ada.mark in refused.text) == (403, False)


def test_rows_of_an_answer_that_were_kept_for_exploring(two: Two) -> None:
    """The reader's own answer over a shared table: its file of all rows lies there for an hour."""
    ada, bob, store = two.ada, two.bob, two.bench.store
    share = give(two, DATASET, ada.dataset.id)
    body = evidence.evidence(store, ada.id, ada.evidence).body
    talk = conversations.create_conversation(store, bob.id, "tables")
    _, reply = conversations.add_turn(store, bob.id, talk.id, "q", provider="p", model="m", worker_id="w")
    kept = evidence.add_evidence(store, bob.id, reply.id, "query", body, [ada.dataset.latest.id])
    rows = {"payload": {"workflow": [{"type": "view", "query": [{"op": "raw", "fields": ["note"]}]}]}}
    given = bob.explore(f"evidence/{kept.id}", data=rows).json()["data"]["datas"]
    assert len(given) == ROWS
    assert answer_file(store.home, kept.id).exists()
    take(two, share)
    after = bob.explore(f"evidence/{kept.id}", data=rows).json()["data"]["datas"]
    assert len(after) == 2, "what the answer itself showed, nothing of the table"
    with pytest.raises(AccessError):
        csv_of(bench_of(store, two.bench.engines, bob.id, kept.body), str(kept.body["sql"]))


def test_a_shared_conversation_opens_the_rows_it_shows_and_no_more(two: Two) -> None:
    ada, bob = two.ada, two.bob
    give(two, CONVERSATION, ada.table_talk)
    rows = {"payload": {"workflow": [{"type": "view", "query": [{"op": "raw", "fields": ["note"]}]}]}}
    assert len(ada.explore(f"evidence/{ada.evidence}", data=rows).json()["data"]["datas"]) == ROWS
    assert len(bob.explore(f"evidence/{ada.evidence}", data=rows).json()["data"]["datas"]) == 2
    assert len(ada.explore(f"evidence/{ada.evidence}", data=rows).json()["data"]["datas"]) == ROWS


def test_a_reader_brings_no_version(two: Two) -> None:
    give(two, DATASET, two.ada.dataset.id)
    bench, bob = two.bench, two.bob
    upload = uploads.open_upload(bench.store, bob.id, "table", "more.csv")
    blob = bench.store.blobs.new_key("raw")
    bench.store.blobs.put(blob, b"id,note\n1,mine\n")
    uploads.complete_upload(bench.store, bob.id, upload.id, 15, "0", blob)
    job = bench.jobs.submit(bob.id, "import_table", "more", upload_id=upload.id, dataset_id=two.ada.dataset.id)
    until(lambda: jobs.job(bench.store, bob.id, job.id).ended_at, seconds=60)
    assert "shared with you for reading only" in str(jobs.job(bench.store, bob.id, job.id).error)
    assert len(datasets.dataset(bench.store, two.ada.id, two.ada.dataset.id).versions) == 1


def test_pictures_of_pages(two: Two) -> None:
    ada, bob = two.ada, two.bob
    address = address_of(ada.document.id, 1)
    ada.get(address)  # it lies in the memory of the process now
    assert bob.get(address).status_code == 403
    share = give(two, DOCUMENT, ada.document.id)
    given = bob.get(address)
    assert (given.status_code, given.headers["content-type"]) == (200, "image/jpeg")
    assert "no-cache" in given.headers["cache-control"], "a browser must ask each time"
    take(two, share)
    tag = given.headers["etag"]
    for headers in ({}, {"If-None-Match": tag}):
        assert bob.get(address, **headers).status_code == 403
    assert bob.get(f"{address}?sharp=1").status_code == 403
    assert ada.get(address, **{"If-None-Match": tag}).status_code == 304


# Search


class Same:
    """An embedder to which all texts mean the same: every passage is found by it."""

    def embed(self, texts: Any) -> Any:
        rows = np.zeros((len(texts), 384), np.float32)
        rows[:, 0] = 1.0
        return rows


def embed(two: Two, person: Person) -> None:
    vector = Same().embed(["x"])[0].astype("<f2").tobytes()
    found = passages.passages(two.bench.store, person.id, person.document.id)
    passages.add_embeddings(two.bench.store, person.id, person.document.id, {one.id: vector for one in found})


def hits(two: Two, person: Person, **more: Any) -> set[str]:
    found = search(two.bench.store, person.id, "kettle stands again", embedder=Same(), limit=50, **more)
    return {hit.document_id for hit in found}


def test_search_finds_what_is_shared_and_after_that_not_one_passage(two: Two) -> None:
    ada, bob = two.ada, two.bob
    embed(two, ada)
    embed(two, bob)
    assert hits(two, bob) == {bob.document.id}
    share = give(two, DOCUMENT, ada.document.id)
    assert hits(two, bob) == {ada.document.id, bob.document.id}
    take(two, share)
    assert hits(two, bob) == {bob.document.id}
    assert hits(two, bob, document_ids=[ada.document.id]) == set()
    assert hits(two, ada) == {ada.document.id}


def test_the_readers_index_forgets_with_the_share_not_with_the_next_search(two: Two) -> None:
    embed(two, two.ada)
    share = give(two, DOCUMENT, two.ada.document.id)
    hits(two, two.bob)
    assert in_index(two, two.bob, two.ada.mark)
    take(two, share)
    kept = shelf._here.shelf(shelf.folder_of(two.bench.store, two.bob.id))[0]
    assert set(kept.index.held) == {two.bob.document.id}
    assert two.ada.document.id not in kept.vectors.documents
    until(lambda: in_index(two, two.bob, two.ada.mark) == 0)
    assert hits(two, two.bob) == {two.bob.document.id}


def test_words_leave_the_index_also_where_a_search_came_first(two: Two) -> None:
    """The reader's own search marks them as removed, which leaves them in the files."""
    share = give(two, DOCUMENT, two.ada.document.id)
    hits(two, two.bob)
    assert in_index(two, two.bob, two.ada.mark)
    shares.unshare(two.bench.store, two.ada.id, share.id)
    hits(two, two.bob)
    shelf.clear_gone(two.bench.store, [two.bob.id])
    until(lambda: in_index(two, two.bob, two.ada.mark) == 0)


def in_index(two: Two, person: Person, word: str) -> int:
    """In how many passages a word stands in a person's index, those too that are only marked as removed."""
    return shelf._here.shelf(shelf.folder_of(two.bench.store, person.id))[0].index.spread(word)


def test_a_search_beside_an_ingest_works_on_old_caches_and_still_finds_nothing(two: Two) -> None:
    embed(two, two.ada)
    share = give(two, DOCUMENT, two.ada.document.id)
    hits(two, two.bob)
    kept = shelf._here.shelf(shelf.folder_of(two.bench.store, two.bob.id))[0]
    with kept.changing:  # as while another thread indexes
        shares.unshare(two.bench.store, two.ada.id, share.id)
        assert two.ada.document.id in kept.index.held
        assert hits(two, two.bob) == {two.bob.document.id}


def test_deleting_a_document_clears_its_readers_indexes(two: Two) -> None:
    give(two, DOCUMENT, two.ada.document.id)
    hits(two, two.bob)
    ingest.delete(two.bench.store, two.bench.jobs, two.ada.id, two.ada.document.id)
    until(lambda: in_index(two, two.bob, two.ada.mark) == 0)
    assert hits(two, two.bob) == {two.bob.document.id}


def test_a_conversation_cannot_go_on_asking_what_was_taken_back(two: Two) -> None:
    """What is asked is looked up when it is asked: ids kept with a conversation open nothing."""
    store, ada, bob = two.bench.store, two.ada, two.bob
    tables, texts = give(two, DATASET, ada.dataset.id), give(two, DOCUMENT, ada.document.id)
    assert read_schema(store, bob.id, [ada.dataset.id]).paths
    assert open_library(store, bob.id, [ada.document.id]).documents
    take(two, tables)
    take(two, texts)
    for refused, call in (
        (AccessError, lambda: read_schema(store, bob.id, [ada.dataset.id])),
        (AccessError, lambda: tables_of(store, bob.id, [ada.dataset.id])),
        (NoDocumentsError, lambda: open_library(store, bob.id, [ada.document.id])),
    ):
        with pytest.raises(refused):
            call()
    assert set(tables_of(store, bob.id)) == {bob.dataset.name}


# Engines


def test_a_running_query_and_an_idle_process_end_with_the_share(two: Two) -> None:
    bench, bob = two.bench, two.bob
    share = give(two, DATASET, two.ada.dataset.id)
    paths = tables_of(bench.store, bob.id, [two.ada.dataset.id])
    bench.engines.query(bob.id, "SELECT 1", tables_of(bench.store, bob.id, [bob.dataset.id]))
    (own,) = of_user(bench, bob.id)
    outcome: list[AppError] = []
    name = next(iter(paths))
    slow = f"SELECT count(*) FROM {name} a, {name} b, {name} c WHERE a.note < b.note || c.note"

    def run() -> None:
        try:
            bench.engines.query(bob.id, slow, paths, seconds=60)
        except AppError as error:
            outcome.append(error)

    running = threading.Thread(target=run)
    running.start()
    until(lambda: len(of_user(bench, bob.id)) == 2)
    take(two, share)
    running.join(10)
    assert [type(error) for error in outcome] == [QueryStoppedError]
    assert of_user(bench, bob.id) == [own], "what they do with their own tables goes on"


def of_user(bench: Workbench, user_id: str) -> list[int]:
    return [pid for pid, owner in bench.engines.processes().items() if owner == user_id]


# Conversations


def test_every_way_into_a_conversation(two: Two) -> None:
    store, ada, bob = two.bench.store, two.ada, two.bob
    ways: list[Callable[[], object]] = [
        lambda: as_markdown(store, bob.id, ada.chat),
        lambda: history(store, bob.id, ada.chat, before=9),
        lambda: conversations.pieces(store, bob.id, ada.reply),
        lambda: belongings.whole_conversation(store, bob.id, ada.chat),
    ]
    share = give(two, CONVERSATION, ada.chat)
    assert all(ada.mark in repr(way()) for way in ways), "their words are in the memory of the process now"
    take(two, share)
    for way in ways:
        with pytest.raises(AccessError):
            way()


# Open tabs


def shown(page: AppTest) -> str:
    """Every word that a tab got with its last run, errors too."""
    elements = [*page.title, *page.markdown, *page.caption, *page.code, *page.dataframe]
    return "\n".join(str(one.value) for one in elements) + repr(page)


TABS: dict[str, tuple[str, str, str, Callable[[Person], str]]] = {
    "a table": (DATASET, "pages/tables.py", "t", lambda ada: ada.dataset.id),
    "the explorer": (DATASET, "pages/explorer.py", "t", lambda ada: ada.dataset.id),
    "a document": (DOCUMENT, "pages/documents.py", "d", lambda ada: ada.document.id),
    "a chat": (CONVERSATION, "pages/chat.py", "c", lambda ada: ada.chat),
    "an answer over tables": (CONVERSATION, "pages/ask_tables.py", "c", lambda ada: ada.table_talk),
    "an answer over documents": (CONVERSATION, "pages/ask_documents.py", "c", lambda ada: ada.document_talk),
}


@pytest.mark.parametrize("name", TABS)
def test_an_open_tab_loses_it_with_its_next_run(name: str, two: Two, page_of: PageOf) -> None:
    kind, file, parameter, thing = TABS[name]
    share = give(two, kind, thing(two.ada))
    page = page_of(two.bob, file)
    page.query_params[parameter] = thing(two.ada)
    page.run()
    assert not page.exception
    assert two.ada.mark in shown(page)
    take(two, share)
    page.run()
    assert not page.exception
    assert two.ada.mark not in shown(page).replace(thing(two.ada), "")
    assert "or is not yours" in shown(page)


@pytest.mark.parametrize("file", ["home", "tables", "documents", "ask_tables", "ask_documents", "explorer"])
def test_a_list_names_it_as_long_as_it_is_shared(file: str, two: Two, page_of: PageOf) -> None:
    given = [give(two, DATASET, two.ada.dataset.id), give(two, DOCUMENT, two.ada.document.id)]
    given.append(give(two, CONVERSATION, two.ada.chat))
    page = page_of(two.bob, f"pages/{file}.py").run()
    assert not page.exception
    assert "ada" in shown(page).casefold()
    for share in given:
        take(two, share)
    page.run()
    assert two.ada.mark not in shown(page)
    assert two.ada.dataset.name not in shown(page)


def test_a_reader_is_offered_nothing_that_changes_or_asks(two: Two, page_of: PageOf) -> None:
    give(two, CONVERSATION, two.ada.table_talk)
    page = page_of(two.bob, "pages/ask_tables.py")
    page.query_params["c"] = two.ada.table_talk
    page.run()
    assert not page.exception
    assert two.ada.mark in shown(page)
    assert not page.chat_input
    keys = {str(button.key) for button in page.button}
    assert not {key for key in keys if key.startswith(("run-", "again-", "new", "delete", "retry-", "open-"))}


def test_an_editor_asks_in_it(two: Two, page_of: PageOf) -> None:
    give(two, CONVERSATION, two.ada.document_talk, "edit")
    page = page_of(two.bob, "pages/ask_documents.py")
    page.query_params["c"] = two.ada.document_talk
    page.run()
    page.chat_input[0].set_value("What of the kettle?").run()
    assert not page.exception
    asked = conversations.turns(two.bench.store, two.ada.id, two.ada.document_talk)
    assert [turn.question for turn in asked][-1] == "What of the kettle?"

    def newest() -> conversations.Reply:
        return conversations.turns(two.bench.store, two.ada.id, two.ada.document_talk)[-1].replies[-1]

    until(lambda: newest().state == "complete")
    reply = newest()
    found = evidence.evidence_of_reply(two.bench.store, two.bob.id, reply.id)[-1].body
    assert {quote["document_id"] for quote in found["quotes"]} == {two.bob.document.id}, "of his documents, not of hers"


def test_a_shared_answer_opens_no_page_of_a_document_that_is_not(two: Two, page_of: PageOf) -> None:
    give(two, CONVERSATION, two.ada.document_talk)
    page = page_of(two.bob, "pages/ask_documents.py")
    page.query_params["c"] = two.ada.document_talk
    page.run()
    assert not page.exception
    assert "is not shared with you" in shown(page)
    assert "Only a passage" not in shown(page)
    assert two.bob.get(address_of(two.ada.document.id, 1)).status_code == 403


def test_nothing_of_the_owners_other_things_comes_along(two: Two) -> None:
    give(two, DATASET, two.ada.dataset.id)
    store, ada, bob = two.bench.store, two.ada, two.bob
    assert [one.id for one in documents.list_documents(store, bob.id)] == [bob.document.id]
    assert {one.id for one in datasets.list_datasets(store, bob.id)} == {bob.dataset.id, ada.dataset.id}
    assert ada.chat not in {one.id for one in conversations.list_conversations(store, bob.id)}
