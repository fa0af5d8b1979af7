"""Where on its page a place is, as rectangles; worked out when it is shown."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from components.answers.documents.evidence import Place
from components.store import Store
from components.store.documents import Document

Mark = tuple[float, float, float, float]


def marks_of(store: Store, document: Document, place: Place) -> tuple[Mark, ...]:
    """The rectangles of a place, in fractions of the page, one for each line.

    Raises:
        FileError: The file is damaged.
    """
    return _marks(store.blobs.local_path(document.blob), place.page, place.start, place.end)


@lru_cache(maxsize=1024)
def _marks(path: Path, page: int, start: int, end: int) -> tuple[Mark, ...]:
    """Kept: a file never changes, and each run of the page asks for the same marks again."""
    from components.documents.reading import boxes

    return tuple((box.x, box.y, box.width, box.height) for box in boxes(path, page, [(start, end)])[0])
