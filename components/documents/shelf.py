"""The caches that search works on, one set for each user, kept up with the store before every search.

The store is the truth. What it holds is compared with what the caches hold by the documents' ids and counts: what is
new is added, what is gone is removed, and what cannot be read is made again. So nothing needs to tell the caches of
a change, and nothing is lost when they are deleted.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from components.documents.boosts import Signs, signs_of_name, signs_of_text
from components.documents.index import BrokenIndexError, Entry, Index, New
from components.documents.vectors import Vectors
from components.errors import AccessError
from components.store import Store, documents, passages
from components.store.passages import Searchable

LOG = logging.getLogger("groundwork")

MOST_USERS = 32  # whose caches stay open in this process; the others' are opened again when they search


@dataclass
class Shelf:
    """One user's caches in this process.

    Attributes:
        signs: What each document is told by; its keys are the documents that can be found.
    """

    index: Index
    vectors: Vectors = field(default_factory=Vectors)
    signs: Mapping[str, Signs] = field(default_factory=dict)
    ready: Mapping[str, Searchable] | None = None  # what the store held when the others were brought up to date
    changing: threading.Lock = field(default_factory=threading.Lock)


class Shelves:
    """The shelves that this process holds open, each in its folder; those used longest ago are let go. Thread-safe."""

    def __init__(self, most: int = MOST_USERS) -> None:
        self._most = most
        self._open: OrderedDict[Path, Shelf] = OrderedDict()
        self._lock = threading.Lock()

    def shelf(self, folder: Path) -> tuple[Shelf, bool]:
        """The shelf of a folder, and whether it was opened just now."""
        with self._lock:
            fresh = folder not in self._open
            shelf = self._open.setdefault(folder, Shelf(Index(folder)))
            self._open.move_to_end(folder)
            while len(self._open) > self._most:
                self._open.popitem(last=False)
            return shelf, fresh


_here = Shelves()
_behind = ThreadPoolExecutor(1, thread_name_prefix="write-anew")


def open_shelf(store: Store, user_id: str) -> Shelf:
    """The user's caches, holding what the store holds now.

    Where another thread is bringing them up to date, they are given as they are: a search does not wait for an ingest.
    """
    shelf, fresh = _here.shelf(folder_of(store, user_id))
    if shelf.changing.acquire(blocking=fresh or not shelf.signs):
        try:
            _keep_up(shelf, store, user_id)
        finally:
            shelf.changing.release()
    return shelf


def clear_gone(store: Store, user_ids: Collection[str]) -> None:
    """Take out of these users' caches what the store no longer gives them; who has none gets none.

    They find nothing of it when this returns. Behind it their indexes are written anew, so that not a word is left in
    the files: 5,000 passages take two seconds.
    """
    kept = [(user_id, folder) for user_id in user_ids if (folder := folder_of(store, user_id)).exists()]
    for user_id, folder in kept:
        shelf, _ = _here.shelf(folder)
        with shelf.changing:
            _keep_up(shelf, store, user_id)
    for user_id, _ in kept:
        _behind.submit(_write_anew, store, user_id)


def _write_anew(store: Store, user_id: str) -> None:
    shelf, _ = _here.shelf(folder_of(store, user_id))
    try:
        with shelf.changing:
            shelf.index.require_open()
            shelf.index.rewrite(_read_again(shelf.index, store, user_id))
            shelf.ready = None  # what came meanwhile is added by the next search
    except BrokenIndexError:  # deleted with its user, or damaged: then the next search makes it again
        return
    except Exception:
        LOG.exception("an index could not be written anew: words of what is gone are left in it")


def rebuild(store: Store, user_id: str) -> int:
    """Make the user's index again from the store; how many passages it holds then."""
    shelf, _ = _here.shelf(folder_of(store, user_id))
    with shelf.changing:
        shelf.index.begin_anew()
        shelf.vectors, shelf.ready = Vectors(), None
        _keep_up(shelf, store, user_id)
    return sum(held.passages for held in shelf.index.held.values())


def folder_of(store: Store, user_id: str) -> Path:
    """Where the user's index lies; the folder's name is made from the id and says nothing of it."""
    return store.home / "index" / hashlib.sha256(user_id.encode()).hexdigest()[:32]


def _keep_up(shelf: Shelf, store: Store, user_id: str) -> None:
    ready = {found.id: found for found in passages.searchable(store, user_id)}
    if ready == shelf.ready:
        return
    try:
        _keep_up_index(shelf.index, store, user_id, ready)
    except BrokenIndexError:
        shelf.index.begin_anew()
        _keep_up_index(shelf.index, store, user_id, ready)
    _keep_up_vectors(shelf, store, user_id, ready)
    held = shelf.index.held
    shelf.signs = {key: _signs(held[key].note, found) for key, found in ready.items() if key in held}
    shelf.ready = ready


def _keep_up_index(index: Index, store: Store, user_id: str, ready: Mapping[str, Searchable]) -> None:
    index.require_open()
    new = [key for key in ready if key not in index.held]
    gone = [key for key in index.held if key not in ready]
    if new or gone:
        index.change(_read_all(store, user_id, new), gone)


def _read_all(store: Store, user_id: str, document_ids: Iterable[str]) -> Iterator[New]:
    """Documents with their passages and what their texts say they are; those deleted meanwhile are left out."""
    for document_id in document_ids:
        with suppress(AccessError):
            spans = passages.passages(store, user_id, document_id)
            pages = documents.pages(store, user_id, document_id)
            signs = signs_of_text([page.text for page in pages])
            yield document_id, [Entry(found.id, found.text) for found in spans], asdict(signs)


def _read_again(index: Index, store: Store, user_id: str) -> Iterator[New]:
    """What the index holds and the user may still read."""
    ready = {found.id for found in passages.searchable(store, user_id)}
    for document_id, held in index.held.items():
        if document_id in ready:
            with suppress(AccessError):
                spans = passages.passages(store, user_id, document_id)
                yield document_id, [Entry(found.id, found.text) for found in spans], held.note


def _signs(note: Mapping[str, Any], found: Searchable) -> Signs:
    return Signs(**note).joined(signs_of_name(found.title, found.filename))


def _keep_up_vectors(shelf: Shelf, store: Store, user_id: str, ready: Mapping[str, Searchable]) -> None:
    """Hold the embeddings of every document that has all of its own; one that is half embedded waits."""
    whole = {key for key, found in ready.items() if 0 < found.passage_count == found.embedded_count}
    held = set(shelf.vectors.documents)
    if whole != held:
        add = dict(_vectors(store, user_id, sorted(whole - held)))
        shelf.vectors = shelf.vectors.changed(add, held - whole)


def _vectors(store: Store, user_id: str, document_ids: Iterable[str]) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    for document_id in document_ids:
        with suppress(AccessError):  # deleted meanwhile
            yield document_id, passages.vectors(store, user_id, document_id)
