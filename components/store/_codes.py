"""Making codes, within the transaction of what they are made for."""

from __future__ import annotations

import secrets
import time

import sqlalchemy as sa

from components.store._people import hashed
from components.store._rows import added
from components.store.schema_people import codes as rows

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


def code_hash(purpose: str, code: str) -> str:
    """The hash of a code however it was typed: small letters, spaces, an O for a zero."""
    return hashed(f"{purpose}:{code.upper().translate(_LIKE)}")
