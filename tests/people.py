"""People in a store, by ids that tests can name."""

from __future__ import annotations

import time

import sqlalchemy as sa

from components.store import Store
from components.store.schema import users


def add_person(store: Store, user_id: str, *, role: str = "analyst") -> str:
    """Add a person of this id; the id is given back."""
    new = {"name": user_id.title(), "role": role, "preferences": {}, "created_at": time.time()}
    with store.database.writing() as connection:
        connection.execute(sa.insert(users).values(id=user_id, **new))
    return user_id
