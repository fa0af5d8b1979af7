"""A worker that reads documents, on a store of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.documents import ingest
from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import Store, close_store, documents, open_store, uploads
from components.store import jobs as rows
from components.store.documents import Document
from components.store.jobs import Job
from tests.people import add_person
from tests.waiting import until

Bring = Callable[..., Job]


class Lengths:
    """An embedder whose numbers tell the length of a text: what ingest hands over can be checked."""

    def embed(self, texts: Sequence[str]) -> Any:
        found = np.zeros((len(texts), 384), np.float32)
        found[:, 0] = [len(text) / 1000 for text in texts]
        return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", model="none")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    for name in ("ann", "bob"):
        add_person(opened, name)
    yield opened
    close_store(opened)


@pytest.fixture
def embedding() -> bool:
    """Whether embeddings are here; a test that wants them says so by its own parameter."""
    return False


@pytest.fixture
def jobs(store: Store, settings: Settings, embedding: bool) -> Iterator[Jobs]:
    kinds = ingest.kinds(lambda _: Lengths(), lambda _: embedding)
    worker = Jobs(store, settings, kinds, beat_seconds=0.5, lease_seconds=5)
    worker.start()
    yield worker
    worker.close()


def arrived(store: Store, user_id: str, file: Path, name: str = "") -> str:
    """An upload that has arrived whole; its id."""
    body = file.read_bytes()
    upload = uploads.open_upload(store, user_id, "document", name or file.name)
    blob = store.blobs.new_key("raw")
    store.blobs.put(blob, body)
    uploads.complete_upload(store, user_id, upload.id, len(body), hashlib.sha256(body).hexdigest(), blob)
    return upload.id


def ended(store: Store, job: Job, seconds: float = 60) -> Job:
    """The job when it has ended."""

    def look() -> Job | None:
        now = rows.job(store, job.user_id, job.id)
        return now if now.ended_at else None

    found = until(look, seconds=seconds)
    assert found
    return found


@pytest.fixture
def bring(store: Store, jobs: Jobs) -> Bring:
    """Bring a file in as ann and wait until its job has ended."""

    def bring_one(file: Path, name: str = "", user_id: str = "ann") -> Job:
        return ended(store, ingest.bring(store, jobs, user_id, arrived(store, user_id, file, name)))

    return bring_one


@pytest.fixture
def only(store: Store) -> Callable[[], Document]:
    """The one document that ann has."""

    def find() -> Document:
        (found,) = documents.list_documents(store, "ann")
        return found

    return find
