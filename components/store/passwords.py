"""Passwords of local accounts, as hashes that ``auth`` makes and checks."""

from __future__ import annotations

import time

import sqlalchemy as sa

from components.store._people import folded, part
from components.store._rows import upsert
from components.store.opening import Store
from components.store.schema_people import passwords as rows
from components.store.schema_people import users
from components.store.users import User


def set_password(store: Store, user_id: str, hash: str) -> None:  # as the column
    """Keep a password's hash in place of the one before."""
    with store.database.writing() as connection:
        upsert(connection, rows, ("user_id",), user_id=user_id, hash=hash, changed_at=time.time())


def password_of(store: Store, email: str) -> tuple[User, str] | None:
    """The user who has this address, in whatever state, with the password's hash; None where there is no password."""
    query = sa.select(users, rows.c.hash).join(rows, rows.c.user_id == users.c.id).where(users.c.email == folded(email))
    with store.database.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    return part(User, users, row), row.hash


def password_hash(store: Store, user_id: str) -> str | None:
    """The hash of the user's password, or None where the user has none."""
    with store.database.reading() as connection:
        return connection.scalar(sa.select(rows.c.hash).where(rows.c.user_id == user_id))
