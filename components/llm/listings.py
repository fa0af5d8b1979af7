"""Lists of models as providers tell them, fetched behind the page and kept for a while.

A list belongs to one user, one provider at one address and one key: what another user's key may see is never shown.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Collection
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from components.errors import AppError
from components.jobs.loop import Loop
from components.llm.ask import list_models
from components.llm.catalogue import ModelFact, Provider

FRESH = 600.0  # seconds that a list is good for
RETRY = 20.0  # seconds after which a provider that failed is asked again
LOCAL_SECONDS = 3.0  # a server on this machine answers at once or not at all
REMOTE_SECONDS = 10.0
KEPT = 500  # lists in all


@dataclass(frozen=True)
class Listing:
    """What is known of a provider's models. What is fetched anew stays ``ready`` or ``failed`` meanwhile.

    Attributes:
        error: Why it failed.
    """

    state: Literal["fetching", "ready", "failed"]
    models: tuple[ModelFact, ...] = ()
    error: AppError | None = None


@dataclass
class _Entry:
    listing: Listing
    future: Future[Listing]
    at: float = field(default_factory=time.monotonic)

    def stale(self) -> bool:
        age = time.monotonic() - self.at
        return self.future.done() and age > (FRESH if self.listing.state == "ready" else RETRY)


Wanted = tuple[str, Provider, str | None]  # user, provider, key


class Listings:
    """The lists of this process; safe to use from many threads."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, Provider, str], _Entry] = {}

    def look(self, user_id: str, provider: Provider, key: str | None) -> Listing:
        """What is known now; fetching begins if nothing is, or if it is old. Never waits."""
        place = _place(user_id, provider, key)
        with self._lock:
            entry = self._entries.get(place)
            if entry and entry.future.done():
                entry.listing = entry.future.result()  # a bug of ours is raised here, on the page
            if entry is None or entry.stale():
                entry = self._entries[place] = self._fetch(provider, key, entry)
                self._make_room()
            return entry.listing

    def forget(self, user_id: str, provider: Provider, key: str | None) -> None:
        """The next look asks the provider anew."""
        with self._lock:
            self._entries.pop(_place(user_id, provider, key), None)

    def wait(self, wanted: Collection[Wanted], seconds: float) -> None:
        """Wait for these lists, ``seconds`` at most."""
        for one in wanted:
            self.look(*one)
        with self._lock:
            futures = [self._entries[_place(*one)].future for one in wanted]
        wait(futures, seconds)

    def _fetch(self, provider: Provider, key: str | None, old: _Entry | None) -> _Entry:
        seen = old.listing if old else Listing("fetching")  # what was known stands until there is news
        return _Entry(seen, self._loop.run(_listing, provider, key))

    def _make_room(self) -> None:
        while len(self._entries) > KEPT:
            del self._entries[next(iter(self._entries))]


@lru_cache(maxsize=4)
def listings(loop: Loop) -> Listings:
    """The lists that are fetched on this loop."""
    return Listings(loop)


async def _listing(provider: Provider, key: str | None) -> Listing:
    seconds = LOCAL_SECONDS if provider.local else REMOTE_SECONDS
    try:
        return Listing("ready", await list_models(provider, key, seconds=seconds))
    except AppError as error:
        return Listing("failed", error=error)


def _place(user_id: str, provider: Provider, key: str | None) -> tuple[str, Provider, str]:
    return user_id, provider, hashlib.sha256((key or "").encode()).hexdigest()
