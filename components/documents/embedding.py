"""Embeddings behind the reading: a job of their own gives each passage one, so that it can be found by meaning."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from components.errors import AccessError
from components.jobs.worker import Context
from components.settings import Settings
from components.store import Store, documents, jobs, passages
from components.store.documents import Document
from components.store.jobs import Job

READS = ("ingest_document", "open_sample_report")
"""The kinds of jobs that read documents. Embedding waits for them: words can be searched as soon as they end."""

EMBED = "embed_documents"
BATCH = 16  # passages that are embedded between two commits: about a second of work
LOOK_SECONDS = 0.3


class Embedder(Protocol):
    """Turns texts into rows of 384 numbers, each of length 1."""

    def embed(self, texts: Sequence[str]) -> Any:
        """One row for each text, as a numpy array."""
        ...


def follow(store: Store, user_id: str, *, ready: bool) -> None:
    """See that embeddings come: put a job into the queue where passages lack them and none is under way.

    One that runs goes on until no passage lacks one and nothing is being read, so it need not be told of more.
    """
    if ready and _lacking(store, user_id) and not under_way(store, user_id):
        jobs.submit(store, user_id, EMBED, "Search by meaning", {})


def stopped(store: Store, user_id: str) -> Job | None:
    """The job after which embeddings are lacking: it failed or was cancelled, and no other has begun since.

    None once the user has put it away.
    """
    newest = next((job for job in jobs.jobs(store, user_id) if job.kind == EMBED), None)
    return newest if newest and newest.state in ("failed", "cancelled") and _lacking(store, user_id) else None


def go_on(store: Store, user_id: str, after: Job) -> None:
    """Embed what is lacking, and put away the job that left it so."""
    jobs.put_away(store, user_id, after.id)
    follow(store, user_id, ready=True)


def under_way(store: Store, user_id: str) -> list[Job]:
    """The jobs that embed the user's passages and wait or run."""
    return jobs.going(store, user_id, [EMBED])


def embed_documents(context: Context, *, open_embedder: Callable[[Settings], Embedder]) -> Mapping[str, Any]:
    """Embed every passage of the user that has no embedding yet; about 15 a second on two cores.

    Each batch is kept as soon as it is there, so a job that is begun again goes on where it stopped. While documents
    are being read, it waits: it would take the time from them.

    Raises:
        AppError: There is no embedder.
    """
    embedder, done = open_embedder(context.settings), 0
    while lacking := _when_all_is_read(context):
        left = sum(found.passage_count - found.embedded_count for found in lacking)
        for found in lacking:
            done = _embed(context, embedder, found, done, done + left)
            left -= found.passage_count - found.embedded_count
    context.tick(done, done, f"{done:,} passages")
    return {"passages": done}


def _embed(context: Context, embedder: Embedder, found: Document, done: int, total: int) -> int:
    """Embed what one document lacks; how many passages are done after it."""
    with suppress(AccessError):  # deleted meanwhile
        while some := passages.without_embedding(context.store, context.user_id, found.id, BATCH):
            _wait_for_reading(context)
            context.tick(done, total, f"Passage {done:,} of {total:,}: {found.title}")
            rows = embedder.embed([passage.text for passage in some]).astype("<f2")
            vectors = {passage.id: row.tobytes() for passage, row in zip(some, rows, strict=True)}
            passages.add_embeddings(context.store, context.user_id, found.id, vectors)
            done += len(some)
    return done


def _when_all_is_read(context: Context) -> list[Document]:
    _wait_for_reading(context)
    return _lacking(context.store, context.user_id)


def _wait_for_reading(context: Context) -> None:
    """Let documents be read first, unless this job holds the only thread that could read them."""
    while context.settings.job_threads > 1 and jobs.going(context.store, context.user_id, READS):
        context.tick(words="Waiting until all files are read")
        threading.Event().wait(LOOK_SECONDS)


def _lacking(store: Store, user_id: str) -> list[Document]:
    """The user's own documents of which passages have no embedding, the oldest first."""
    ready = (one for one in documents.list_documents(store, user_id) if one.state == "ready" and one.is_own)
    return [found for found in ready if found.embedded_count < found.passage_count][::-1]
