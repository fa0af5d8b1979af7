"""Fetch built-in weights without the app: ``python -m components.llm.builtin light``."""

from __future__ import annotations

import sys
import time

from components.errors import AppError
from components.llm.builtin.bring import bring
from components.llm.builtin.cache import Cache
from components.llm.builtin.weights import Weights, find, rows
from components.settings import read_settings

LINE_SECONDS = 5.0  # between lines where the output is no terminal


class _Line:
    """One line of progress: redrawn in a terminal, written now and then into a log."""

    def __init__(self, weights: Weights) -> None:
        self._weights, self._due, self._last = weights, 0.0, ""
        self._terminal = sys.stderr.isatty()

    def __call__(self, done: int, words: str) -> None:
        now = time.monotonic()
        if now < self._due and words == self._last:
            return
        self._due, self._last = now + (0.2 if self._terminal else LINE_SECONDS), words
        text = f"{words}: {done / 1e6:,.0f} of {self._weights.size / 1e6:,.0f} MB"
        sys.stderr.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        sys.stderr.flush()

    def end(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}\n" if self._terminal else f"{text}\n")


def main(names: list[str]) -> int:
    """Fetch the named weights in the foreground; 0 when all are here, 1 with a line that says why, 2 for misuse."""
    if not names or not set(names) <= set(rows()):
        sys.stderr.write(f"usage: python -m components.llm.builtin {'|'.join(rows())} ...\n")
        return 2
    try:
        cache = Cache(read_settings().model_cache)
        for name in names:
            weights = find(name)
            line = _Line(weights)
            bring(weights, cache, line)
            line.end(f"{weights.title} is here: {cache.file(weights)}")
    except AppError as error:
        sys.stderr.write(f"\n{error.what} {error.kept} {error.todo}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. What has arrived is kept; the same command goes on from there.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
