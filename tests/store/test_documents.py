"""Documents, their pages and passages, and the embeddings that come behind them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from components.errors import AccessError
from components.store import Store, documents, passages
from components.store.documents import Document, Page, Span
from tests.store.counting import rows_in

PAGES = [Page(1, "Revenue grew by half."), Page(2, "Costs \u2014 all of them \u2014 fell. \U0001d538")]
SPANS = [Span(2, 0, 5), Span(1, 13, 21), Span(1, 0, 7), Span(2, 6, 7), Span(2, 28, 29)]


def add(store: Store, owner: str, sha256: str = "0", blob: str = "b") -> Document:
    return documents.add_document(store, owner, title="T", filename="t.pdf", sha256=sha256, blob=blob, bytes=9)


def read(store: Store, owner: str, sha256: str = "0") -> Document:
    return documents.set_pages(store, owner, add(store, owner, sha256).id, PAGES, SPANS)


def test_a_document_is_kept_with_pages_and_passages(store: Store, owner: str) -> None:
    added = add(store, owner)
    assert (added.state, added.page_count, added.passage_count) == ("reading", 0, 0)
    done = documents.set_pages(store, owner, added.id, PAGES, SPANS, title="Report", facts={"years": [2024]})
    assert (done.state, done.title, done.page_count, done.passage_count) == ("ready", "Report", 2, 5)
    assert done.facts == {"years": [2024]}
    assert documents.list_documents(store, owner) == [done] == [documents.document(store, owner, added.id)]
    assert documents.pages(store, owner, added.id) == PAGES
    assert documents.page(store, owner, added.id, 2) == PAGES[1]
    assert documents.page(store, owner, added.id, 3) is None


def test_passages_come_in_the_order_of_the_text_and_with_their_words(store: Store, owner: str) -> None:
    found = passages.passages(store, owner, read(store, owner).id)
    assert [p.text for p in found] == ["Revenue", "by half.", "Costs", "\u2014", "\U0001d538"]
    for passage in found:
        assert passage.text == PAGES[passage.page - 1].text[passage.start : passage.end]


def test_passages_are_found_by_their_ids_in_the_order_that_was_asked(store: Store, owner: str, stranger: str) -> None:
    mine = passages.passages(store, owner, read(store, owner).id)
    theirs = passages.passages(store, stranger, read(store, stranger).id)
    asked = [mine[2].id, "nothing", theirs[0].id, mine[0].id]
    assert passages.passages_named(store, owner, asked) == [mine[2], mine[0]]
    assert passages.passages_named(store, owner, [mine[1].id] * 600) == [mine[1]] * 600


def test_the_text_of_a_document_that_is_ready_is_final(store: Store, owner: str) -> None:
    done = read(store, owner)
    kept = passages.passages(store, owner, done.id)
    assert documents.set_pages(store, owner, done.id, [Page(1, "second")], [], title="Other") == done
    assert documents.fail_document(store, owner, done.id, {"what": "no"}) == done
    assert documents.begin_reading(store, owner, done.id) == done
    assert documents.pages(store, owner, done.id) == PAGES
    assert passages.passages(store, owner, done.id) == kept


def test_the_same_file_is_one_document_for_its_user(store: Store, owner: str, stranger: str) -> None:
    done = read(store, owner)
    assert add(store, owner, blob="another") == done
    assert add(store, stranger).id != done.id
    assert add(store, owner, "1").id != done.id
    assert len(documents.list_documents(store, owner)) == 2


def test_the_same_file_at_once_is_one_document(store: Store, owner: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda _: add(store, owner), range(12)))
    assert {document.id for document in added} == {documents.list_documents(store, owner)[0].id}


def test_a_document_that_failed_says_why_and_can_be_read_again(store: Store, owner: str) -> None:
    added = add(store, owner)
    failed = documents.fail_document(store, owner, added.id, {"what": "It is locked."}, page_count=3)
    assert (failed.state, failed.error, failed.page_count) == ("failed", {"what": "It is locked."}, 3)
    assert add(store, owner) == failed
    assert documents.begin_reading(store, owner, added.id).error is None
    assert documents.set_pages(store, owner, added.id, PAGES, SPANS).state == "ready"


def test_embeddings_are_counted_and_kept_once(store: Store, owner: str) -> None:
    done = read(store, owner)
    first, *others = passages.passages(store, owner, done.id)
    assert passages.add_embeddings(store, owner, done.id, {first.id: b"1", "nothing": b"2"}).embedded_count == 1
    assert passages.without_embedding(store, owner, done.id, 2) == others[:2]
    again = passages.add_embeddings(store, owner, done.id, {p.id: b"3" for p in (first, *others)})
    assert again.embedded_count == again.passage_count
    assert passages.without_embedding(store, owner, done.id, 9) == []
    assert passages.vectors(store, owner, done.id) == {first.id: b"1"} | {p.id: b"3" for p in others}


def test_embeddings_of_another_document_are_left_out(store: Store, owner: str, stranger: str) -> None:
    mine, theirs = read(store, owner), read(store, stranger)
    foreign = passages.passages(store, stranger, theirs.id)[0].id
    assert passages.add_embeddings(store, owner, mine.id, {foreign: b"1"}).embedded_count == 0
    assert passages.vectors(store, stranger, theirs.id) == {}
    with pytest.raises(AccessError):
        passages.add_embeddings(store, owner, theirs.id, {foreign: b"1"})


def test_a_title_is_changed_and_the_facts_stay(store: Store, owner: str) -> None:
    done = documents.set_pages(store, owner, add(store, owner).id, PAGES, SPANS, facts={"author": "Ann"})
    changed = documents.rename_document(store, owner, done.id, "Report")
    assert (changed.title, changed.facts) == ("Report", {"author": "Ann"})


def test_a_deleted_document_leaves_nothing(store: Store, owner: str) -> None:
    before, blob = rows_in(store), store.blobs.new_key("documents", ".pdf")
    store.blobs.put(blob, b"%PDF")
    done = documents.set_pages(store, owner, add(store, owner, blob=blob).id, PAGES, SPANS)
    passages.add_embeddings(store, owner, done.id, {p.id: b"1" for p in passages.passages(store, owner, done.id)})
    documents.delete_document(store, owner, done.id)
    assert rows_in(store) == before
    assert list(store.blobs.keys()) == []
