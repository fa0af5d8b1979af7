"""What a user opened last: a few ids with their times, kept among their preferences."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeVar

from components.store import User
from components.store.users import set_preferences
from components.workbench import workbench

MOST = 12  # things that are remembered of each kind
KEPT = "opened"  # among the preferences: {"table": [[id, seconds since 1970], ...]}, the last opened first

Kind = Literal["table", "document"]


class Made(Protocol):
    """Something with an id that was made at some time."""

    @property
    def id(self) -> str:
        """By which it is found."""

    @property
    def created_at(self) -> float:
        """Seconds since 1970."""


T = TypeVar("T", bound=Made)


def note_opened(user: User, kind: Kind, thing_id: str) -> None:
    """Remember that a user looks at a thing. It writes only where another one was opened before it."""
    before = _kept(user, kind)
    if before and before[0][0] == thing_id:
        return
    now = [[thing_id, time.time()], *(one for one in before if one[0] != thing_id)][:MOST]
    set_preferences(workbench().store, user.id, **{KEPT: {**user.preferences.get(KEPT, {}), kind: now}})


def last_touched(user: User, kind: Kind, things: Sequence[T]) -> list[T]:
    """Things of a kind, the one last opened or brought first."""
    opened = dict(_kept(user, kind))
    return sorted(things, key=lambda thing: max(thing.created_at, opened.get(thing.id, 0.0)), reverse=True)


def _kept(user: User, kind: Kind) -> list[Any]:
    return list(user.preferences.get(KEPT, {}).get(kind, ()))
