"""What is left behind by a user whose rows go: files, search index, and what others have made of what they shared."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.store._access import group_key
from components.store._files import answer_file, index_folder, unused
from components.store.opening import Store
from components.store.schema import documents, evidence, uploads, versions
from components.store.schema_people import memberships, shares

_FILES = (versions.c.blob, versions.c.raw_blob, documents.c.blob, uploads.c.blob)


@dataclass(frozen=True)
class Leaving:
    """What a user has beside rows.

    Attributes:
        readers: The ids of the users who see tables or documents of theirs: open processes and search indexes may
            still hold them.
    """

    user_id: str
    files: tuple[str | None, ...]
    answers: tuple[str, ...]
    readers: tuple[str, ...]


def leaving(connection: sa.Connection, user_id: str) -> Leaving:
    """What is to be deleted of a user, before the rows that tell of it are gone. Their row must be locked."""
    keys = tuple(key for column in _FILES for key in connection.scalars(_of(column, user_id)))
    answers = tuple(connection.scalars(_of(evidence.c.id, user_id)))
    return Leaving(user_id, keys, answers, _readers(connection, user_id))


def free_files(connection: sa.Connection, left: Leaving) -> list[str]:
    """The files that no row names any more, now that the user's are gone."""
    return [key for some in _batches(left.files) for key in unused(connection, some)]


def delete_files(store: Store, left: Leaving, keys: Sequence[str]) -> None:
    """Delete the files ``keys``, and what was made of the user's things on this machine; after the commit."""
    for key in keys:
        store.blobs.delete(key)
    for evidence_id in left.answers:
        answer_file(store.home, evidence_id).unlink(missing_ok=True)
    forget_index(store, left.user_id)


def forget_index(store: Store, user_id: str) -> None:
    """Delete a user's search index on this machine: it is made again from the rows that are left."""
    shutil.rmtree(index_folder(store.home, user_id), ignore_errors=True)


def _of(column: sa.Column[str], user_id: str) -> sa.Select[Any]:
    return sa.select(column).where(column.table.c.user_id == user_id)


def _readers(connection: sa.Connection, user_id: str) -> tuple[str, ...]:
    given = (shares.c.user_id == user_id) & shares.c.kind.in_(("dataset", "document"))
    alone = sa.select(shares.c.to_user).where(given, shares.c.to_user.is_not(None))
    in_groups = sa.select(memberships.c.user_id).where(group_key().in_(sa.select(shares.c.to_group).where(given)))
    return tuple(sorted(connection.scalars(alone.union(in_groups))))


def _batches(keys: Sequence[str | None]) -> Iterator[Sequence[str | None]]:
    """A statement takes some thousands of values, not more."""
    return (keys[start : start + 500] for start in range(0, len(keys), 500))
