"""Whose each open tab is, by the id of its session in this process: what one person's tab holds goes to no other."""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST = 20_000  # tabs remembered; one that is forgotten is loaded anew when it comes back

_lock = threading.Lock()
_whose: OrderedDict[str, str] = OrderedDict()


def note_tab(session_id: str, key: str) -> None:
    """Remember whose tab this is, by the key of the admission."""
    with _lock:
        _whose[session_id] = key
        _whose.move_to_end(session_id)
        while len(_whose) > MOST:
            _whose.popitem(last=False)


def owner_of_tab(session_id: str) -> str | None:
    """The key that was noted last; None where the tab is not known here."""
    with _lock:
        return _whose.get(session_id)
