"""The first administrator: as long as there is none, the server prints a code that makes one."""

from __future__ import annotations

from components.settings import Settings
from components.store import Store

HOURS = 24  # that a set-up code is good for


def first_steps(settings: Settings, store: Store) -> str:
    """What the server says at its start to whoever is to be its first administrator; empty where there is one."""
    if not needs_owner(settings, store):
        return ""
    from components.store.codes import new_code

    code = new_code(store, "set-up", None, HOURS * 3600)
    return f"Set-up code: {code} (open the workbench and make the owner account with it within {HOURS} hours)"


def needs_owner(settings: Settings, store: Store) -> bool:
    """Whether there is no administrator yet, and one is made with a code and a password."""
    if not settings.has_local_accounts:
        return False
    from components.store.people import has_administrator

    return not has_administrator(store)
