"""Deleting everything of a user: what works for them stops first, then nothing of theirs is left."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from components.errors import AccessError
from components.sharing import let_go
from components.store import jobs
from components.store.belongings import delete_everything
from components.store.jobs import GOING
from components.store.people import remove_person

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
    let_go_everywhere(bench, user_id, delete_everything(bench.store, user_id))


def remove(bench: Workbench, user_id: str, person_id: str, *, address: str = "") -> None:
    """Remove a person with all that they made, for an administrator; see ``store.people.remove_person``."""
    readers = remove_person(bench.store, user_id, person_id, address=address)
    let_go_everywhere(bench, person_id, readers)


def let_go_everywhere(bench: Workbench, user_id: str, readers: Collection[str]) -> None:
    """See that no process and no search index holds what a user had, neither theirs nor that of one who saw it."""
    let_go(bench, "dataset", {user_id, *readers})
    let_go(bench, "document", readers)
