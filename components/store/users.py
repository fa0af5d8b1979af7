"""Users: who owns what the store keeps."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.errors import AppError
from components.store._rows import denied, upsert, value
from components.store.opening import Store
from components.store.schema import users

LOCAL_OWNER_ID = "local"
_LOCAL_OWNER = sa.select(users).where(users.c.id == LOCAL_OWNER_ID)  # built once: every run of every page asks it


class AddressError(AppError):
    """An e-mail address is somebody's already, or is none."""

    todo = "Use another address."


@dataclass(frozen=True)
class User:
    """A person. ``role`` is viewer, analyst or administrator; ``state`` is active, invited or barred; ``email`` is
    casefolded; ``seen_at`` is None for whoever never signed in."""

    id: str
    name: str
    email: str | None
    role: str
    preferences: Mapping[str, Any]
    state: str = "active"
    seen_at: float | None = None


def ensure_local_owner(store: Store) -> User:
    """The one owner of an installation without sign-in, made at the first call."""
    with store.database.reading() as connection:
        row = connection.execute(_LOCAL_OWNER).first()
    return value(User, row) if row else _make_local_owner(store)


def user(store: Store, user_id: str) -> User:
    """The user of this id.

    Raises:
        AccessError: There is none.
    """
    with store.database.reading() as connection:
        row = connection.execute(sa.select(users).where(users.c.id == user_id)).first()
    if row is None:
        raise denied("user")
    return value(User, row)


def set_preferences(store: Store, user_id: str, **changes: Any) -> User:
    """Change some preferences and keep the others; None removes one.

    Raises:
        AccessError: There is no such user.
    """
    mine = users.c.id == user_id
    with store.database.writing() as connection:
        row = connection.execute(sa.select(users).where(mine).with_for_update()).first()
        if row is None:
            raise denied("user")
        new = {name: item for name, item in {**row.preferences, **changes}.items() if item is not None}
        return value(
            User, connection.execute(sa.update(users).where(mine).values(preferences=new).returning(users)).one()
        )


def _make_local_owner(store: Store) -> User:
    with store.database.writing() as connection:
        new = {"name": "Local owner", "role": "administrator", "preferences": {}, "created_at": time.time()}
        return value(User, upsert(connection, users, ("id",), id=LOCAL_OWNER_ID, **new))
