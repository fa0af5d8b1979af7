"""What each role may do. Every call that begins something of that sort asks here, whatever the screen has drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import sqlalchemy as sa

from components.errors import AccessError
from components.store.opening import Store
from components.store.schema import users

Act = Literal["look", "bring", "ask", "administer"]

LOOK, EVERYDAY = frozenset(("look",)), frozenset(("look", "bring", "ask"))
ROLES: Mapping[str, frozenset[str]] = {
    "viewer": LOOK,  # what is shared with them: look at it, explore it, download it
    "analyst": EVERYDAY,  # also bring tables and documents, ask models, keep keys
    "administrator": EVERYDAY | {"administer"},  # also people, sign-in, and what was done
}
"""Every role, the one that may do least first."""

_REFUSED: Mapping[str, str] = {
    "look": "You are no longer let in here.",
    "bring": "Your role here is to look at what is shared with you, not to bring anything.",
    "ask": "Your role here is to look at what is shared with you, not to ask questions.",
    "administer": "Only an administrator may do this.",
}


class RoleError(AccessError):
    """The user's role does not allow this."""

    todo = "Ask an administrator of this workbench for another role."

    def __init__(self, act: Act) -> None:
        super().__init__(_REFUSED[act])


def require(store: Store, user_id: str, act: Act) -> None:
    """Refuse what the user's role does not allow, as the store holds it now: an open page may be older.

    Raises:
        RoleError: The role does not allow it, the user is barred, or there is no such user.
    """
    with store.database.reading() as connection:
        row = connection.execute(sa.select(users.c.role, users.c.state).where(users.c.id == user_id)).first()
    if row is None or row.state != "active" or act not in ROLES.get(row.role, ()):
        raise RoleError(act)
