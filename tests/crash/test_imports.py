"""Imports whose process is killed at any moment: what was acknowledged is whole, and nothing else is there."""

from __future__ import annotations

import random
import time
from pathlib import Path

import duckdb

from components.settings import Settings
from components.store import Store, close_store, datasets, open_store, uploads
from components.store import jobs as rows
from tests.crash.processes import kill, reading, started
from tests.people import add_person
from tests.waiting import until

IMPORTING = "tests.crash.importing"
TABLES = 12
ROWS = 4000


def _prepared(settings: Settings) -> None:
    """A store with uploads whose imports wait, closed again: one process at a time holds it."""
    store = open_store(settings)
    add_person(store, "ann")
    for number in range(TABLES):
        upload = uploads.open_upload(store, "ann", "table", f"t{number}.csv")
        key = store.blobs.new_key("raw")
        store.blobs.put(key, ("id,v\n" + "".join(f"{n},{n * number}\n" for n in range(ROWS))).encode())
        uploads.complete_upload(store, "ann", upload.id, 1, "-", key)
        rows.submit(store, "ann", "import_table", f"t{number}", {"upload_id": upload.id})
    close_store(store)


def _whole(store: Store, settings: Settings) -> int:
    """How many tables are there; each must be whole."""
    found = datasets.list_datasets(store, "ann")
    for table in found:
        file = settings.home / "blobs" / table.latest.blob
        counted = duckdb.execute(f"SELECT count(*), count(DISTINCT id) FROM '{file}'").fetchone()
        assert counted == (ROWS, ROWS), table.name
    return len(found)


def test_nothing_acknowledged_is_lost_and_nothing_is_half_there(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", model="none")
    _prepared(settings)
    acknowledged = 0
    for seed in range(4):
        with started(IMPORTING, str(settings.home)) as process, reading(settings) as store:
            before = acknowledged
            until(lambda: len(datasets.list_datasets(store, "ann")) > before, seconds=60)  # noqa: B023 - called at once
            time.sleep(random.Random(seed).random() * 0.6)
            acknowledged = len(datasets.list_datasets(store, "ann"))
            kill(process)
            assert _whole(store, settings) >= acknowledged
    with started(IMPORTING, str(settings.home)), reading(settings) as store:
        until(lambda: all(job.state in ("done", "failed") for job in rows.jobs(store, "ann")), seconds=90)
        states = [job.state for job in rows.jobs(store, "ann")]
        assert _whole(store, settings) == states.count("done")
        names = sorted(table.name for table in datasets.list_datasets(store, "ann"))
        assert len(names) == len(set(names)) == TABLES - states.count("failed")
        assert all(job.error for job in rows.jobs(store, "ann") if job.state == "failed")
    named = {table.latest.blob for table in _tables(settings)} | {table.latest.raw_blob for table in _tables(settings)}
    blobs = {file.relative_to(settings.home / "blobs").as_posix() for file in (settings.home / "blobs").glob("*/*/*")}
    assert named <= blobs
    assert not list((settings.home / "imports").glob("*"))


def _tables(settings: Settings) -> list[datasets.Dataset]:
    with reading(settings) as store:
        return datasets.list_datasets(store, "ann")
