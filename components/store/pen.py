"""Writing what replies say: for all replies of a process in one commit, fenced by the process's own id."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from components.store._rows import insert_of
from components.store.opening import Store
from components.store.schema import pieces, replies


@dataclass(frozen=True)
class PieceRow:
    """A piece to write: ``kind`` is text, thought or step; ``seq`` is greater than that of every earlier one."""

    reply_id: str
    seq: int
    kind: str
    body: str


def write_pieces(store: Store, rows: Sequence[PieceRow], worker_id: str) -> set[str]:
    """Write pieces in one commit and tell which of this process's replies are to stop.

    A reply that was deleted, has ended, or was taken from this process gets nothing, and is among those to stop.

    Returns:
        The ids of replies that a user asked to stop, and of those that no longer are this process's.
    """
    with store.database.writing() as connection:
        mine = _mine(connection, worker_id)
        kept = [row for row in rows if row.reply_id in mine]
        if kept:
            connection.execute(_once(connection), [asdict(row) for row in kept])
            _note_first(connection, [row.reply_id for row in kept if row.seq == 0])
    lost = {row.reply_id for row in rows} - set(mine)
    return lost | {reply_id for reply_id, cancel in mine.items() if cancel}


def end_reply(
    store: Store,
    reply_id: str,
    worker_id: str,
    *,
    state: str,
    finish: str | None = None,
    error: Mapping[str, Any] | None = None,
    result: Mapping[str, Any] | None = None,
) -> bool:
    """Say how a reply ended, after its last piece was written; False where it is no longer this process's."""
    mine = (replies.c.id == reply_id) & (replies.c.worker_id == worker_id) & (replies.c.state == "streaming")
    new = {"state": state, "finish": finish, "error": error, "result": result, "ended_at": time.time()}
    with store.database.writing() as connection:
        return connection.execute(sa.update(replies).where(mine).values(**new)).rowcount == 1


def _mine(connection: sa.Connection, worker_id: str) -> dict[str, bool]:
    """The replies that this process is writing, each with whether it is to stop; nobody ends them meanwhile."""
    query = sa.select(replies.c.id, replies.c.cancel).where(
        replies.c.worker_id == worker_id, replies.c.state == "streaming"
    )
    locked = query.order_by(replies.c.id).with_for_update(read=True)
    return {row.id: row.cancel for row in connection.execute(locked)}


def _once(connection: sa.Connection) -> sa.Insert:
    """An insert that passes over pieces that are there already: a commit may have been made but never confirmed."""
    once: sa.Insert = insert_of(connection)(pieces).on_conflict_do_nothing()
    return once


def _note_first(connection: sa.Connection, reply_ids: list[str]) -> None:
    if reply_ids:
        connection.execute(sa.update(replies).where(replies.c.id.in_(reply_ids)).values(first_piece_at=time.time()))
