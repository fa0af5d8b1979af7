"""A process that writes to a store until it is killed, telling each thing once it is kept.

``python -m tests.store.writer HOME DATABASE_URL turns|pieces|files COUNT``; a count of 0 never ends.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from components.settings import Settings
from components.store import Store, conversations, pen
from components.store.blobs import open_blobs
from components.store.database import open_database
from components.store.secrets import Secrets

OWNER = "owner"
FILE = b"0123456789abcdef" * 20_000


def open_beside(settings: Settings) -> Store:
    """The store without its lock, as no second process of the app would have it."""
    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://") or f"sqlite:///{settings.sqlite_file}"
    secrets = Secrets(settings.home / "groundwork.key")
    return Store(open_database(url), open_blobs(settings), secrets, settings.home)


def turns(store: Store) -> Iterator[str]:
    """Add turns to the newest conversation; tell each turn's id."""
    talk = conversations.list_conversations(store, OWNER)[0]
    while True:
        turn, _ = conversations.add_turn(store, OWNER, talk.id, "?", provider="p", model="m", worker_id="w")
        yield turn.id


def pieces(store: Store) -> Iterator[str]:
    """Write one reply piece by piece; tell the reply's id and each piece's number."""
    talk = conversations.list_conversations(store, OWNER)[0]
    _, reply = conversations.add_turn(store, OWNER, talk.id, "?", provider="p", model="m", worker_id="w")
    for seq in itertools.count():
        pen.write_pieces(store, [pen.PieceRow(reply.id, seq, "text", f"piece {seq}")], "w")
        yield f"{reply.id} {seq}"


def files(store: Store) -> Iterator[str]:
    """Write files; tell each one's key."""
    while True:
        key = store.blobs.new_key("raw", ".bin")
        store.blobs.put(key, FILE)
        yield key


WORKS: dict[str, Callable[[Store], Iterator[str]]] = {"turns": turns, "pieces": pieces, "files": files}


def main(home: str, url: str, work: str, count: str) -> None:
    """Do the work and tell what is kept, line by line."""
    store = open_beside(Settings(home=Path(home), database_url=url))
    for told in itertools.islice(WORKS[work](store), int(count) or None):
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
