"""Whose each open tab is, by the id of its session in this process: what one person's tab holds goes to no other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from components.errors import SignInRequiredError
from components.recent import Recent

MOST = 20_000  # tabs remembered; one that is forgotten is loaded anew when it comes back


@dataclass(frozen=True)
class _Owner:
    key: str
    user_id: str


_WHOSE: Recent[str, _Owner] = Recent(MOST)


class TabEndedError(SignInRequiredError):
    """The login that this tab belonged to has ended: it is loaded anew, for whoever is there now."""

    def __init__(self) -> None:
        super().__init__("The sign-in of this tab has ended.", todo="It is loaded anew.")


def note_tab(session_id: str, key: str, user_id: str = "") -> None:
    """Remember whose tab this is, by the key of the admission and the user's id; a stranger has none."""
    _WHOSE.put(session_id, _Owner(key, user_id))


def owner_of_tab(session_id: str) -> str | None:
    """The key that was noted last; None where the tab is not known here."""
    found = _WHOSE.get(session_id)
    return found.key if found else None


def tabs_of(user_ids: Collection[str]) -> list[str]:
    """The session ids of these users' tabs in this process, closed ones among them."""
    return [session_id for session_id, owner in _WHOSE.items() if owner.user_id in user_ids]
