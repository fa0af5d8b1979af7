"""Codes that let somebody in once: the set-up code of a new workbench, invitations, and passwords to be set anew."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.store._codes import code_hash, make_code
from components.store._rows import value
from components.store.opening import Store
from components.store.schema_people import codes as rows
from components.store.schema_people import users


@dataclass(frozen=True)
class Code:
    """What a code is for; ``user_id`` is None for a set-up code. The code itself is kept nowhere."""

    purpose: str
    user_id: str | None
    created_at: float
    expires_at: float


def new_code(store: Store, purpose: str, user_id: str | None, seconds: float) -> str:
    """A code of 100 bits, to be read out or typed; it takes the place of the user's earlier one of this purpose.

    Set-up codes stand side by side until one is taken: each replica prints its own.
    """
    with store.database.writing() as connection:
        return make_code(connection, purpose, user_id, seconds)


def code_for(store: Store, purpose: str, code: str) -> Code | None:
    """What a code is good for, without taking it; None where it is unknown, expired, or its user is barred."""
    with store.database.reading() as connection:
        row = connection.execute(_good(purpose, code)).first()
    return value(Code, row) if row else None


def take_code(store: Store, purpose: str, code: str) -> Code | None:
    """Take a code: it is then gone, and with it whatever else was made for this purpose and user. None as above."""
    with store.database.writing() as connection:
        found = connection.execute(_good(purpose, code)).first()
        if found is None:
            return None
        alike = (rows.c.purpose == purpose) & rows.c.user_id.is_not_distinct_from(found.user_id)
        ids = set(connection.scalars(sa.select(rows.c.id).where(alike).order_by(rows.c.id).with_for_update()))
        connection.execute(sa.delete(rows).where(rows.c.id.in_(ids)))
        return value(Code, found) if code_hash(purpose, code) in ids else None  # else another took one meanwhile


def _good(purpose: str, code: str) -> sa.Select[Any]:
    path = rows.outerjoin(users, users.c.id == rows.c.user_id)
    known = (rows.c.id == code_hash(purpose, code)) & (rows.c.expires_at > time.time())
    return sa.select(rows).select_from(path).where(known, sa.func.coalesce(users.c.state, "") != "barred")
