"""Pictures of pages, drawn once and kept in memory: a reader goes to and fro between the same few."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from components.store import Store
from components.store.documents import Document

KEPT_BYTES = 64 << 20  # some 500 pages
SHARP_DPI = 200  # for a reader who has zoomed in


@dataclass(frozen=True)
class _Key:
    """A file never changes under its blob's name, so a picture is right for ever."""

    blob: str
    number: int
    sharp: bool


class Pictures:
    """Draws pages as JPEG. Safe to use from many threads: two who ask for one page wait for one drawing."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most, self._size = most_bytes, 0
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._keeping, self._drawing = threading.Lock(), threading.Lock()

    def picture(self, store: Store, document: Document, number: int, *, sharp: bool = False) -> bytes:
        """The picture of a page; 30 ms when it is drawn, nothing when it is kept.

        Args:
            store: Where the document's file lies.
            document: Whose page; the caller has made sure that its reader may see it.
            number: Counts from 1.
            sharp: At 200 dpi in place of 108.

        Raises:
            FileError: There is no such page, or the file is damaged.
        """
        key = _Key(document.blob, number, sharp)
        found = self._look(key)
        if found is None:
            with self._drawing:  # PDFium draws one page at a time anyway
                found = self._look(key) or self._keep(key, _draw(store.blobs.local_path(document.blob), key))
        return found

    def _look(self, key: _Key) -> bytes | None:
        with self._keeping:
            if found := self._kept.get(key):
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: _Key, picture: bytes) -> bytes:
        with self._keeping:
            self._kept[key] = picture
            self._size += len(picture)
            while self._size > self._most:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)
        return picture


def _draw(path: Path, key: _Key) -> bytes:
    from components.documents.reading import DPI, render

    return render(path, key.number, SHARP_DPI if key.sharp else DPI)
