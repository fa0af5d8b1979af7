"""A store that is open for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.settings import Settings
from components.store import Store, close_store, open_store


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The store of these settings, closed at the end."""
    store = open_store(settings)
    try:
        yield store
    finally:
        close_store(store)
