"""Shares: what its owner lets one user or one group read, or edit. Taken back, it is gone with the same commit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.errors import AccessError, AppError
from components.store._access import EDIT, KINDS, READ, WORDS, WORKING, group_key, reader, seen
from components.store._people import folded, write
from components.store._rows import added, denied, owned, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import conversations, replies, turns
from components.store.schema_people import memberships, users
from components.store.schema_people import shares as rows
from components.store.users import LOCAL_OWNER_ID


class ShareError(AppError):
    """It cannot be shared with whom was named."""

    kept = "Nothing was changed."


@dataclass(frozen=True)
class Receiver:
    """Somebody with whom something can be shared: one user by ``user_id``, or a group by ``group``."""

    name: str
    user_id: str | None = None
    group: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Share:
    """One share; either ``to_user`` or ``to_group`` is set.

    Attributes:
        name: The receiver's.
        email: A user's; None for a group.
        works: Whether the receiver's role lets them edit where the right says so; of a group not everybody's may.
    """

    id: str
    kind: str
    thing_id: str
    to_user: str | None
    to_group: str | None
    right: str
    created_at: float
    name: str
    email: str | None
    works: bool = True


@dataclass(frozen=True)
class Given:
    """Something that the user shares: its title, and the share."""

    title: str
    share: Share


@dataclass(frozen=True)
class Received:
    """Something that another user shares: its title, who does, and whether the receiver may ``edit`` or ``read``.

    Attributes:
        share_id: The share with the receiver alone, which they may let go of; None where a group of theirs sees it.
    """

    thing_id: str
    title: str
    shared_by: str
    right: str
    share_id: str | None


def share(
    store: Store,
    user_id: str,
    kind: str,
    thing_id: str,
    *,
    to_user: str | None = None,
    to_group: str | None = None,
    right: str = READ,
) -> Share:
    """Share a thing of the user's own, or change the right that its receiver has.

    Args:
        kind: ``dataset``, ``document`` or ``conversation``.
        to_user: The receiver's id, or ...
        to_group: ... a group of the user's own, as ``groups`` names it.
        right: ``read``: look, explore, ask about it, download. ``edit``: also rename, add versions, ask in it.

    Raises:
        AccessError: The thing is not the user's own.
        ShareError: The receiver may not sign in, is the user, or is a group that the user is not in.
    """
    if right not in (READ, EDIT) or (to_user is None) == (to_group is None):
        raise ValueError("a share has one receiver and the right read or edit")
    with store.database.writing() as connection:
        thing = owned(connection, KINDS[kind], user_id, thing_id, WORDS[kind], lock=True)
        name = _require_receiver(connection, user_id, to_user, to_group)
        connection.execute(sa.delete(rows).where(_to(kind, thing_id, to_user, to_group)))
        new = {"kind": kind, "thing_id": thing_id, "to_user": to_user, "to_group": to_group}
        row = added(connection, rows, id=new_id(), user_id=user_id, right_=right, created_at=time.time(), **new)
        write(connection, "shared", user_id=user_id, thing=_called(kind, thing), detail=f"with {name}, to {right}")
        return _share(connection, row.id)


def shares(store: Store, user_id: str, kind: str, thing_id: str) -> list[Share]:
    """With whom a thing of the user's own is shared, the newest last. Raises ``AccessError``."""
    with store.database.reading() as connection:
        owned(connection, KINDS[kind], user_id, thing_id, WORDS[kind])
        query = _select().where(rows.c.kind == kind, rows.c.thing_id == thing_id)
        return [_as_told(row) for row in connection.execute(query.order_by(rows.c.created_at, rows.c.id))]


def given(store: Store, user_id: str) -> list[Given]:
    """All that the user shares, by kind and title."""
    with store.database.reading() as connection:
        return [one for kind in KINDS for one in _given(connection, user_id, kind)]


def share_to(store: Store, user_id: str, kind: str, thing_id: str) -> Share | None:
    """The share by which a thing was let see to the user alone; None where there is none, or a group's."""
    mine = (rows.c.kind == kind) & (rows.c.thing_id == thing_id) & (rows.c.to_user == user_id)
    with store.database.reading() as connection:
        row = connection.execute(_select().where(mine)).first()
    return _as_told(row) if row else None


def unshare(store: Store, user_id: str, share_id: str) -> tuple[str, ...]:
    """Take a share back, or, as its receiver, let go of it. Replies that the receiver waits for in it are stopped.

    Returns:
        The ids of the users who saw the thing by this share. What was made for them of it is to be forgotten.

    Raises:
        AccessError: It is neither the user's own nor made to them alone.
    """
    mine = (rows.c.user_id == user_id) | (rows.c.to_user == user_id)
    with store.database.writing() as connection:
        row = connection.execute(sa.delete(rows).where(rows.c.id == share_id, mine).returning(rows)).first()
        if row is None:
            raise denied("share")
        lost = _receivers(connection, row)
        if row.kind == "conversation":
            _stop_replies(connection, row, lost)
        thing = connection.execute(sa.select(KINDS[row.kind]).where(KINDS[row.kind].c.id == row.thing_id)).first()
        detail = f"with {_receiver_name(connection, row.to_user, row.to_group)}"
        did = "unshared" if row.user_id == user_id else "let go of a share"
        write(connection, did, user_id=user_id, thing=_called(row.kind, thing), detail=detail)
        return lost


def shared_with(store: Store, user_id: str, kind: str) -> list[Received]:
    """What others share with the user, by title."""
    table = KINDS[kind]
    alone = (rows.c.kind == kind) & (rows.c.thing_id == table.c.id) & (rows.c.to_user == user_id)
    share_id = sa.select(rows.c.id).where(alone).scalar_subquery().label("share_id")
    theirs = seen(table).add_columns(share_id).where(table.c.user_id != user_id).order_by(table.c.title, table.c.id)
    with store.database.reading() as connection:
        found = connection.execute(theirs, reader(user_id))
        return [value(Received, row, thing_id=row.id) for row in found]


def receivers(store: Store, user_id: str, kind: str, thing_id: str) -> tuple[str, ...]:
    """The ids of all with whom a thing of the user's own is shared, alone or in groups. Raises ``AccessError``."""
    with store.database.reading() as connection:
        owned(connection, KINDS[kind], user_id, thing_id, WORDS[kind])
        found = connection.execute(sa.select(rows).where(rows.c.kind == kind, rows.c.thing_id == thing_id)).all()
        return tuple(sorted({person for row in found for person in _receivers(connection, row)}))


def find_people(store: Store, user_id: str, words: str) -> list[Receiver]:
    """The users who can sign in and whose e-mail, or whose whole name, is just this; nobody is found by a part of it.

    Whoever may not sign in themselves finds nobody.
    """
    wanted = " ".join(words.split())
    known = sa.select(users).where(users.c.state == "active", users.c.id.not_in((user_id, LOCAL_OWNER_ID)))
    with store.database.reading() as connection:
        _require_active(connection, user_id)
        found = [row for row in connection.execute(known.order_by(users.c.name, users.c.id)) if _is(row, wanted)]
    return [Receiver(row.name, user_id=row.id, email=row.email) for row in found]


def groups(store: Store, user_id: str) -> list[Receiver]:
    """The groups that the user is in, by name."""
    query = sa.select(memberships.c.name, group_key().label("key")).where(memberships.c.user_id == user_id)
    with store.database.reading() as connection:
        found = connection.execute(query.order_by(memberships.c.name, memberships.c.provider))
        return [Receiver(row.name, group=row.key) for row in found]


def _require_receiver(connection: sa.Connection, user_id: str, to_user: str | None, to_group: str | None) -> str:
    if to_group is not None:
        mine = sa.select(memberships.c.name).where(memberships.c.user_id == user_id, group_key() == to_group)
        name = connection.scalar(mine)
        if name is None:
            raise ShareError("You can share with the groups that you are in.", todo="Choose one of them.")
        return f"the group {name}"
    if to_user == user_id:
        raise ShareError("This is yours already.", todo="Name somebody else.")
    known = (users.c.id == to_user) & (users.c.state == "active") & (users.c.id != LOCAL_OWNER_ID)
    name = connection.scalar(sa.select(users.c.name).where(known))
    if name is None:
        raise ShareError("Nobody of this name can sign in here.", todo="Look at the e-mail again.")
    return str(name)


def _require_active(connection: sa.Connection, user_id: str) -> None:
    if connection.scalar(sa.select(users.c.id).where(users.c.id == user_id, users.c.state == "active")) is None:
        raise AccessError("You are no longer let in here.", todo="Ask an administrator of this workbench.")


def _is(row: sa.Row[Any], wanted: str) -> bool:
    by_email = row.email is not None and row.email == folded(wanted)
    if "@" in wanted:  # an address; anybody may have one for a name, also that of who is not here yet
        return by_email
    return bool(wanted) and " ".join(row.name.split()).casefold() == wanted.casefold()


def _to(kind: str, thing_id: str, to_user: str | None, to_group: str | None) -> sa.ColumnElement[bool]:
    receiver = rows.c.to_user == to_user if to_group is None else rows.c.to_group == to_group
    return (rows.c.kind == kind) & (rows.c.thing_id == thing_id) & receiver


def _select() -> sa.Select[Any]:
    return sa.select(rows, users.c.name, users.c.email, users.c.role).outerjoin(users, users.c.id == rows.c.to_user)


def _given(connection: sa.Connection, user_id: str, kind: str) -> list[Given]:
    table = KINDS[kind]
    query = _select().add_columns(table.c.title).join(table, table.c.id == rows.c.thing_id)
    mine = query.where(rows.c.user_id == user_id, rows.c.kind == kind)
    found = connection.execute(mine.order_by(table.c.title, rows.c.thing_id, rows.c.created_at))
    return [Given(row.title, _as_told(row)) for row in found]


def _share(connection: sa.Connection, share_id: str) -> Share:
    return _as_told(connection.execute(_select().where(rows.c.id == share_id)).one())


def _as_told(row: sa.Row[Any]) -> Share:
    name = row.name if row.to_group is None else row.to_group.partition(":")[2]
    return value(Share, row, right=row.right_, name=name, works=row.role is None or row.role in WORKING)


def _receivers(connection: sa.Connection, row: sa.Row[Any]) -> tuple[str, ...]:
    if row.to_group is None:
        return (row.to_user,)
    return tuple(connection.scalars(sa.select(memberships.c.user_id).where(group_key() == row.to_group)))


def _receiver_name(connection: sa.Connection, to_user: str | None, to_group: str | None) -> str:
    if to_group is not None:
        return f"the group {to_group.partition(':')[2]}"
    return str(connection.scalar(sa.select(users.c.name).where(users.c.id == to_user)))


def _called(kind: str, thing: sa.Row[Any] | None) -> str:
    """How the audit names a thing; the title of a conversation is what somebody asked, and stays theirs."""
    word = WORDS[kind]
    return word if kind == "conversation" or thing is None else f"{word} {thing.title}"


def _stop_replies(connection: sa.Connection, row: sa.Row[Any], lost: Sequence[str]) -> None:
    theirs = sa.select(turns.c.id).select_from(turns.join(conversations)).where(conversations.c.id == row.thing_id)
    running = (replies.c.state == "streaming") & replies.c.user_id.in_([one for one in lost if one != row.user_id])
    connection.execute(sa.update(replies).where(running, replies.c.turn_id.in_(theirs)).values(cancel=True))
