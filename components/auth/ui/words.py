"""What people and providers call themselves, drawn as words and nothing else."""

from __future__ import annotations


def plain(text: str) -> str:
    """As ``components.ui.errors.plain``, for the door and the sidebar."""
    from components.ui import errors  # the frame around pages stands on the door: imported when it is there

    return errors.plain(text)


def typed(text: str) -> str:
    """As ``components.ui.errors.typed``."""
    from components.ui import errors

    return errors.typed(text)
