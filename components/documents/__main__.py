"""Make every user's search index again from the store: ``python -m components.documents rebuild``."""

from __future__ import annotations

import sys

from components.documents.shelf import rebuild
from components.errors import AppError
from components.settings import read_settings
from components.store import close_store, open_store
from components.store.passages import users_with_passages


def main(arguments: list[str]) -> int:
    """Rebuild, a line for each user; 0 when all is made, 1 with a line that says why not, 2 for misuse."""
    if arguments != ["rebuild"]:
        sys.stderr.write("usage: python -m components.documents rebuild\n")
        return 2
    try:
        store = open_store(read_settings())
        try:
            for user_id in users_with_passages(store):
                sys.stdout.write(f"{rebuild(store, user_id):,} passages of user {user_id} are indexed.\n")
        finally:
            close_store(store)
    except AppError as error:
        sys.stderr.write(f"{error.what} {error.kept} {error.todo}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
