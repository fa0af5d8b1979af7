"""Making and taking codes, within the transaction of what they are for."""

from __future__ import annotations

import secrets
import time
from typing import Any

import sqlalchemy as sa

from components.store._people import hashed
from components.store._rows import added
from components.store.schema_people import codes as rows
from components.store.schema_people import users

PURPOSES = ("set-up", "invitation", "reset")

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U, which are misread
_LIKE = str.maketrans("ILO", "110", "- ")


def make_code(connection: sa.Connection, purpose: str, user_id: str | None, seconds: float) -> str:
    """A code of 100 bits in four groups of five; it takes the place of the user's earlier one of this purpose."""
    if purpose not in PURPOSES:
        raise ValueError(f"no such purpose: {purpose!r}")
    signs, now = "".join(secrets.choice(_SIGNS) for _ in range(20)), time.time()
    earlier = sa.false() if user_id is None else (rows.c.purpose == purpose) & (rows.c.user_id == user_id)
    connection.execute(sa.delete(rows).where(earlier | (rows.c.expires_at < now)))
    new = {"purpose": purpose, "user_id": user_id, "created_at": now, "expires_at": now + seconds}
    added(connection, rows, id=code_hash(purpose, signs), **new)
    return "-".join(signs[start : start + 5] for start in range(0, 20, 5))


def good_code(purpose: str, code: str) -> sa.Select[Any]:
    """The row of a code that is good for this purpose; none where it is unknown, expired, or its user is barred."""
    path = rows.outerjoin(users, users.c.id == rows.c.user_id)
    known = (rows.c.id == code_hash(purpose, code)) & (rows.c.expires_at > time.time())
    return sa.select(rows).select_from(path).where(known, sa.func.coalesce(users.c.state, "") != "barred")


def taken_code(connection: sa.Connection, purpose: str, code: str) -> sa.Row[Any] | None:
    """Take a code, and whatever else was made for this purpose and user; None where it is not good."""
    found = connection.execute(good_code(purpose, code)).first()
    if found is None:
        return None
    alike = (rows.c.purpose == purpose) & rows.c.user_id.is_not_distinct_from(found.user_id)
    ids = set(connection.scalars(sa.select(rows.c.id).where(alike).order_by(rows.c.id).with_for_update()))
    connection.execute(sa.delete(rows).where(rows.c.id.in_(ids)))
    return found if code_hash(purpose, code) in ids else None  # else another took one meanwhile


def code_hash(purpose: str, code: str) -> str:
    """The hash of a code however it was typed: small letters, spaces, an O for a zero."""
    return hashed(f"{purpose}:{code.upper().translate(_LIKE)}")
