"""What every source of weights shares: how it tells its progress, and how it fails."""

from __future__ import annotations

from collections.abc import Callable

Arrived = Callable[[int], object]
"""Called with the bytes of the file that are here by now; it may raise to stop, and what is here stays."""


class SourceError(Exception):
    """A source cannot bring the weights. The text names it and why, short enough to stand in a list; not for users."""
