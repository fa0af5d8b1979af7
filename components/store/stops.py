"""Where conversations stopped: the last question of each, and how its newest reply stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from components.store._access import readable, reader
from components.store.opening import Store
from components.store.schema import conversations, replies, turns


@dataclass(frozen=True)
class Stop:
    """The end of a conversation: its last question, and the state of the newest reply to it (see ``Reply``)."""

    question: str
    state: str


def stops(store: Store, user_id: str, conversation_ids: Sequence[str]) -> dict[str, Stop]:
    """The end of each of these conversations that the user may read, by its id; nothing of one without a question."""
    later = turns.alias()
    newest = sa.select(sa.func.max(later.c.number)).where(later.c.conversation_id == turns.c.conversation_id)
    asked = (
        sa.select(turns.c.conversation_id, turns.c.question, replies.c.state)
        .select_from(turns.join(conversations).join(replies, replies.c.turn_id == turns.c.id))
        .where(turns.c.conversation_id.in_(conversation_ids), turns.c.number == newest.scalar_subquery())
        .where(readable(conversations))
        .order_by(replies.c.number)  # of several replies the newest stays
    )
    with store.database.reading() as connection:
        rows = connection.execute(asked, reader(user_id)).all()
    return {row.conversation_id: Stop(row.question, row.state) for row in rows}
