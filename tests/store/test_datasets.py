"""Datasets and their versions."""

from __future__ import annotations

import pytest

from components.errors import AccessError
from components.store import Store, charts, conversations, datasets, evidence, uploads
from components.store.datasets import Column, Dataset
from tests.store.counting import rows_in

COLUMNS = (Column("id", "BIGINT"), Column("price", "DECIMAL(10,2)"))


def bring(
    store: Store, owner: str, name: str = "orders", *, raw_blob: str | None = None, into: Dataset | None = None
) -> Dataset:
    blob = store.blobs.new_key("tables", ".parquet")
    store.blobs.put(blob, b"PAR1")
    return datasets.add_version(
        store,
        owner,
        dataset_id=into.id if into else None,
        name=name,
        title="Orders",
        filename="orders.csv",
        raw_blob=raw_blob,
        blob=blob,
        rows=12,
        bytes=4,
        columns=COLUMNS,
        doubts=[{"code": "encoding", "words": "Read as Windows-1252."}],
    )


def test_a_dataset_is_found_again(store: Store, owner: str) -> None:
    brought = bring(store, owner)
    assert datasets.dataset(store, owner, brought.id) == brought
    assert datasets.list_datasets(store, owner) == [brought]
    assert datasets.version(store, owner, brought.latest.id) == brought.latest
    assert brought.latest.columns == COLUMNS
    assert brought.latest.doubts[0]["code"] == "encoding"


def test_versions_count_up_and_the_last_is_the_latest(store: Store, owner: str) -> None:
    first = bring(store, owner)
    second = bring(store, owner, "ignored", into=first)
    assert (second.id, second.name) == (first.id, "orders")
    assert [version.number for version in second.versions] == [1, 2]
    assert second.latest.number == 2
    assert second.versions[0] == first.latest


def test_the_last_changed_dataset_comes_first(store: Store, owner: str) -> None:
    old, new = bring(store, owner, "old"), bring(store, owner, "new")
    assert [d.id for d in datasets.list_datasets(store, owner)] == [new.id, old.id]
    bring(store, owner, into=old)
    assert [d.id for d in datasets.list_datasets(store, owner)] == [old.id, new.id]


def test_a_taken_name_gets_a_number(store: Store, owner: str, stranger: str) -> None:
    assert [bring(store, owner).name for _ in range(3)] == ["orders", "orders_2", "orders_3"]
    assert bring(store, stranger).name == "orders"


def test_a_dataset_gets_another_title_or_name(store: Store, owner: str) -> None:
    brought = bring(store, owner)
    bring(store, owner, "sales")
    assert datasets.rename_dataset(store, owner, brought.id, "All orders").title == "All orders"
    renamed = datasets.rename_dataset(store, owner, brought.id, name="Sales")
    assert (renamed.name, renamed.title) == ("sales_2", "All orders")
    assert datasets.rename_dataset(store, owner, brought.id, name="sales_2").name == "sales_2"


def test_a_profile_is_kept_with_its_version(store: Store, owner: str) -> None:
    brought = bring(store, owner)
    datasets.set_profile(store, owner, brought.latest.id, {"id": {"distinct": 12, "mean": float("nan")}})
    assert datasets.version(store, owner, brought.latest.id).profile == {"id": {"distinct": 12, "mean": None}}


def test_deleting_is_complete(store: Store, owner: str) -> None:
    kept = bring(store, owner, "kept")
    before, files = rows_in(store), set(store.blobs.keys())
    raw = store.blobs.new_key("raw", ".csv")
    store.blobs.put(raw, b"id,price")
    opened = uploads.open_upload(store, owner, "table", "orders.csv")
    uploads.complete_upload(store, owner, opened.id, 8, "0" * 64, raw)
    gone = bring(store, owner, raw_blob=raw)
    bring(store, owner, into=gone, raw_blob=raw)
    charts.save_charts(store, owner, gone.id, [{"name": "Chart 1"}], [])
    datasets.delete_dataset(store, owner, gone.id)
    assert rows_in(store) == before
    assert set(store.blobs.keys()) == files
    assert datasets.list_datasets(store, owner) == [kept]
    with pytest.raises(AccessError):
        datasets.version(store, owner, gone.latest.id)


def test_a_file_that_another_dataset_came_from_stays(store: Store, owner: str) -> None:
    raw = store.blobs.new_key("raw", ".zip")
    store.blobs.put(raw, b"PK")
    one, two = bring(store, owner, "one", raw_blob=raw), bring(store, owner, "two", raw_blob=raw)
    datasets.delete_dataset(store, owner, one.id)
    assert store.blobs.size(raw) == 2
    datasets.delete_dataset(store, owner, two.id)
    assert list(store.blobs.keys()) == []


def test_evidence_outlives_its_table_and_says_so(store: Store, owner: str) -> None:
    talk = conversations.create_conversation(store, owner, "tables")
    _, reply = conversations.add_turn(store, owner, talk.id, "Total?", provider="p", model="m", worker_id="w")
    gone, kept = bring(store, owner, "gone"), bring(store, owner, "kept")
    both = [gone.latest.id, kept.latest.id]
    rests = evidence.add_evidence(store, owner, reply.id, "query", {"sql": "select 1", "rows": [[42]]}, both)
    assert evidence.evidence(store, owner, rests.id).gone_version_ids == ()
    datasets.delete_dataset(store, owner, gone.id)
    found = evidence.evidence_of_reply(store, owner, reply.id)[0]
    assert found.body == {"sql": "select 1", "rows": [[42]]}
    assert set(found.version_ids) == set(both)
    assert found.gone_version_ids == (gone.latest.id,)
