"""What the local owner made before sign-in was switched on, and handing it to an administrator."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from components.errors import AppError
from components.store._files import index_folder
from components.store._names import free_among
from components.store._people import require_administrator, write
from components.store.jobs import GOING
from components.store.opening import Store
from components.store.schema import (
    charts,
    conversations,
    datasets,
    documents,
    evidence,
    jobs,
    provider_keys,
    providers,
    replies,
    turns,
    uploads,
    usage,
    versions,
)
from components.store.schema_people import shares, users
from components.store.users import LOCAL_OWNER_ID

_MOVED = (
    *(datasets, versions, charts, documents, conversations, turns, replies, evidence),
    *(usage, uploads, jobs, providers, provider_keys),
)


class BusyError(AppError):
    """Work of the local owner is still under way."""

    kept = "Nothing was moved."
    todo = "Wait until it has ended, then try again."


@dataclass(frozen=True)
class Left:
    """How much of the local owner's there is."""

    tables: int
    documents: int
    conversations: int
    keys: int

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def in_words(self) -> str:
        """``2 tables, 1 key``: what there is of each, where there is any."""
        counts = {field.name: getattr(self, field.name) for field in fields(self)}
        return ", ".join(f"{n:,} {name.removesuffix('s') if n == 1 else name}" for name, n in counts.items() if n)


def left_by_local_owner(store: Store) -> Left:
    """How much the local owner left (system: it is told before somebody takes it over)."""
    with store.database.reading() as connection:
        return _left(connection)


def take_over(store: Store, user_id: str) -> Left:
    """Make all that the local owner left an administrator's own, in one commit; how much it was.

    A table whose name the administrator's own bears gets a number behind its name. Of the same file twice the local
    owner's document stays, because older answers lead to it; a key or server of the same name stays the
    administrator's.

    Raises:
        AccessError: The user is no administrator.
        BusyError: A job or a reply of the local owner's is under way.
    """
    with store.database.writing() as connection:
        taker = require_administrator(connection, user_id)
        local = connection.execute(_user(LOCAL_OWNER_ID).with_for_update()).first()
        left = _left(connection)
        if local is None or user_id == LOCAL_OWNER_ID:
            return left
        _require_idle(connection)
        _make_room(connection, user_id)
        for table in _MOVED:
            theirs = table.c.user_id == LOCAL_OWNER_ID
            connection.execute(sa.update(table).where(theirs).values(user_id=user_id))
        kept = {**local.preferences, **taker.preferences}
        connection.execute(sa.update(users).where(users.c.id == user_id).values(preferences=kept))
        connection.execute(sa.update(users).where(users.c.id == LOCAL_OWNER_ID).values(preferences={}))
        write(connection, "took over", user_id=user_id, thing="what the local owner made", detail=left.in_words())
    shutil.rmtree(index_folder(store.home, LOCAL_OWNER_ID), ignore_errors=True)
    return left


def _user(user_id: str) -> sa.Select[Any]:
    return sa.select(users).where(users.c.id == user_id)


def _left(connection: sa.Connection) -> Left:
    tables = (datasets, documents, conversations, provider_keys)
    of_local = (sa.select(sa.func.count()).where(table.c.user_id == LOCAL_OWNER_ID) for table in tables)
    return Left(*(connection.scalar(query) or 0 for query in of_local))


def _require_idle(connection: sa.Connection) -> None:
    work = sa.select(jobs.c.id).where(jobs.c.user_id == LOCAL_OWNER_ID, jobs.c.state.in_(GOING))
    talk = sa.select(replies.c.id).where(replies.c.user_id == LOCAL_OWNER_ID, replies.c.state == "streaming")
    if connection.scalar(work.limit(1)) or connection.scalar(talk.limit(1)):
        raise BusyError("Something that the local owner began is still under way.")


def _make_room(connection: sa.Connection, user_id: str) -> None:
    """Where both have something that one user may have once, see that one of them is left."""
    _rename_tables(connection, user_id)
    for table, key in ((providers, providers.c.name), (provider_keys, provider_keys.c.provider)):
        own = sa.select(key).where(table.c.user_id == user_id)
        connection.execute(sa.delete(table).where(table.c.user_id == LOCAL_OWNER_ID, key.in_(own)))
    _join_documents(connection, user_id)


def _rename_tables(connection: sa.Connection, user_id: str) -> None:
    query = sa.select(datasets.c.id, datasets.c.name, datasets.c.user_id)
    found = connection.execute(query.where(datasets.c.user_id.in_((user_id, LOCAL_OWNER_ID)))).all()
    own = {row.name for row in found if row.user_id == user_id}
    taken = {row.name for row in found}
    for row in found:
        if row.user_id == LOCAL_OWNER_ID and row.name in own:
            name = free_among(taken, row.name)
            taken.add(name)
            connection.execute(sa.update(datasets).where(datasets.c.id == row.id).values(name=name))


def _join_documents(connection: sa.Connection, user_id: str) -> None:
    """Of the same file twice, delete the administrator's and let its shares lead to the local owner's."""
    other = documents.alias()
    same = documents.join(other, other.c.sha256 == documents.c.sha256)
    pairs = sa.select(documents.c.id, other.c.id.label("kept")).select_from(same)
    twice = pairs.where(documents.c.user_id == user_id, other.c.user_id == LOCAL_OWNER_ID)
    for row in connection.execute(twice).all():
        of_own = (shares.c.kind == "document") & (shares.c.thing_id == row.id)
        connection.execute(sa.update(shares).where(of_own).values(thing_id=row.kept))
        connection.execute(sa.delete(documents).where(documents.c.id == row.id))
