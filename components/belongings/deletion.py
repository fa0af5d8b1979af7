"""Deleting everything of a user: what works for them stops first, then nothing of theirs is left."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from components.errors import AccessError
from components.store import jobs
from components.store.belongings import delete_everything
from components.store.jobs import GOING

if TYPE_CHECKING:
    from components.workbench import Workbench


def delete_all(bench: Workbench, user_id: str, *, address: str = "") -> None:
    """Delete all that a user made here: rows, files, search index, shares. The account and the audit stay.

    Jobs are told to stop; what a dying one still writes names rows that are gone, and is refused by the store.
    """
    for job in jobs.jobs(bench.store, user_id, limit=1000):
        if job.state in GOING:
            with suppress(AccessError):  # it ended, or was put away, meanwhile
                bench.jobs.cancel(user_id, job.id)
    delete_everything(bench.store, user_id)
