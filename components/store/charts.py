"""The explorer's charts: one list for each user and dataset."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.store._access import look, readable, reader
from components.store._rows import upsert
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import charts as rows
from components.store.schema import datasets


@dataclass(frozen=True)
class Charts:
    """A list of charts as the explorer gives it; ``picture`` is a data address of the current one."""

    specs: list[Any]
    workflows: list[Any]
    picture: str | None
    updated_at: float


def charts(store: Store, user_id: str, dataset_id: str) -> Charts | None:
    """What the user saved for a dataset, or None where nothing is, or they may no longer see the dataset."""
    mine = (rows.c.user_id == user_id) & (rows.c.dataset_id == dataset_id)
    query = sa.select(rows).select_from(rows.join(datasets)).where(mine, readable(datasets))
    with store.database.reading() as connection:
        row = connection.execute(query, reader(user_id)).first()
    return _charts(row) if row else None


def charted(store: Store, user_id: str, limit: int = 50) -> dict[str, Charts]:
    """What the user saved, by the dataset's id, the last saved first; of datasets that they may still see."""
    newest = rows.c.updated_at.desc()
    query = sa.select(rows).select_from(rows.join(datasets)).where(rows.c.user_id == user_id, readable(datasets))
    with store.database.reading() as connection:
        found = connection.execute(query.order_by(newest, rows.c.id).limit(limit), reader(user_id)).all()
    return {row.dataset_id: _charts(row) for row in found}


def save_charts(
    store: Store,
    user_id: str,
    dataset_id: str,
    specs: Sequence[Any],
    workflows: Sequence[Any],
    picture: str | None = None,
) -> Charts:
    """Save the whole list in place of the one before. Raises ``AccessError``."""
    new = {"specs": list(specs), "workflows": list(workflows), "picture": picture, "updated_at": time.time()}
    with store.database.writing() as connection:
        connection.execute(
            sa.select(datasets.c.id).where(datasets.c.id == dataset_id).with_for_update(key_share=True)
        ).first()
        look(connection, datasets, user_id, dataset_id)
        owner = {"id": new_id(), "user_id": user_id, "dataset_id": dataset_id}
        return _charts(upsert(connection, rows, ("user_id", "dataset_id"), **owner, **new))


def _charts(row: sa.Row[Any]) -> Charts:
    return Charts(row.specs, row.workflows, row.picture, row.updated_at)
