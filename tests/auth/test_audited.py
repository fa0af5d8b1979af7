"""Everyday work stands in the audit: what was asked, brought and refused; not what the local owner does alone."""

from __future__ import annotations

import pytest

from components.errors import QueryRefusedError
from components.store import datasets, uploads
from components.store.audit import Entry, audit, own_audit
from components.store.jobs import job
from components.store.users import LOCAL_OWNER_ID, ensure_local_owner
from components.workbench import Workbench
from tests.auth.people_here import Here
from tests.belongings.test_export import ask
from tests.waiting import until


def lines(bench: Workbench, user_id: str, did: str) -> list[Entry]:
    return [entry for entry in own_audit(bench.store, user_id) if entry.did == did]


def bring(bench: Workbench, user_id: str) -> None:
    """Import a small table."""
    key = bench.store.blobs.new_key("raw")
    bench.store.blobs.put(key, b"id,name\n1,x\n2,y\n")
    upload = uploads.open_upload(bench.store, user_id, "table", "orders.csv")
    uploads.complete_upload(bench.store, user_id, upload.id, 16, "0" * 64, key)
    begun = bench.jobs.submit(user_id, "import_table", "orders.csv", upload_id=upload.id)
    until(lambda: job(bench.store, user_id, begun.id).state == "done", seconds=60)


def test_an_import_and_a_question_are_noted_without_their_words(signing: Workbench, jonas: Here, ada: Here) -> None:
    bring(signing, jonas.id)
    until(lambda: lines(signing, jonas.id, "imported a table"))
    ask(signing, jonas.id, "SELECT count(*) AS n FROM orders")
    (asked,) = until(lambda: lines(signing, jonas.id, "asked a question"))
    assert (asked.who, asked.thing, asked.detail) == ("Jonas Vega", "SQL", "you, complete")
    told = [f"{entry.thing} {entry.detail}" for entry in audit(signing.store, ada.id)]
    assert not [line for line in told if "How many" in line]


def test_a_refused_query_is_noted_with_its_reason(signing: Workbench, jonas: Here) -> None:
    bring(signing, jonas.id)
    (table,) = datasets.list_datasets(signing.store, jonas.id)
    files = {"orders": signing.store.blobs.local_path(table.latest.blob)}
    with pytest.raises(QueryRefusedError) as refused:
        signing.engines.query(jonas.id, "SELECT * FROM read_csv('/etc/passwd')", files)
    (entry,) = lines(signing, jonas.id, "query refused")
    assert entry.detail == refused.value.what[:300]


def test_the_local_owner_works_unnoted(bench: Workbench) -> None:
    ensure_local_owner(bench.store)
    bring(bench, LOCAL_OWNER_ID)
    ask(bench, LOCAL_OWNER_ID, "SELECT count(*) AS n FROM orders")
    until(lambda: bench.runner.running() == 0)
    assert own_audit(bench.store, LOCAL_OWNER_ID) == []
