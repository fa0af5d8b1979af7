"""Uploads: files on their way in. The page makes a row, the upload route fills it, a job reads it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from components.errors import FileError
from components.store._files import installation_id, named, unused
from components.store._rows import added, delete_owned, denied, owned, value
from components.store.database import new_id
from components.store.jobs import GOING
from components.store.opening import Store
from components.store.roles import require
from components.store.schema import jobs, uploads

LOG = logging.getLogger(__name__)

HOUR, DAY = 3600.0, 86_400.0
KEPT_UNUSED = 7 * DAY
"""Seconds for which a complete upload that became nothing is kept, so that its import can be tried again."""

_PURPOSES = ("table", "document")


class TooLargeError(FileError):
    """A file is larger than may be uploaded here."""

    todo = "Split it, pack it as .gz or .zip, or let the operator raise GROUNDWORK_UPLOAD_MB."

    def __init__(self, filename: str, megabytes: int) -> None:
        super().__init__(f"{filename} is larger than {megabytes:,} MB, the most that may be uploaded here.")


@dataclass(frozen=True)
class Upload:
    """A file on its way in. ``state`` is open, complete or refused; ``error`` is why it was refused."""

    id: str
    user_id: str
    purpose: str
    filename: str
    state: str
    bytes: int | None
    sha256: str | None
    blob: str | None
    error: str | None


def open_upload(store: Store, user_id: str, purpose: str, filename: str) -> Upload:
    """Make room for a file; ``purpose`` is table or document. Raises ``RoleError``."""
    if purpose not in _PURPOSES:
        raise ValueError(f"no such purpose: {purpose!r}")
    require(store, user_id, "bring")
    new = {"purpose": purpose, "filename": filename, "state": "open", "created_at": time.time()}
    with store.database.writing() as connection:
        return value(Upload, added(connection, uploads, id=new_id(), user_id=user_id, **new))


def upload(store: Store, user_id: str, upload_id: str) -> Upload:
    """One upload. Raises ``AccessError``."""
    with store.database.reading() as connection:
        return value(Upload, owned(connection, uploads, user_id, upload_id, "upload"))


def complete_upload(store: Store, user_id: str, upload_id: str, bytes: int, sha256: str, blob: str) -> Upload:
    """Say that the whole file lies in ``blob``. Raises ``AccessError``, also where the upload is no longer open."""
    return _close(store, user_id, upload_id, state="complete", bytes=bytes, sha256=sha256, blob=blob)


def refuse_upload(store: Store, user_id: str, upload_id: str, error: str) -> Upload:
    """Say why a file was not taken. Raises ``AccessError``, also where the upload is no longer open."""
    return _close(store, user_id, upload_id, state="refused", error=error)


def delete_upload(store: Store, user_id: str, upload_id: str) -> None:
    """Delete an upload, and its file where no dataset and no document uses it. Raises ``AccessError``."""
    with store.database.writing() as connection:
        row = delete_owned(connection, uploads, user_id, upload_id, "upload")
        free = unused(connection, [row.blob])
    for key in free:
        store.blobs.delete(key)


def same_files(store: Store, user_id: str, upload_id: str) -> frozenset[str]:
    """Blobs of the user's other uploads that hold the very bytes of this one.

    Raises:
        AccessError: There is no such upload of this user.
    """
    found = upload(store, user_id, upload_id)
    same = (uploads.c.user_id == user_id) & (uploads.c.sha256 == found.sha256) & (uploads.c.id != upload_id)
    with store.database.reading() as connection:
        return frozenset(connection.scalars(sa.select(uploads.c.blob).where(same, uploads.c.blob.is_not(None))))


def sweep_uploads(store: Store) -> int:
    """Delete what nobody will miss, of all users; how many files went.

    Open and refused uploads older than a day; complete ones that became nothing for a week, unless their user has
    work under way; files that no row names, and half-written ones. A file younger than an hour is left alone: a job
    may be about to name it.
    """
    now = time.time()
    with store.database.writing() as connection:
        _forget(connection, now)
        installation = installation_id(connection)
    if not store.blobs.belongs_to(installation):
        LOG.warning("the files belong to another database: none was looked at, and none deleted")
        return 0
    orphans = list(_orphans(store, now - HOUR))
    for key in orphans:
        store.blobs.delete(key)
    store.blobs.delete_copies(now - KEPT_UNUSED)
    return len(orphans) + store.blobs.delete_parts(now - HOUR)


def _forget(connection: sa.Connection, now: float) -> None:
    """Delete the rows of uploads that nobody will miss, and of files that were taken along."""
    never = uploads.c.state.in_(("open", "refused")) & (uploads.c.created_at < now - DAY)
    connection.execute(sa.delete(uploads).where(never))
    working = sa.exists().where(jobs.c.user_id == uploads.c.user_id, jobs.c.state.in_(GOING))
    old = (uploads.c.state == "complete") & (uploads.c.created_at < now - KEPT_UNUSED) & ~working
    taken = (uploads.c.purpose == "export") & (uploads.c.created_at < now - DAY)
    unused(connection, connection.scalars(sa.select(uploads.c.blob).where(old | taken)).all())


def _close(store: Store, user_id: str, upload_id: str, **new: str | int) -> Upload:
    mine = (uploads.c.id == upload_id) & (uploads.c.user_id == user_id) & (uploads.c.state == "open")
    with store.database.writing() as connection:
        row = connection.execute(sa.update(uploads).where(mine).values(**new).returning(uploads)).first()
    if row is None:
        raise denied("upload")
    return value(Upload, row)


def _orphans(store: Store, before: float) -> Iterator[str]:
    """Files that no row names, written ``before``. The files are listed first: a row written later still counts."""
    old = (key for key in store.blobs.keys() if store.blobs.written_at(key) < before)  # noqa: SIM118
    for some in _batches(old, 500):
        with store.database.reading() as connection:
            yield from sorted(some - named(connection, some))


def _batches(keys: Iterable[str], size: int) -> Iterator[set[str]]:
    iterator = iter(keys)
    while batch := set(islice(iterator, size)):
        yield batch
