"""Conversations, their turns, and the replies that were tried for each turn."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.store._access import (
    Shared,
    asked_by,
    editable,
    look,
    look_reply,
    look_turn,
    newest_seen,
    reader,
    require_editable,
    unshare_all,
)
from components.store._names import cut_title
from components.store._rows import added, delete_owned, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.roles import require
from components.store.schema import conversations, replies
from components.store.schema import pieces as piece_rows
from components.store.schema import turns as turn_rows

KINDS = ("chat", "tables", "documents")
_OF_KIND = conversations.c.kind == sa.bindparam("kind_wanted")


@dataclass(frozen=True)
class Conversation(Shared):
    """A list of turns. ``kind`` says who answers: chat, tables or documents; ``choices`` holds model, datasets ..."""

    id: str
    user_id: str
    kind: str
    title: str
    choices: Mapping[str, Any]
    created_at: float
    updated_at: float


@dataclass(frozen=True)
class Reply:
    """One attempt at answering a turn.

    ``state`` is streaming, complete, stopped, cut_off, failed or interrupted; ``error`` has code, what, kept, todo.
    """

    id: str
    turn_id: str
    number: int
    provider: str
    model: str
    state: str
    finish: str | None
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    created_at: float
    first_piece_at: float | None
    ended_at: float | None


@dataclass(frozen=True)
class Turn:
    """One question with its replies, oldest first; the newest is the one shown. ``number`` counts from 1; ``asked_by``
    is the name of who asked, where that is not the reader."""

    id: str
    conversation_id: str
    number: int
    question: str
    attachments: tuple[Mapping[str, Any], ...]
    created_at: float
    replies: tuple[Reply, ...]
    asked_by: str = ""


@dataclass(frozen=True)
class Piece:
    """What one flush of the pen added to a reply. ``kind`` is text, thought, took (seconds), step or found; ``seq``
    grows."""

    seq: int
    kind: str
    body: str


_ALL = 2**31 - 1  # more turns than there can be
_IN_TALK = turn_rows.c.conversation_id == sa.bindparam("talk", type_=sa.String(64))
_MOST, _FIRST = sa.bindparam("most", type_=sa.Integer), sa.bindparam("first", type_=sa.Integer)
# Both are built once: every run of a conversation's page asks them.
_NEWEST_TURNS = sa.select(turn_rows, asked_by()).where(_IN_TALK).order_by(turn_rows.c.number.desc()).limit(_MOST)
_REPLIES = (
    sa.select(replies)
    .join(turn_rows, turn_rows.c.id == replies.c.turn_id)
    .where(_IN_TALK, turn_rows.c.number >= _FIRST)
    .order_by(replies.c.number)
)


def create_conversation(
    store: Store, user_id: str, kind: str, title: str = "", choices: Mapping[str, Any] | None = None
) -> Conversation:
    """Begin a conversation of a kind. Raises ``RoleError``."""
    if kind not in KINDS:
        raise ValueError(f"no such kind of conversation: {kind!r}")
    require(store, user_id, "ask")
    now = time.time()
    new = {"kind": kind, "title": title, "choices": dict(choices or {}), "created_at": now, "updated_at": now}
    with store.database.writing() as connection:
        row = added(connection, conversations, id=new_id(), user_id=user_id, **new)
        return value(Conversation, look(connection, conversations, user_id, row.id))


def list_conversations(store: Store, user_id: str, limit: int = 50, kind: str | None = None) -> list[Conversation]:
    """The user's conversations and those that are shared with them, the one last spoken in first."""
    which = (_OF_KIND,) if kind else ()
    told = {**reader(user_id), "most": limit, **({"kind_wanted": kind} if kind else {})}
    with store.database.reading() as connection:
        return [value(Conversation, row) for row in connection.execute(newest_seen(conversations, *which), told)]


def conversation(store: Store, user_id: str, conversation_id: str) -> Conversation:
    """One conversation. Raises ``AccessError``."""
    with store.database.reading() as connection:
        return value(Conversation, look(connection, conversations, user_id, conversation_id))


def rename_conversation(store: Store, user_id: str, conversation_id: str, title: str) -> Conversation:
    """Give a conversation another title; its place in the list stays. Raises ``AccessError``."""
    with store.database.writing() as connection:
        return _changed(connection, user_id, conversation_id, title=cut_title(title))


def set_choices(store: Store, user_id: str, conversation_id: str, **changes: Any) -> Conversation:
    """Change some choices and keep the others; None removes one. Raises ``AccessError``."""
    with store.database.writing() as connection:
        old = require_editable(connection, conversations, user_id, conversation_id).choices
        new = {name: item for name, item in {**old, **changes}.items() if item is not None}
        return _changed(connection, user_id, conversation_id, choices=new)


def delete_conversation(store: Store, user_id: str, conversation_id: str) -> None:
    """Delete a conversation with its turns, replies, pieces and evidence. What it cost stays counted.

    A reply that is still being written hears it from the pen and stops. Raises ``AccessError``.
    """
    with store.database.writing() as connection:
        delete_owned(connection, conversations, user_id, conversation_id, "conversation")
        unshare_all(connection, "conversation", [conversation_id])


def add_turn(
    store: Store,
    user_id: str,
    conversation_id: str,
    question: str,
    attachments: Sequence[Mapping[str, Any]] = (),
    *,
    provider: str,
    model: str,
    worker_id: str,
) -> tuple[Turn, Reply]:
    """Keep a question and begin its first reply, in one commit. Raises ``AccessError``."""
    now = time.time()
    with store.database.writing() as connection:
        require_editable(connection, conversations, user_id, conversation_id)
        number = _next(connection, turn_rows, turn_rows.c.conversation_id == conversation_id)
        new = {"conversation_id": conversation_id, "number": number, "question": question}
        row = added(
            connection, turn_rows, id=new_id(), user_id=user_id, attachments=list(attachments), created_at=now, **new
        )
        reply = _begin_reply(connection, user_id, row.id, provider, model, worker_id)
        _touch(connection, conversation_id, now)
    return value(Turn, row, replies=(reply,), asked_by=""), reply


def add_reply(store: Store, user_id: str, turn_id: str, *, provider: str, model: str, worker_id: str) -> Reply:
    """Begin another reply to a turn ("ask again"); the earlier ones stay. Raises ``AccessError``."""
    with store.database.writing() as connection:
        turn = look_turn(connection, user_id, turn_id)
        require_editable(connection, conversations, user_id, turn.conversation_id)
        _touch(connection, turn.conversation_id, time.time())
        return _begin_reply(connection, user_id, turn_id, provider, model, worker_id)


def turns(store: Store, user_id: str, conversation_id: str, last: int | None = None) -> list[Turn]:
    """The turns of a conversation, oldest first; with ``last`` only so many of the newest. Raises ``AccessError``."""
    told = {"talk": conversation_id, "most": _ALL if last is None else last}
    with store.database.reading() as connection:
        look(connection, conversations, user_id, conversation_id)
        rows = connection.execute(_NEWEST_TURNS, told | reader(user_id)).all()[::-1]
        tried = _replies_of(connection, conversation_id, rows[0].number) if rows else {}
    return [value(Turn, row, replies=tuple(tried.get(row.id, ()))) for row in rows]


def turn(store: Store, user_id: str, turn_id: str) -> Turn:
    """One turn with its replies. Raises ``AccessError``."""
    with store.database.reading() as connection:
        row = look_turn(connection, user_id, turn_id)
        tried = connection.execute(sa.select(replies).where(replies.c.turn_id == turn_id).order_by(replies.c.number))
        return value(Turn, row, replies=tuple(value(Reply, one) for one in tried))


def reply(store: Store, user_id: str, reply_id: str) -> Reply:
    """One reply as it stands. Raises ``AccessError``."""
    with store.database.reading() as connection:
        return value(Reply, look_reply(connection, user_id, reply_id))


def pieces(store: Store, user_id: str, reply_id: str, after: int = -1) -> list[Piece]:
    """What a reply said, in order; with ``after`` only the pieces of a greater ``seq``. Raises ``AccessError``."""
    later = (piece_rows.c.reply_id == reply_id) & (piece_rows.c.seq > after)
    with store.database.reading() as connection:
        look_reply(connection, user_id, reply_id)
        return [value(Piece, row) for row in connection.execute(sa.select(piece_rows).where(later).order_by("seq"))]


def streaming(store: Store, user_id: str) -> list[str]:
    """The ids of the replies that are being made for the user, in whosever conversations."""
    query = sa.select(replies.c.id).where(replies.c.user_id == user_id, replies.c.state == "streaming")
    with store.database.reading() as connection:
        return list(connection.scalars(query))


def ask_to_stop(store: Store, user_id: str, reply_id: str) -> None:
    """Ask whichever process writes the reply to stop; one that has ended stays as it is. Raises ``AccessError``."""
    theirs = sa.select(turn_rows.c.id).select_from(turn_rows.join(conversations)).where(editable(conversations))
    running = (replies.c.id == reply_id) & (replies.c.state == "streaming") & replies.c.turn_id.in_(theirs)
    with store.database.writing() as connection:
        stop = sa.update(replies).where(running).values(cancel=True)
        if not connection.execute(stop, reader(user_id)).rowcount:
            turn_id = look_reply(connection, user_id, reply_id).turn_id
            require_editable(
                connection, conversations, user_id, look_turn(connection, user_id, turn_id).conversation_id
            )


def _changed(connection: sa.Connection, user_id: str, conversation_id: str, **new: Any) -> Conversation:
    require_editable(connection, conversations, user_id, conversation_id)
    connection.execute(sa.update(conversations).where(conversations.c.id == conversation_id).values(**new))
    return value(Conversation, look(connection, conversations, user_id, conversation_id))


def _touch(connection: sa.Connection, conversation_id: str, now: float) -> None:
    mine = conversations.c.id == conversation_id
    connection.execute(sa.update(conversations).where(mine).values(updated_at=now))


def _begin_reply(
    connection: sa.Connection, user_id: str, turn_id: str, provider: str, model: str, worker_id: str
) -> Reply:
    number = _next(connection, replies, replies.c.turn_id == turn_id)
    new = {"turn_id": turn_id, "number": number, "provider": provider, "model": model, "worker_id": worker_id}
    now = time.time()
    return value(
        Reply, added(connection, replies, id=new_id(), user_id=user_id, state="streaming", created_at=now, **new)
    )


def _next(connection: sa.Connection, table: sa.Table, siblings: sa.ColumnElement[bool]) -> int:
    return 1 + (connection.scalar(sa.select(sa.func.max(table.c.number)).where(siblings)) or 0)


def _replies_of(connection: sa.Connection, conversation_id: str, first: int) -> dict[str, list[Reply]]:
    """The replies to the turns from number ``first`` on, by turn, oldest first."""
    found: dict[str, list[Reply]] = {}
    for row in connection.execute(_REPLIES, {"talk": conversation_id, "first": first}):
        found.setdefault(row.turn_id, []).append(value(Reply, row))
    return found
