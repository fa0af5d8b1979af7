"""Deleting everything of a user: what works for them stops first, then nothing of theirs is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from components.errors import AccessError, JobError
from components.sharing import let_go
from components.store import conversations, jobs
from components.store.belongings import delete_everything
from components.store.jobs import GOING
from components.store.people import bar, remove_person

if TYPE_CHECKING:
    from components.workbench import Workbench

PATIENCE, LOOK = 15.0, 0.1  # seconds until what works for the user must have ended; between two looks


def delete_all(bench: Workbench, user_id: str, *, address: str = "") -> tuple[str, ...]:
    """Delete all that a user made here: rows, files, search index, shares. The account and the audit stay.

    Returns:
        The ids of the users who saw tables or documents of theirs.

    Raises:
        JobError: Something that works for the user does not end: what it brought later would stay.
    """
    _stop_work(bench, user_id, "you", "Nothing was deleted.")
    readers = delete_everything(bench.store, user_id, address=address)
    let_go_everywhere(bench, user_id, readers)
    return readers


def _stop_work(bench: Workbench, user_id: str, whom: str, kept: str) -> None:
    """Stop the user's jobs and replies, and wait until they have ended, in whatever process."""
    until = time.monotonic() + PATIENCE
    while left := _at_work(bench, user_id):
        if time.monotonic() > until:
            raise JobError(f"Something that works for {whom} does not end.", kept=kept, todo="Try again in a minute.")
        for stop, id_ in left:
            with suppress(AccessError):  # it ended meanwhile
                stop(user_id, id_)
        time.sleep(LOOK)


def _at_work(bench: Workbench, user_id: str) -> list[tuple[Callable[[str, str], None], str]]:
    """What works for the user: each with what stops it."""
    going = [job.id for job in jobs.jobs(bench.store, user_id, limit=1000) if job.state in GOING]
    replies = conversations.streaming(bench.store, user_id)
    return [(bench.jobs.cancel, id_) for id_ in going] + [(bench.runner.stop, id_) for id_ in replies]


def remove(bench: Workbench, user_id: str, person_id: str, *, address: str = "") -> tuple[str, ...]:
    """Remove a person with all that they made, for an administrator; see ``store.people.remove_person``.

    They are barred first, so that nothing new begins; then what works for them is stopped, as in ``delete_all``.

    Returns:
        The ids of the users who saw tables or documents of theirs.

    Raises:
        JobError: Something that works for the person does not end.
    """
    bar(bench.store, user_id, person_id, address=address)
    _stop_work(bench, person_id, "this person", "They are barred; nothing was deleted.")
    readers = remove_person(bench.store, user_id, person_id, address=address)
    let_go_everywhere(bench, person_id, readers)
    return readers


def let_go_everywhere(bench: Workbench, user_id: str, readers: Collection[str]) -> None:
    """See that no process and no search index holds what a user had, neither theirs nor that of one who saw it."""
    let_go(bench, "dataset", {user_id, *readers})
    let_go(bench, "document", readers)
