"""A way back in for who runs the server: ``python -m components.auth link ada@example.com``, while the app is stopped.

It makes the link that an administrator would make, where the only administrator is the one who forgot the password.
"""

from __future__ import annotations

import sys

from components.errors import AppError
from components.settings import Settings, read_settings
from components.store import Store, close_store, open_store
from components.store.audit import note
from components.store.codes import new_code
from components.store.passwords import password_of
from components.store.people import RESET_SECONDS

USAGE = "usage: python -m components.auth link EMAIL\n"
ALONE = "On SQLite the app must be stopped for it.\n"


def main(arguments: list[str]) -> int:
    """Print the link; 0 when it is made, 1 with a line that says why not, 2 for misuse."""
    match arguments:
        case ["link", email]:
            pass
        case _:
            sys.stderr.write(USAGE + ALONE)
            return 2
    try:
        settings = read_settings()
        store = open_store(settings)
        try:
            said = _link(settings, store, email)
        finally:
            close_store(store)
    except AppError as error:
        sys.stderr.write(" ".join(filter(None, (error.what, error.kept, error.todo))) + "\n")
        return 1
    if not said:
        sys.stderr.write(f"Nobody who may come in has the e-mail {email} and a password here. Nothing was changed.\n")
        return 1
    sys.stdout.write(said)
    return 0


def _link(settings: Settings, store: Store, email: str) -> str:
    """The link and what it is good for; empty where nobody has the address and a password, or who has is barred."""
    found = password_of(store, email)
    if found is None or found[0].state != "active":
        return ""
    code = new_code(store, "reset", found[0].id, RESET_SECONDS)
    note(store, None, "reset a password", thing=email, detail="on the server", who="operator")
    address = settings.public_url or "http://localhost:8501"
    return f"{address}/?reset={code}\nIt is good for a day, once. Whoever sets a password with it ends all logins.\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
