"""What the store's modules share: finding a user's own row, and turning rows into values."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from components.errors import AccessError

T = TypeVar("T")


def denied(what: str) -> AccessError:
    """The error for a row that does not exist or is another user's: the two must look alike."""
    todo = "It may have been deleted, or shared with you and taken back. Choose another one."
    return AccessError(f"This {what} does not exist, or is not yours.", todo=todo)


def owned(
    connection: sa.Connection, table: sa.Table, user_id: str, row_id: str, what: str, *, lock: bool = False
) -> sa.Row[Any]:
    """The row of this id, if it is the user's; ``lock`` keeps other writers off it until the transaction ends.

    Raises:
        AccessError: There is none, or it is another user's.
    """
    query = sa.select(table).where(table.c.id == row_id, table.c.user_id == user_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise denied(what)
    return row


def change_owned(
    connection: sa.Connection, table: sa.Table, user_id: str, row_id: str, what: str, **new: Any
) -> sa.Row[Any]:
    """Change the user's own row and return it.

    Raises:
        AccessError: There is none, or it is another user's.
    """
    mine = (table.c.id == row_id) & (table.c.user_id == user_id)
    row = connection.execute(sa.update(table).where(mine).values(**new).returning(table)).first()
    if row is None:
        raise denied(what)
    return row


def delete_owned(connection: sa.Connection, table: sa.Table, user_id: str, row_id: str, what: str) -> sa.Row[Any]:
    """Delete the user's own row, and by the foreign keys whatever hangs on it; return what it was.

    Raises:
        AccessError: There is none, or it is another user's.
    """
    mine = (table.c.id == row_id) & (table.c.user_id == user_id)
    row = connection.execute(sa.delete(table).where(mine).returning(table)).first()
    if row is None:
        raise denied(what)
    return row


def added(connection: sa.Connection, table: sa.Table, **values: Any) -> sa.Row[Any]:
    """Add a row and return it as the database now holds it."""
    return connection.execute(sa.insert(table).values(**values).returning(table)).one()


def upsert(connection: sa.Connection, table: sa.Table, keys: tuple[str, ...], **values: Any) -> sa.Row[Any]:
    """Add a row, or change the one that has the same ``keys`` (all but its id), in one statement; return it."""
    statement: Any = insert_of(connection)(table).values(**values)
    new = {name: statement.excluded[name] for name in values if name not in (*keys, "id")}
    row: sa.Row[Any] = connection.execute(
        statement.on_conflict_do_update(index_elements=list(keys), set_=new).returning(table)
    ).one()
    return row


def insert_of(connection: sa.Connection) -> Any:
    """The database's own insert, which knows ``ON CONFLICT``; the other's dialect costs 40 ms and stays away."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


def value(kind: type[T], row: sa.Row[Any], **more: Any) -> T:
    """The frozen dataclass ``kind`` of a row: fields by the columns' names, lists as tuples, ``more`` on top."""
    columns = cast(Any, row._mapping)
    for name in _names(cast(Any, kind)):
        if name not in more:
            found = columns[name]
            more[name] = tuple(found) if type(found) is list else found
    return kind(**more)
