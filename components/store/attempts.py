"""Failed sign-ins, counted by account and by address, so that guessing grows slow.

Note a failure before the password is checked and forget it when it was right: so many guesses at once count too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from components.store._people import AHEAD, hashed
from components.store._rows import added
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema_people import attempts as rows


@dataclass(frozen=True)
class Failures:
    """How many there were, and when the last was (seconds since 1970; None: there was none)."""

    count: int
    last: float | None


def note_failure(store: Store, key: str, at: float | None = None) -> None:
    """Count a failure against ``key``: an account or an address, in whatever words; only its hash is kept."""
    with store.database.writing() as connection:
        added(connection, rows, id=new_id(), key_hash=hashed(key), at=time.time() if at is None else at)


def failures(store: Store, key: str, since: float) -> Failures:
    """The failures that were counted against ``key`` from ``since`` (seconds since 1970) on.

    What was counted by a clock that was ahead does not count once it is right: somebody would wait until then.
    """
    told = (rows.c.key_hash == hashed(key)) & rows.c.at.between(since, time.time() + AHEAD)
    query = sa.select(sa.func.count(), sa.func.max(rows.c.at)).where(told)
    with store.database.reading() as connection:
        return Failures(*connection.execute(query).one())


def forget_failures(store: Store, key: str) -> None:
    """Count from nothing again: the password was right."""
    with store.database.writing() as connection:
        connection.execute(sa.delete(rows).where(rows.c.key_hash == hashed(key)))
