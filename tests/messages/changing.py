"""Settings of a workbench that is open, changed for a while: some to what no operator may set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from components.settings import Settings


@contextmanager
def changed(settings: Settings, **values: Any) -> Iterator[None]:
    """Inside, the settings have these values; they are read each time that they are needed."""
    before = {name: getattr(settings, name) for name in values}
    _set(settings, values)
    try:
        yield
    finally:
        _set(settings, before)


def _set(settings: Settings, values: dict[str, Any]) -> None:
    for name, value in values.items():
        object.__setattr__(settings, name, value)  # frozen for everybody else
