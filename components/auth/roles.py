"""What an admitted user may do, for what a page draws. What a call does is asked again where it is done
(``components.store.roles.require``)."""

from __future__ import annotations

from components.store import User
from components.store.roles import ROLES, Act, RoleError, require

__all__ = ["ROLES", "Act", "RoleError", "may", "require", "require_role"]


def may(user: User, act: Act) -> bool:
    """Whether the user's role allows to ``look``, ``bring``, ``ask`` or ``administer``."""
    return act in ROLES.get(user.role, ())


def require_role(user: User, act: Act) -> None:
    """Refuse a page or a route to whom its act is not allowed. Raises ``RoleError``."""
    if not may(user, act):
        raise RoleError(act)
