"""Waiting for something to become true, with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(ask: Callable[[], T], *, seconds: float = 20.0, pause: float = 0.02) -> T:
    """Return what ``ask`` gives once it is true.

    Raises:
        AssertionError: It was not within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"not within {seconds:g} seconds"
        time.sleep(pause)
    return found
