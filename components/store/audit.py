"""The audit: who did what, when, from where. It is only ever added to, and outlives the users of whom it tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from components.store._people import require_administrator, write
from components.store._rows import value
from components.store.opening import Store
from components.store.schema_people import audit as rows
from components.store.users import LOCAL_OWNER_ID

_MOST = 300  # signs of a title or a reason
_SEARCHED = (rows.c.who, rows.c.did, rows.c.thing, rows.c.detail, rows.c.address)


@dataclass(frozen=True)
class Entry:
    """One line: ``who`` (as the name was then) ``did`` something with ``thing``; ``address`` is the browser's."""

    id: str
    at: float
    user_id: str | None
    who: str
    did: str
    thing: str
    detail: str
    address: str

    def as_cells(self) -> Entry:
        """The same for a spreadsheet: what would run there as a formula, whoever typed it, is text."""
        words: dict[str, Any] = {
            name: _harmless(getattr(self, name)) for name in ("who", "did", "thing", "detail", "address")
        }
        return replace(self, **words)


def note(
    store: Store, user_id: str | None, did: str, *, thing: str = "", detail: str = "", address: str = "", who: str = ""
) -> None:
    """Add a line; ``did`` is a few words in the past tense, at most 32 signs. Without ``who``, the user's name."""
    with store.database.writing() as connection:
        write(connection, did, user_id=user_id, who=who, thing=thing, detail=detail, address=address)


def note_work(store: Store, user_id: str, did: str, *, thing: str = "", detail: str = "") -> None:
    """Add a line about everyday work: a question, an import. The local owner, who works here alone, is not noted."""
    if user_id != LOCAL_OWNER_ID:
        note(store, user_id, did, thing=thing[:_MOST], detail=detail[:_MOST])


def audit(
    store: Store,
    user_id: str,
    *,
    since: float | None = None,
    until: float | None = None,
    words: str = "",
    did: str | None = None,
    limit: int | None = 500,
) -> list[Entry]:
    """What everybody did, the newest first, for an administrator. Raises ``AccessError`` for anybody else.

    Args:
        since: From then on, in seconds since 1970.
        until: Before then.
        words: Each of these, in small or large letters, stands somewhere in the line.
        did: Exactly this was done.
        limit: How many lines at most; None: all.
    """
    query = sa.select(rows).where(*(_holds(word) for word in words.split()))
    if since is not None:
        query = query.where(rows.c.at >= since)
    if until is not None:
        query = query.where(rows.c.at < until)
    if did is not None:
        query = query.where(rows.c.did == did)
    with store.database.reading() as connection:
        require_administrator(connection, user_id)
        found = connection.execute(query.order_by(rows.c.at.desc(), rows.c.id).limit(limit))
        return [value(Entry, row) for row in found]


def own_audit(store: Store, user_id: str, limit: int = 50) -> list[Entry]:
    """What the user did, the newest first."""
    query = sa.select(rows).where(rows.c.user_id == user_id).order_by(rows.c.at.desc(), rows.c.id).limit(limit)
    with store.database.reading() as connection:
        return [value(Entry, row) for row in connection.execute(query)]


def audit_kinds(store: Store, user_id: str) -> list[str]:
    """Everything that was ever done, for a filter; for an administrator. Raises ``AccessError`` for anybody else."""
    with store.database.reading() as connection:
        require_administrator(connection, user_id)
        return sorted(connection.scalars(sa.select(rows.c.did).distinct()))


def _holds(word: str) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.icontains(word, autoescape=True) for column in _SEARCHED))


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
