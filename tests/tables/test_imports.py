"""The import job on a real worker and a real child process: what is kept, what is said, what is undone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import Store, charts, datasets, jobs, open_store, uploads
from components.store.jobs import Job
from components.store.opening import close_store
from components.tables import imports, sample
from tests.people import add_person
from tests.tables.importing.reading import csv_of

SECONDS = 60.0
ORDERS = csv_of("id,amount", [f"{n},{n}.50" for n in range(100)])


class Desk:
    """A store with a user and a worker."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, model="none")
        self.store: Store = open_store(self.settings)
        self.user = add_person(self.store, "owner")
        self.jobs = Jobs(self.store, self.settings, (*imports.KINDS, *sample.KINDS))
        self.jobs.start()

    def upload(self, content: str | bytes, filename: str, user: str = "") -> str:
        """The id of a complete upload."""
        user = user or self.user
        opened = uploads.open_upload(self.store, user, "table", filename)
        key = self.store.blobs.new_key("raw")
        body = content.encode() if isinstance(content, str) else content
        self.store.blobs.put(key, body)
        uploads.complete_upload(self.store, user, opened.id, len(body), sha256(body).hexdigest(), key)
        return opened.id

    def run(self, kind: str = "import_table", **arguments: Any) -> Job:
        """A job's row after it has ended."""
        return self.ended(self.jobs.submit(self.user, kind, kind, **arguments))

    def ended(self, job: Job) -> Job:
        """Wait for a job."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            found = jobs.job(self.store, self.user, job.id)
            if found.state not in ("queued", "running"):
                return found
            time.sleep(0.02)
        raise TimeoutError(job.kind)

    def rows(self, dataset: datasets.Dataset) -> int:
        """Rows of the newest version, counted in its file."""
        found = duckdb.execute(f"SELECT count(*) FROM '{self.store.blobs.local_path(dataset.latest.blob)}'").fetchone()
        assert found
        return int(found[0])

    def close(self) -> None:
        """Stop the worker and close the store."""
        self.jobs.close()
        close_store(self.store)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path / "home")
    yield opened
    opened.close()


def test_an_upload_becomes_a_table_with_its_profile_and_the_file_as_it_came(desk: Desk) -> None:
    job = desk.run(upload_id=desk.upload(ORDERS, "Orders (final).csv"))
    assert (job.state, job.error) == ("done", None)
    (found,) = datasets.list_datasets(desk.store, desk.user)
    assert (found.name, found.title, found.latest.rows) == ("orders_final", "Orders (final)", 100)
    assert desk.rows(found) == 100
    assert found.latest.raw_blob is not None
    assert desk.store.blobs.open(found.latest.raw_blob).read().decode() == ORDERS
    assert found.latest.profile is not None
    assert [c["name"] for c in found.latest.profile["columns"]] == ["id", "amount"]
    assert list(imports.imports_folder(desk.settings).iterdir()) == []


def test_rows_that_did_not_fit_are_kept_with_their_lines(desk: Desk) -> None:
    desk.run(upload_id=desk.upload(ORDERS + "only one value\n", "a.csv"))
    (found,) = datasets.list_datasets(desk.store, desk.user)
    (doubt,) = [doubt for doubt in found.latest.doubts if doubt["kind"] == "rows"]
    assert doubt["rows"] == [[102, "too few values", "only one value"]]


def test_a_file_that_cannot_be_read_says_what_to_do_and_touches_nothing(desk: Desk) -> None:
    desk.run(upload_id=desk.upload(ORDERS, "good.csv"))
    job = desk.run(upload_id=desk.upload(b"%PDF-1.7", "report.pdf"))
    assert job.state == "failed"
    assert job.error is not None
    assert "report.pdf is a PDF" in job.error["what"]
    assert job.error["todo"]
    assert [found.name for found in datasets.list_datasets(desk.store, desk.user)] == ["good"]


def test_a_new_version_says_what_changed(desk: Desk) -> None:
    desk.run(upload_id=desk.upload(ORDERS, "orders.csv"))
    (first,) = datasets.list_datasets(desk.store, desk.user)
    longer = csv_of("id,amount,note", [f"{n},x,y" for n in range(120)])
    job = desk.run(upload_id=desk.upload(longer, "orders_2.csv"), dataset_id=first.id)
    assert job.state == "done"
    (found,) = datasets.list_datasets(desk.store, desk.user)
    assert [version.rows for version in found.versions] == [100, 120]
    assert (found.id, found.name) == (first.id, "orders")
    (doubt,) = [doubt for doubt in found.latest.doubts if doubt["kind"] == "columns"]
    assert "`note` is new" in doubt["text"]
    assert "`amount` was DOUBLE and is VARCHAR" in doubt["text"]


def test_a_file_that_was_brought_before_says_so(desk: Desk) -> None:
    for filename in ("orders.csv", "orders again.csv"):
        desk.run(upload_id=desk.upload(ORDERS, filename))
    first, second = sorted(datasets.list_datasets(desk.store, desk.user), key=lambda found: found.title)
    assert not first.latest.doubts
    (doubt,) = second.latest.doubts
    assert "“orders”" in doubt["text"]


def test_an_import_that_is_begun_again_makes_nothing_twice(desk: Desk) -> None:
    upload = desk.upload(ORDERS, "orders.csv")
    first, again = desk.run(upload_id=upload), desk.run(upload_id=upload)
    assert first.result is not None
    assert again.result is not None
    assert first.result["dataset_ids"] == again.result["dataset_ids"]
    assert len(datasets.list_datasets(desk.store, desk.user)) == 1


def test_another_users_upload_and_table_are_not_there(desk: Desk) -> None:
    stranger = add_person(desk.store, "stranger")
    theirs = desk.upload(ORDERS, "theirs.csv", user=stranger)
    assert desk.run(upload_id=theirs).state == "failed"
    own = desk.upload(ORDERS, "own.csv")
    job = desk.jobs.submit(stranger, "import_table", "x", upload_id=theirs)
    until = time.monotonic() + SECONDS
    while jobs.job(desk.store, stranger, job.id).state in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.02)
    (table,) = datasets.list_datasets(desk.store, stranger)
    failed = desk.run(upload_id=own, dataset_id=table.id)
    assert (failed.state, failed.error and failed.error["code"]) == ("failed", "AccessError")
    assert len(datasets.dataset(desk.store, stranger, table.id).versions) == 1


def test_a_cancelled_import_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    big = csv_of("id,text", [f"{n},some words {n}" for n in range(1_500_000)])
    job = desk.jobs.submit(desk.user, "import_table", "big", upload_id=desk.upload(big, "big.csv"))
    until = time.monotonic() + SECONDS
    while jobs.job(desk.store, desk.user, job.id).state == "queued" and time.monotonic() < until:
        time.sleep(0.01)
    desk.jobs.cancel(desk.user, job.id)
    assert desk.ended(job).state == "cancelled"
    assert datasets.list_datasets(desk.store, desk.user) == []
    assert list(imports.imports_folder(desk.settings).glob("*")) == []
    assert [key for key in list(desk.store.blobs.keys()) if key.startswith("tables/")] == []


def test_the_sample_opens_once_and_goes_whole(desk: Desk) -> None:
    assert desk.run("open_sample").state == "done"
    assert desk.run("open_sample").state == "done"
    (found,) = datasets.list_datasets(desk.store, desk.user)
    assert (found.name, found.sample, found.latest.rows >= 100_000) == ("orders", True, True)
    datasets.delete_dataset(desk.store, desk.user, found.id)
    assert datasets.list_datasets(desk.store, desk.user) == []
    assert list(desk.store.blobs.keys()) == []


def test_the_price_list_opens_beside_the_orders(desk: Desk) -> None:
    kinds = [which.kind for which in sample.SAMPLES]
    assert [desk.run(kind).state for kind in kinds + kinds] == ["done"] * 4
    found = datasets.list_datasets(desk.store, desk.user)
    assert sorted(one.name for one in found) == ["orders", "price_list"]
    for which in sample.SAMPLES:
        mine = sample.sample_among(found, which)
        assert mine and mine.name == which.name
        assert sample.questions_over([mine]) == which.questions
    (charted,) = charts.charted(desk.store, desk.user).values()
    assert charted.specs[0]["name"] == "Net amount by category"


def test_a_profile_that_is_missing_is_made_once(desk: Desk) -> None:
    desk.run(upload_id=desk.upload(ORDERS, "a.csv"))
    (found,) = datasets.list_datasets(desk.store, desk.user)
    datasets.set_profile(desk.store, desk.user, found.latest.id, {})
    assert desk.run("profile_table", version_id=found.latest.id).state == "done"
