"""What this process keeps for a few minutes under a random word that goes through a browser's address."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by random words, each for ``seconds``, at most ``most`` of them: the oldest goes first."""

    def __init__(self, seconds: float = 600.0, most: int = 1000) -> None:
        self._seconds, self._most = seconds, most
        self._lock = threading.Lock()
        self._values: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def keep(self, value: T) -> str:
        """Keep a value; returns the word under which it is found."""
        word = secrets.token_urlsafe(24)
        with self._lock:
            self._values[word] = time.monotonic() + self._seconds, value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return word

    def find(self, word: str) -> T | None:
        """The value under a word; None where there is none, or its time is over."""
        with self._lock:
            until, value = self._values.get(word, (0.0, None))
        return value if until > time.monotonic() else None

    def drop(self, word: str) -> None:
        """Forget what stands under a word."""
        with self._lock:
            self._values.pop(word, None)
