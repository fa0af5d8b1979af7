"""Deleting what is over, of all users: of signing in, and the search indexes of those who are gone."""

from __future__ import annotations

import re
import shutil
import time

import sqlalchemy as sa

from components.store._files import index_folder
from components.store.flows import FLOW_SECONDS
from components.store.logins import TICKET_SECONDS
from components.store.opening import Store
from components.store.schema_people import attempts, codes, flows, logins, tickets, users

_NAME = re.compile(r"[0-9a-f]{32}")

KEPT_ATTEMPTS = 7 * 86_400.0
"""Seconds for which failed sign-ins are counted; no lock-out may look further back."""


def sweep_sign_ins(store: Store) -> int:
    """Delete logins, tickets, flows and codes that are over, and failures that no longer count; how many rows."""
    now = time.time()
    over = (
        (tickets, tickets.c.created_at < now - TICKET_SECONDS),
        (logins, logins.c.expires_at < now),
        (flows, flows.c.created_at < now - FLOW_SECONDS),
        (codes, codes.c.expires_at < now),
        (attempts, attempts.c.at < now - KEPT_ATTEMPTS),
    )
    with store.database.writing() as connection:
        return sum(connection.execute(sa.delete(table).where(which)).rowcount for table, which in over)


def sweep_indexes(store: Store) -> int:
    """Delete this machine's search indexes of users who are gone; how many there were.

    Only folders that were there before the users were read are looked at: a user who comes meanwhile keeps theirs.
    """
    folder = index_folder(store.home, "").parent
    found = [item for item in folder.glob("*") if _NAME.fullmatch(item.name)]
    with store.database.reading() as connection:
        known = {index_folder(store.home, user_id).name for user_id in connection.scalars(sa.select(users.c.id))}
    gone = [item for item in found if item.name not in known]
    for item in gone:
        shutil.rmtree(item, ignore_errors=True)
    return len(gone)
