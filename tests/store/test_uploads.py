"""Uploads, and the sweep of what they leave."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.errors import AccessError
from components.settings import Settings
from components.store import Store, close_store, documents, jobs, open_store, uploads
from components.store.schema import uploads as upload_rows
from components.store.uploads import DAY, Upload
from tests.store.test_datasets import bring

HASH = "0" * 64


def complete(store: Store, owner: str, content: bytes = b"a,b") -> Upload:
    opened = uploads.open_upload(store, owner, "table", "a.csv")
    blob = store.blobs.new_key("raw", ".csv")
    store.blobs.put(blob, content)
    return uploads.complete_upload(store, owner, opened.id, len(content), HASH, blob)


def age(store: Store, upload: Upload, seconds: float) -> None:
    """Make an upload, and its file, older than they are."""
    born = time.time() - seconds
    with store.database.writing() as connection:
        connection.execute(sa.update(upload_rows).where(upload_rows.c.id == upload.id).values(created_at=born))
    if upload.blob:
        os.utime(store.blobs.local_path(upload.blob), (born, born))


def test_an_upload_opens_and_is_completed(store: Store, owner: str) -> None:
    opened = uploads.open_upload(store, owner, "table", "a.csv")
    assert (opened.state, opened.blob, opened.bytes) == ("open", None, None)
    done = complete(store, owner)
    assert (done.state, done.bytes, done.sha256) == ("complete", 3, HASH)
    assert uploads.upload(store, owner, done.id) == done


def test_a_refused_upload_says_why(store: Store, owner: str) -> None:
    opened = uploads.open_upload(store, owner, "table", "a.exe")
    assert uploads.refuse_upload(store, owner, opened.id, "Not a table.").error == "Not a table."
    assert uploads.upload(store, owner, opened.id).state == "refused"


def test_an_upload_is_closed_once(store: Store, owner: str) -> None:
    done = complete(store, owner)
    with pytest.raises(AccessError):
        uploads.complete_upload(store, owner, done.id, 9, HASH, store.blobs.new_key("raw"))
    with pytest.raises(AccessError):
        uploads.refuse_upload(store, owner, done.id, "late")
    assert uploads.upload(store, owner, done.id) == done


def test_a_purpose_that_nothing_reads_is_refused(store: Store, owner: str) -> None:
    with pytest.raises(ValueError, match="song"):
        uploads.open_upload(store, owner, "song", "a.mp3")


def test_deleting_takes_the_file_along(store: Store, owner: str) -> None:
    done = complete(store, owner)
    uploads.delete_upload(store, owner, done.id)
    assert list(store.blobs.keys()) == []
    with pytest.raises(AccessError):
        uploads.upload(store, owner, done.id)


def test_deleting_an_upload_leaves_the_file_that_became_a_table(store: Store, owner: str) -> None:
    done = complete(store, owner)
    brought = bring(store, owner, raw_blob=done.blob)
    uploads.delete_upload(store, owner, done.id)
    assert brought.latest.raw_blob in set(store.blobs.keys())


def test_the_sweep_takes_what_nobody_will_miss(store: Store, owner: str) -> None:
    opened = uploads.open_upload(store, owner, "table", "a.csv")
    refused = uploads.refuse_upload(store, owner, uploads.open_upload(store, owner, "table", "b").id, "No.")
    forgotten = complete(store, owner)
    fresh, recent = uploads.open_upload(store, owner, "table", "c.csv"), complete(store, owner)
    for old in (opened, refused):
        age(store, old, DAY + 60)
    age(store, forgotten, 8 * DAY)
    age(store, recent, 6 * DAY)
    assert uploads.sweep_uploads(store) == 1
    assert list(store.blobs.keys()) == [recent.blob]
    for gone in (opened, refused, forgotten):
        with pytest.raises(AccessError):
            uploads.upload(store, owner, gone.id)
    assert uploads.upload(store, owner, fresh.id) == fresh
    assert uploads.upload(store, owner, recent.id) == recent


def test_the_sweep_waits_for_work_under_way(store: Store, owner: str) -> None:
    waiting = complete(store, owner)
    age(store, waiting, 8 * DAY)
    job = jobs.submit(store, owner, "import_table", "a.csv", {"upload_id": waiting.id})
    assert uploads.sweep_uploads(store) == 0
    jobs.cancel(store, owner, job.id)
    assert uploads.sweep_uploads(store) == 1


def test_the_sweep_takes_old_files_that_no_row_names(store: Store, owner: str) -> None:
    named = {bring(store, owner, raw_blob=complete(store, owner).blob).latest.blob, complete(store, owner).blob}
    document = store.blobs.new_key("documents", ".pdf")
    store.blobs.put(document, b"%PDF")
    documents.add_document(store, owner, title="T", filename="t.pdf", sha256=HASH, blob=document, bytes=4)
    kept = set(store.blobs.keys())
    orphan, young = store.blobs.new_key("tables"), store.blobs.new_key("tables")
    store.blobs.put(orphan, b"x")
    store.blobs.put(young, b"x")
    for key in (*kept, orphan):
        _make_old(store.blobs.local_path(key))
    assert uploads.sweep_uploads(store) == 1
    assert set(store.blobs.keys()) == kept | {young} >= named


def test_the_sweep_takes_old_half_written_files(store: Store) -> None:
    old, young = (store.blobs.local_path(store.blobs.new_key("raw")) for _ in range(2))
    parts = [file.with_name(f".{file.name}.part") for file in (old, young)]
    for part in parts:
        part.parent.mkdir(parents=True)
        part.write_bytes(b"half")
    _make_old(parts[0])
    assert uploads.sweep_uploads(store) == 1
    assert [part.exists() for part in parts] == [False, True]


def test_the_sweep_leaves_the_files_of_another_database_alone(
    store: Store, owner: str, store_settings: Settings, tmp_path: Path
) -> None:
    kept = complete(store, owner)
    uploads.sweep_uploads(store)
    assert kept.blob is not None
    _make_old(store.blobs.local_path(kept.blob))
    other = open_store(Settings(home=tmp_path / "other", blobs_url=str(store_settings.home / "blobs")))
    assert uploads.sweep_uploads(other) == 0
    close_store(other)
    assert list(store.blobs.keys()) == [kept.blob]


def _make_old(file: Path) -> None:
    born = time.time() - 2 * DAY
    os.utime(file, (born, born))
