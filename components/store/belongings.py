"""All that is one user's: to be taken along, or to be deleted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from components.store import charts as _charts
from components.store import conversations as _conversations
from components.store import datasets as _datasets
from components.store import documents as _documents
from components.store import evidence as _evidence
from components.store import usage as _usage
from components.store._leaving import delete_files, forget_index, free_files, leaving
from components.store._people import write
from components.store._rows import denied
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
    turns,
    uploads,
    usage,
)
from components.store.schema_people import shares, users

_OWNED = (conversations, turns, evidence, datasets, documents, charts, uploads, jobs, usage, providers, provider_keys)
_EVERY = 2**31 - 1


@dataclass(frozen=True)
class Belongings:
    """What a user owns; what others share with them is not in it. ``charts`` are by the dataset's id."""

    datasets: tuple[_datasets.Dataset, ...]
    documents: tuple[_documents.Document, ...]
    conversations: tuple[_conversations.Conversation, ...]
    charts: dict[str, _charts.Charts]


def belongings(store: Store, user_id: str) -> Belongings:
    """What the user owns, as it is listed; files and texts are read one by one where they are wanted."""
    tables = tuple(found for found in _datasets.list_datasets(store, user_id) if found.is_own)
    drawn = {found.id: kept for found in tables if (kept := _charts.charts(store, user_id, found.id))}
    return Belongings(
        datasets=tables,
        documents=tuple(found for found in _documents.list_documents(store, user_id) if found.is_own),
        conversations=tuple(
            found for found in _conversations.list_conversations(store, user_id, _EVERY) if found.is_own
        ),
        charts=drawn,
    )


def whole_conversation(store: Store, user_id: str, conversation_id: str) -> dict[str, Any]:
    """A conversation as JSON: turns, all tries at answering them with every piece, evidence and usage.

    Raises ``AccessError``.
    """
    used = _usage.usage_of_conversation(store, user_id, conversation_id)
    told = asdict(_conversations.conversation(store, user_id, conversation_id))
    told["turns"] = [asdict(turn) for turn in _conversations.turns(store, user_id, conversation_id)]
    for reply in (reply for turn in told["turns"] for reply in turn["replies"]):
        reply["pieces"] = [asdict(piece) for piece in _conversations.pieces(store, user_id, reply["id"])]
        reply["evidence"] = [asdict(one) for one in _evidence.evidence_of_reply(store, user_id, reply["id"])]
        reply["usage"] = asdict(used[reply["id"]]) if reply["id"] in used else None
    return told


def delete_everything(store: Store, user_id: str, *, address: str = "") -> tuple[str, ...]:
    """Delete all that the user made: rows, files, search index, shares. The account itself and the audit stay.

    Work that is under way stops: its rows are gone. Where the user asked in others' conversations, the questions go.

    Returns:
        The ids of the users who saw tables or documents of theirs, which their processes and search indexes still hold.
    """
    with store.database.writing() as connection:
        if connection.execute(sa.select(users.c.id).where(users.c.id == user_id).with_for_update()).first() is None:
            raise denied("user")
        left = leaving(connection, user_id)
        connection.execute(sa.delete(shares).where((shares.c.user_id == user_id) | (shares.c.to_user == user_id)))
        for table in _OWNED:
            connection.execute(sa.delete(table).where(table.c.user_id == user_id))
        connection.execute(sa.update(users).where(users.c.id == user_id).values(preferences={}))
        free = free_files(connection, left)
        forget_index(store, user_id)  # before the commit: from rows it comes again, by a kill after it words would stay
        write(connection, "deleted everything", user_id=user_id, address=address)
    delete_files(store, left, free)
    return left.readers
