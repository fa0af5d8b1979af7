"""What replies cost, in tokens and in money."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from components.store._access import look
from components.store._rows import value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import conversations, replies, turns
from components.store.schema import usage as usage_rows

_COUNTS = ("input", "output", "cached", "cache_written", "reasoning")


_PATH = usage_rows.join(replies, replies.c.id == usage_rows.c.reply_id).join(turns, turns.c.id == replies.c.turn_id)
_IN_TALK = turns.c.conversation_id == sa.bindparam("talk", type_=sa.String(64))
_SINCE = turns.c.number >= sa.bindparam("first", type_=sa.Integer)
# Both are built once: every run of a conversation's page asks them.
_OF_CONVERSATION = sa.select(usage_rows).select_from(_PATH).where(_IN_TALK, _SINCE).order_by(usage_rows.c.at)
_COST = (
    sa.select(
        sa.func.coalesce(sa.func.sum(usage_rows.c.cost), 0.0).label("known"),
        (sa.func.count() - sa.func.count(usage_rows.c.cost)).label("unpriced"),
    )
    .select_from(_PATH)
    .where(_IN_TALK)
)


class Tokens(Protocol):
    """Counts of tokens as a provider tells them; ``cached`` and ``cache_written`` are parts of ``input``."""

    @property
    def input(self) -> int: ...  # noqa: D102
    @property
    def output(self) -> int: ...  # noqa: D102
    @property
    def cached(self) -> int: ...  # noqa: D102
    @property
    def cache_written(self) -> int: ...  # noqa: D102
    @property
    def reasoning(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class UsageRow:
    """What one reply took, over all calls that were made for it. ``cost`` is in US dollars; None: not known."""

    provider: str
    model: str
    input: int
    output: int
    cached: int
    cache_written: int
    reasoning: int
    cost: float | None


@dataclass(frozen=True)
class Cost:
    """What several calls cost: ``known`` in US dollars, without the ``unpriced`` calls, whose price is not known."""

    known: float
    unpriced: int


@dataclass(frozen=True)
class Spent:
    """What one provider took. ``cost`` is in US dollars, without the ``unpriced`` calls, whose price is not known."""

    provider: str
    calls: int
    unpriced: int
    input: int
    output: int
    cost: float


def add_usage(
    store: Store, user_id: str, reply_id: str | None, provider: str, model: str, usage: Tokens, cost: float | None
) -> None:
    """Count one call. It counts for the user even where the reply was deleted meanwhile, or never was theirs."""
    mine = (
        sa.select(replies.c.id).where(replies.c.id == reply_id, replies.c.user_id == user_id).with_for_update(read=True)
    )
    counts = {name: getattr(usage, name) for name in _COUNTS}
    with store.database.writing() as connection:
        link = connection.scalar(mine)
        new = {"provider": provider, "model": model, "cost": cost, "at": time.time(), **counts}
        connection.execute(sa.insert(usage_rows).values(id=new_id(), user_id=user_id, reply_id=link, **new))


def usage_of_conversation(store: Store, user_id: str, conversation_id: str, first: int = 1) -> dict[str, UsageRow]:
    """What each reply of a conversation took, by the reply's id, from turn number ``first`` on. Raises
    ``AccessError``."""
    found: dict[str, list[sa.Row[Any]]] = {}
    with store.database.reading() as connection:
        look(connection, conversations, user_id, conversation_id)
        for row in connection.execute(_OF_CONVERSATION, {"talk": conversation_id, "first": first}):
            found.setdefault(row.reply_id, []).append(row)
    return {reply_id: _summed(rows) for reply_id, rows in found.items()}


def cost_of_conversation(store: Store, user_id: str, conversation_id: str) -> Cost:
    """What all replies of a conversation cost together. Raises ``AccessError``."""
    with store.database.reading() as connection:
        look(connection, conversations, user_id, conversation_id)
        return value(Cost, connection.execute(_COST, {"talk": conversation_id}).one())


def spent(store: Store, user_id: str, since: float) -> list[Spent]:
    """What the user spent from ``since`` (seconds since 1970) on, by provider, the dearest first."""
    rows, cost = usage_rows.c, sa.func.coalesce(sa.func.sum(usage_rows.c.cost), 0.0).label("cost")
    unpriced = (sa.func.count() - sa.func.count(rows.cost)).label("unpriced")
    tokens = [sa.cast(sa.func.sum(column), sa.BigInteger).label(column.name) for column in (rows.input, rows.output)]
    query = sa.select(rows.provider, sa.func.count().label("calls"), unpriced, *tokens, cost)
    mine = query.where(rows.user_id == user_id, rows.at >= since).group_by(rows.provider)
    with store.database.reading() as connection:
        return [value(Spent, row) for row in connection.execute(mine.order_by(cost.desc(), rows.provider))]


def _summed(rows: list[sa.Row[Any]]) -> UsageRow:
    """Several calls as one; the price of the whole is known where each part's is."""
    counts = {name: sum(getattr(row, name) for row in rows) for name in _COUNTS}
    return UsageRow(rows[-1].provider, rows[-1].model, cost=_sum_known(row.cost for row in rows), **counts)


def _sum_known(costs: Iterable[float | None]) -> float | None:
    known = list(costs)
    return None if None in known else sum(cost for cost in known if cost is not None)
