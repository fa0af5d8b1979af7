"""Progress that is told often and written seldom."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class Progress:
    """Keeps the newest ``done``, ``total`` and ``words``, and passes them on at most once every ``pause`` seconds.

    Nothing is lost but what a newer call replaced: ``flush`` passes on what waits.
    """

    def __init__(self, write: Callable[..., object], pause: float) -> None:
        self._write, self._pause = write, pause
        self._due = 0.0
        self._news: dict[str, Any] = {}

    def __call__(self, done: int | None = None, total: int | None = None, words: str | None = None) -> None:
        """Tell how far the work is, in units that mean something to its user; what is None stays as it was."""
        told = {"done": done, "total": total, "words": words}
        self._news.update({name: value for name, value in told.items() if value is not None})
        if time.monotonic() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Pass on now what is new, even if that is nothing: the write is also the question whether to go on."""
        self._due = time.monotonic() + self._pause
        news, self._news = self._news, {}
        self._write(**news)
