"""Who may read and who may change what can be shared: the conditions that every statement about such a thing holds.

A thing is its owner's. A share lets one user or one group read it, or edit it. The conditions stand in the statements
themselves, so a share that is taken back is gone for whatever is read the moment after: nothing of it is remembered.

Statements that every run of a page makes are built once: to build one takes five times as long as to run it.
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
_READER, _ROW_ID = sa.bindparam("reader", type_=sa.String(64)), sa.bindparam("row_id", type_=sa.String(64))
_MOST = sa.bindparam("most", type_=sa.Integer)
WORKING = tuple(role for role, acts in ROLES.items() if {"bring", "ask"} <= acts)
"""The roles whose users may change what is shared with them for editing; others read it."""


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
    """Whether the reader may see a row of this table of ``KINDS``; for rows that are found by their id."""
    return (table.c.user_id == _READER) | table.c.id.in_(_shared(table))


@cache
def listed(table: sa.Table) -> sa.ColumnElement[bool]:
    """The same for a list of all rows: PostgreSQL finds them by their ids, where it would walk the table with an OR."""
    own = sa.select(table.c.id).where(table.c.user_id == _READER)
    return table.c.id.in_(sa.union_all(own, _shared(table)))


@cache
def editable(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether the reader may change a row: it is theirs, or shared for editing with somebody who may work here."""
    return (table.c.user_id == _READER) | (_works() & table.c.id.in_(_shared(table).where(shares.c.right_ == EDIT)))


@cache
def seen(table: sa.Table) -> sa.Select[Any]:
    """The readable rows of a table, each with the reader's ``right`` and, where it is another's, ``shared_by``."""
    return _as_seen(table).where(listed(table))


@cache
def newest_seen(table: sa.Table, *which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """As ``seen``, the last changed first and at most ``:most``; by the index, however many there are."""
    order = (table.c.updated_at.desc(), table.c.id)
    own = sa.select(table.c.id).where(table.c.user_id == _READER, *which).order_by(*order).limit(_MOST).subquery()
    either = table.c.id.in_(sa.union_all(sa.select(own.c.id), _shared(table)))
    return _as_seen(table).where(either, *which).order_by(*order).limit(_MOST)


def _as_seen(table: sa.Table) -> sa.Select[Any]:
    own = table.c.user_id == _READER
    right = sa.case((own, OWN), (editable(table), EDIT), else_=READ).label("right")
    name = sa.select(users.c.name).where(users.c.id == table.c.user_id).scalar_subquery()
    by = sa.case((own, ""), else_=name).label("shared_by")
    return sa.select(table, right, by)


def look(connection: sa.Connection, table: sa.Table, user_id: str, row_id: str) -> sa.Row[Any]:
    """The row of this id as its reader sees it.

    Raises:
        AccessError: There is none, or it is not the user's and not shared with them.
    """
    row = connection.execute(_seen_one(table), {**reader(user_id), "row_id": row_id}).first()
    if row is None:
        raise denied(WORDS[_KIND_OF[table]])
    return row


@cache
def _seen_one(table: sa.Table) -> sa.Select[Any]:
    return _as_seen(table).where(table.c.id == _ROW_ID, readable(table))


def require_editable(connection: sa.Connection, table: sa.Table, user_id: str, row_id: str) -> sa.Row[Any]:
    """The row of this id, kept from other writers until the transaction ends.

    Raises:
        AccessError: As ``look``, or it is shared with the user for reading alone.
    """
    connection.execute(sa.select(table.c.id).where(table.c.id == row_id).with_for_update()).first()
    row = look(connection, table, user_id, row_id)
    if row.right == READ:
        what = WORDS[_KIND_OF[table]]
        raise AccessError(
            f"This {what} is shared with you for reading only.",
            kept="Nothing was changed.",
            todo=f"Ask {row.shared_by} for the right to edit it.",
        )
    return row


def look_turn(connection: sa.Connection, user_id: str, turn_id: str) -> sa.Row[Any]:
    """A turn of a conversation that the user may read, whoever asked it there. Raises ``AccessError``."""
    return _within(connection, user_id, turns, turn_id, "question")


def look_reply(connection: sa.Connection, user_id: str, reply_id: str) -> sa.Row[Any]:
    """A reply of a conversation that the user may read, whoever asked for it there. Raises ``AccessError``."""
    return _within(connection, user_id, replies, reply_id, "reply")


def _within(connection: sa.Connection, user_id: str, table: sa.Table, row_id: str, what: str) -> sa.Row[Any]:
    row = connection.execute(_in_conversation(table), {**reader(user_id), "row_id": row_id}).first()
    if row is None:
        raise denied(what)
    return row


@cache
def _in_conversation(table: sa.Table) -> sa.Select[Any]:
    path = turns.join(conversations) if table is turns else replies.join(turns).join(conversations)
    columns = (table, asked_by()) if table is turns else (table,)
    return sa.select(*columns).select_from(path).where(table.c.id == _ROW_ID, readable(conversations))


@cache
def asked_by() -> sa.Label[str]:
    """The name of who asked a turn, where that is not its reader; else empty."""
    name = sa.select(users.c.name).where(users.c.id == turns.c.user_id).scalar_subquery()
    return sa.case((turns.c.user_id == _READER, ""), else_=name).label("asked_by")


def unshare_all(connection: sa.Connection, kind: str, thing_ids: Any) -> None:
    """Forget every share of things that are being deleted; ``thing_ids`` is a list, or a select of ids."""
    connection.execute(sa.delete(shares).where(shares.c.kind == kind, shares.c.thing_id.in_(thing_ids)))


@cache
def _shared(table: sa.Table) -> sa.Select[tuple[str]]:
    """The ids of what is shared with the reader, alone or in a group."""
    groups = sa.select(group_key()).where(memberships.c.user_id == _READER)
    mine = (shares.c.to_user == _READER) | shares.c.to_group.in_(groups)
    return sa.select(shares.c.thing_id).where(shares.c.kind == _KIND_OF[table], mine)


def group_key() -> sa.ColumnElement[str]:
    """A membership's group as a share names it. The provider is part of it: anybody may found a group of any name at
    some of them."""
    return memberships.c.provider + ":" + memberships.c.name


@cache
def _works() -> sa.ColumnElement[bool]:
    role = sa.or_(*(users.c.role == role for role in WORKING))  # a list would be written out anew in every call
    return sa.exists().where(users.c.id == _READER, role)
