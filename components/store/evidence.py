"""Evidence: what an answer rests on, enough to show it again and to run it again."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.store._rows import added, denied, owned, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import evidence as rows
from components.store.schema import evidence_versions as links
from components.store.schema import replies, versions


@dataclass(frozen=True)
class Evidence:
    """One piece. ``kind`` is query or passages; ``gone_version_ids`` are those of ``version_ids`` deleted since."""

    id: str
    reply_id: str | None
    kind: str
    body: Mapping[str, Any]
    version_ids: tuple[str, ...]
    gone_version_ids: tuple[str, ...]
    created_at: float


def add_evidence(
    store: Store, user_id: str, reply_id: str, kind: str, body: Mapping[str, Any], version_ids: Sequence[str] = ()
) -> Evidence:
    """Keep what a reply rests on, with the dataset versions it was read from. Raises ``AccessError``."""
    used = sorted(set(version_ids))
    with store.database.writing() as connection:
        owned(connection, replies, user_id, reply_id, "reply")
        _require_own(connection, user_id, used)
        new = {"reply_id": reply_id, "kind": kind, "body": dict(body), "created_at": time.time()}
        row = added(connection, rows, id=new_id(), user_id=user_id, **new)
        if used:
            linked = [{"evidence_id": row.id, "version_id": version_id} for version_id in used]
            connection.execute(sa.insert(links), linked)
    return value(Evidence, row, version_ids=tuple(used), gone_version_ids=())


def evidence(store: Store, user_id: str, evidence_id: str) -> Evidence:
    """One piece of evidence. Raises ``AccessError``."""
    with store.database.reading() as connection:
        return _with_versions(connection, owned(connection, rows, user_id, evidence_id, "evidence"))


def evidence_of_reply(store: Store, user_id: str, reply_id: str) -> list[Evidence]:
    """All that a reply rests on, in the order in which it was found. Raises ``AccessError``."""
    query = sa.select(rows).where(rows.c.reply_id == reply_id, rows.c.user_id == user_id)
    with store.database.reading() as connection:
        owned(connection, replies, user_id, reply_id, "reply")
        found = connection.execute(query.order_by(rows.c.created_at, rows.c.id)).all()
        return [_with_versions(connection, row) for row in found]


def _require_own(connection: sa.Connection, user_id: str, version_ids: Sequence[str]) -> None:
    query = sa.select(sa.func.count()).where(versions.c.user_id == user_id, versions.c.id.in_(version_ids))
    if connection.scalar(query) != len(version_ids):
        raise denied("table")


def _with_versions(connection: sa.Connection, row: sa.Row[Any]) -> Evidence:
    joined = links.outerjoin(versions, versions.c.id == links.c.version_id)
    query = sa.select(links.c.version_id, versions.c.id).select_from(joined).where(links.c.evidence_id == row.id)
    found = connection.execute(query.order_by(links.c.version_id)).all()
    gone = tuple(version_id for version_id, present in found if present is None)
    return value(Evidence, row, version_ids=tuple(used for used, _ in found), gone_version_ids=gone)
