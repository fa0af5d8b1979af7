"""Evidence: what an answer rests on, enough to show it again and to run it again."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.store._access import look_reply, readable, reader
from components.store._rows import added, denied, owned, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema import conversations, datasets, documents, replies, turns, versions
from components.store.schema import evidence as rows
from components.store.schema import evidence_versions as links


@dataclass(frozen=True)
class Evidence:
    """One piece. ``kind`` is query or passages.

    ``gone_version_ids`` are those of ``version_ids`` that its reader cannot read: deleted since, or not shared with
    them. What was found is kept all the same: it is the answer. Passages that it was made from are not: the text of
    those in documents that its reader cannot read is empty.
    """

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
        _require_readable(connection, user_id, used)
        new = {"reply_id": reply_id, "kind": kind, "body": dict(body), "created_at": time.time()}
        row = added(connection, rows, id=new_id(), user_id=user_id, **new)
        if used:
            linked = [{"evidence_id": row.id, "version_id": version_id} for version_id in used]
            connection.execute(sa.insert(links), linked)
    return value(Evidence, row, version_ids=tuple(used), gone_version_ids=())


def evidence(store: Store, user_id: str, evidence_id: str) -> Evidence:
    """One piece of evidence. Raises ``AccessError``."""
    path = rows.outerjoin(replies).outerjoin(turns).outerjoin(conversations)
    alone = rows.c.reply_id.is_(None) & (rows.c.user_id == user_id)
    query = sa.select(rows).select_from(path).where(rows.c.id == evidence_id, alone | readable(conversations))
    with store.database.reading() as connection:
        row = connection.execute(query, reader(user_id)).first()
        if row is None:
            raise denied("evidence")
        return _as_read(connection, user_id, row)


def evidence_of_reply(store: Store, user_id: str, reply_id: str) -> list[Evidence]:
    """All that a reply rests on, in the order in which it was found. Raises ``AccessError``."""
    query = sa.select(rows).where(rows.c.reply_id == reply_id)
    with store.database.reading() as connection:
        look_reply(connection, user_id, reply_id)
        found = connection.execute(query.order_by(rows.c.created_at, rows.c.id)).all()
        return [_as_read(connection, user_id, row) for row in found]


def _require_readable(connection: sa.Connection, user_id: str, version_ids: Sequence[str]) -> None:
    path = versions.join(datasets)
    query = sa.select(sa.func.count()).select_from(path).where(versions.c.id.in_(version_ids), readable(datasets))
    if connection.scalar(query, reader(user_id)) != len(version_ids):
        raise denied("table")


def _as_read(connection: sa.Connection, user_id: str, row: sa.Row[Any]) -> Evidence:
    used = connection.scalars(sa.select(links.c.version_id).where(links.c.evidence_id == row.id)).all()
    here = (
        sa.select(versions.c.id).select_from(versions.join(datasets)).where(versions.c.id.in_(used), readable(datasets))
    )
    there = set(connection.scalars(here, reader(user_id))) if used else set()
    gone = tuple(version_id for version_id in sorted(used) if version_id not in there)
    body = _without_foreign(connection, user_id, row.body) if "passages" in row.body else row.body
    return value(Evidence, row, body=body, version_ids=tuple(sorted(used)), gone_version_ids=gone)


def _without_foreign(connection: sa.Connection, user_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence of a search, without the text of passages in documents that its reader cannot read."""
    found = body["passages"]
    named = {str(passage["document_id"]) for passage in found}
    query = sa.select(documents.c.id).where(documents.c.id.in_(named), readable(documents))
    there = set(connection.scalars(query, reader(user_id))) if named else set()
    return {**body, "passages": [one if one["document_id"] in there else {**one, "text": ""} for one in found]}
