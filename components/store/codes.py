"""Codes that let somebody in once: the set-up code of a new workbench, invitations, and passwords to be set anew.

Each is taken by what it is for, in the same commit: ``owner``, ``passwords``.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.store._codes import good_code, make_code
from components.store._rows import value
from components.store.opening import Store


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
        row = connection.execute(good_code(purpose, code)).first()
    return value(Code, row) if row else None
