"""The sample report: what the sample shop says of its year, about the same orders as the sample table.

``scripts/make_report.py`` writes the file from those orders, so that a question may cross the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from components.documents.ingest import finish
from components.jobs.worker import Context, Kind
from components.settings import Settings
from components.store import Store, documents, jobs
from components.store.documents import Document
from components.store.jobs import Job

OPEN = "open_sample_report"
FILE = Path(__file__).with_name("sample_report.pdf")
FILENAME, TITLE = "annual_report_2025.pdf", "Annual report 2025"
FIRST_QUESTION = "How many people work in the shop?"  # its best line answers it, also where no model is here
SAMPLE_QUESTIONS = (
    "Why did the rent rise?",
    FIRST_QUESTION,
    "What does the shop expect for 2026?",
)


def kinds(can_embed: Callable[[Settings], bool]) -> tuple[Kind, ...]:
    """The kind of job that opens the report; ``can_embed`` as for ``ingest.kinds``."""
    return (Kind(OPEN, partial(open_report, can_embed=can_embed)),)


def open_report(context: Context, *, can_embed: Callable[[Settings], bool]) -> Mapping[str, Any]:
    """The job: bring the sample report into the user's documents, once; a second call finds it there."""
    return finish(context, sample_of(context.store, context.user_id) or _add(context), can_embed)


def sample_of(store: Store, user_id: str) -> Document | None:
    """The user's sample report, if it is there."""
    return next((found for found in documents.list_documents(store, user_id) if found.sample and found.is_own), None)


def going(store: Store, user_id: str) -> dict[str, Job]:
    """The job that opens the report, while it waits or runs, by the id of the report where it is there."""
    found, opening = sample_of(store, user_id), jobs.going(store, user_id, [OPEN])
    return {found.id: opening[0]} if found and opening else {}


def _add(context: Context) -> Document:
    body, blob = FILE.read_bytes(), context.store.blobs.new_key("raw", ".pdf")
    context.store.blobs.put(blob, body)
    return documents.add_document(
        context.store,
        context.user_id,
        title=TITLE,
        filename=FILENAME,
        sha256=hashlib.sha256(body).hexdigest(),
        blob=blob,
        bytes=len(body),
        sample=True,
    )
