"""Who may read and who may change what can be shared: the conditions that every statement about such a thing holds.

A thing is its owner's. A share lets one user or one group read it, or edit it. The conditions stand in the statements
themselves, so a share that is taken back is gone for whatever is read the moment after: nothing of it is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from components.errors import AccessError
from components.store._rows import denied
from components.store.roles import ROLES
from components.store.schema import conversations, datasets, documents, replies, turns
from components.store.schema_people import memberships, shares, users

OWN, EDIT, READ = "own", "edit", "read"
KINDS: Mapping[str, sa.Table] = {"dataset": datasets, "document": documents, "conversation": conversations}
"""What can be shared, by the word that a share keeps."""

WORDS: Mapping[str, str] = {"dataset": "table", "document": "document", "conversation": "conversation"}
"""What a reader calls it."""

_KIND_OF = {table: kind for kind, table in KINDS.items()}
_READER = sa.bindparam("reader", type_=sa.String(64))
_WORKING = tuple(role for role, acts in ROLES.items() if {"bring", "ask"} <= acts)


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What a reader must know of a thing that can be shared.

    Attributes:
        right: ``own``, ``edit`` or ``read``.
        shared_by: The owner's name; empty for what is the reader's own.
    """

    right: str = OWN
    shared_by: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is the reader's own: only then may it be deleted and shared."""
        return self.right == OWN

    @property
    def may_edit(self) -> bool:
        """Whether the reader may change it."""
        return self.right in (OWN, EDIT)


def reader(user_id: str) -> dict[str, str]:
    """The parameters of every statement that holds one of these conditions."""
    return {"reader": user_id}


@cache
def readable(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether the reader may see a row of this table of ``KINDS``."""
    return (table.c.user_id == _READER) | table.c.id.in_(_shared(table, READ, EDIT))


@cache
def editable(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether the reader may change a row: it is theirs, or shared for editing with somebody who may work here."""
    return (table.c.user_id == _READER) | (_works() & table.c.id.in_(_shared(table, EDIT)))


@cache
def seen(table: sa.Table) -> sa.Select[Any]:
    """The readable rows of a table, each with the reader's ``right`` and, where it is another's, ``shared_by``."""
    own = table.c.user_id == _READER
    right = sa.case((own, OWN), (editable(table), EDIT), else_=READ).label("right")
    name = sa.select(users.c.name).where(users.c.id == table.c.user_id).scalar_subquery()
    by = sa.case((own, ""), else_=name).label("shared_by")
    return sa.select(table, right, by).where(readable(table))


def look(connection: sa.Connection, table: sa.Table, user_id: str, row_id: str) -> sa.Row[Any]:
    """The row of this id as its reader sees it.

    Raises:
        AccessError: There is none, or it is not the user's and not shared with them.
    """
    row = connection.execute(seen(table).where(table.c.id == row_id), reader(user_id)).first()
    if row is None:
        raise denied(WORDS[_KIND_OF[table]])
    return row


def require_editable(connection: sa.Connection, table: sa.Table, user_id: str, row_id: str) -> sa.Row[Any]:
    """The row of this id, kept from other writers until the transaction ends.

    Raises:
        AccessError: As ``look``, or it is shared with the user for reading alone.
    """
    connection.execute(sa.select(table.c.id).where(table.c.id == row_id).with_for_update())
    row = look(connection, table, user_id, row_id)
    if row.right == READ:
        what = WORDS[_KIND_OF[table]]
        raise AccessError(
            f"This {what} is shared with you for reading only.", todo=f"Ask {row.shared_by} for the right to edit it."
        )
    return row


def look_turn(connection: sa.Connection, user_id: str, turn_id: str) -> sa.Row[Any]:
    """A turn of a conversation that the user may read, whoever asked it there. Raises ``AccessError``."""
    path = turns.join(conversations)
    return _one(connection, user_id, turns, path, turn_id, "question")


def look_reply(connection: sa.Connection, user_id: str, reply_id: str) -> sa.Row[Any]:
    """A reply of a conversation that the user may read, whoever asked for it there. Raises ``AccessError``."""
    path = replies.join(turns).join(conversations)
    return _one(connection, user_id, replies, path, reply_id, "reply")


def _one(
    connection: sa.Connection, user_id: str, table: sa.Table, path: sa.Join, row_id: str, what: str
) -> sa.Row[Any]:
    query = sa.select(table).select_from(path).where(table.c.id == row_id, readable(conversations))
    row = connection.execute(query, reader(user_id)).first()
    if row is None:
        raise denied(what)
    return row


def unshare_all(connection: sa.Connection, kind: str, thing_ids: Any) -> None:
    """Forget every share of things that are being deleted; ``thing_ids`` is a list, or a select of ids."""
    connection.execute(sa.delete(shares).where(shares.c.kind == kind, shares.c.thing_id.in_(thing_ids)))


@cache
def _shared(table: sa.Table, *rights: str) -> sa.Select[tuple[str]]:
    """The ids of what is shared with the reader, alone or in a group, with one of these rights."""
    groups = sa.select(group_key()).where(memberships.c.user_id == _READER)
    mine = (shares.c.to_user == _READER) | shares.c.to_group.in_(groups)
    kind = shares.c.kind == _KIND_OF[table]
    return sa.select(shares.c.thing_id).where(kind, shares.c.right_.in_(rights), mine)


def group_key() -> sa.ColumnElement[str]:
    """A membership's group as a share names it. The provider is part of it: anybody may found a group of any name at
    some of them."""
    return memberships.c.provider + ":" + memberships.c.name


@cache
def _works() -> sa.ColumnElement[bool]:
    return sa.exists().where(users.c.id == _READER, users.c.role.in_(_WORKING))
