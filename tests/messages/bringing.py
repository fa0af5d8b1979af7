"""Bringing files on a workbench that works: uploads that have arrived, and the jobs that read them."""

from __future__ import annotations

import hashlib
from typing import Any

from components.store import jobs, uploads
from components.store.jobs import GOING, Job
from components.store.users import LOCAL_OWNER_ID
from components.workbench import Workbench
from tests.waiting import until

ME = LOCAL_OWNER_ID


def arrived(desk: Workbench, content: bytes, filename: str, purpose: str = "table") -> str:
    """The id of an upload that has arrived whole."""
    upload = uploads.open_upload(desk.store, ME, purpose, filename)
    key = desk.store.blobs.new_key("raw")
    desk.store.blobs.put(key, content)
    uploads.complete_upload(desk.store, ME, upload.id, len(content), hashlib.sha256(content).hexdigest(), key)
    return upload.id


def ended(desk: Workbench, job: Job) -> Job:
    """A job, once it has ended."""

    def look() -> Job | None:
        found = jobs.job(desk.store, ME, job.id)
        return None if found.state in GOING else found

    found = until(look, seconds=60)
    assert found
    return found


def imported(desk: Workbench, content: bytes, filename: str, **arguments: Any) -> Job:
    """The import of a file, once it has ended; imports that failed before are put away."""
    for before in jobs.jobs(desk.store, ME):
        jobs.put_away(desk.store, ME, before.id)
    upload_id = arrived(desk, content, filename)
    return ended(desk, desk.jobs.submit(ME, "import_table", filename, upload_id=upload_id, **arguments))
