"""Whose each open tab is, by the id of its session in this process: what one person's tab holds goes to no other."""

from __future__ import annotations

from components.errors import SignInRequiredError
from components.recent import Recent

MOST = 20_000  # tabs remembered; one that is forgotten is loaded anew when it comes back

_WHOSE: Recent[str, str] = Recent(MOST)


class TabEndedError(SignInRequiredError):
    """The login that this tab belonged to has ended: it is loaded anew, for whoever is there now."""

    def __init__(self) -> None:
        super().__init__("The sign-in of this tab has ended.", todo="It is loaded anew.")


def note_tab(session_id: str, key: str) -> None:
    """Remember whose tab this is, by the key of the admission."""
    _WHOSE.put(session_id, key)


def owner_of_tab(session_id: str) -> str | None:
    """The key that was noted last; None where the tab is not known here."""
    return _WHOSE.get(session_id)
