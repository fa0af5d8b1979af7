"""Taking back what was shared, in every part that holds something of it.

The store stops reading it with the same commit. Here the parts let go of what they made of it: a search index that
holds its words, an engine's process that may open its file.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from components.store import datasets, shares
from components.store.shares import Share

if TYPE_CHECKING:
    from components.workbench import Workbench


def take_back(bench: Workbench, user_id: str, share: Share) -> tuple[str, ...]:
    """Take a share back, or let go of one as its receiver, and see that nothing made of it is left.

    Queries that run over a table are ended at once.

    Returns:
        The ids of the users who saw the thing by this share.

    Raises:
        AccessError: It is neither the user's own nor made to them alone.
    """
    files = _files(bench, user_id, share.thing_id) if share.kind == "dataset" else None
    lost = shares.unshare(bench.store, user_id, share.id)
    let_go(bench, share.kind, lost, files)
    return lost


def let_go(bench: Workbench, kind: str, user_ids: Collection[str], files: Collection[Path] | None = None) -> None:
    """See that nothing is left of things of a kind that these users can no longer see.

    Args:
        bench: Where it is held.
        kind: ``dataset``, ``document`` or ``conversation``.
        user_ids: Who saw them.
        files: The tables' files; None ends every process of these users.
    """
    if kind == "dataset":
        for user_id in user_ids:
            bench.engines.drop(user_id, files)
    elif kind == "document":
        from components.documents.shelf import clear_gone  # numpy and tantivy, which no page before needs

        clear_gone(bench.store, user_ids)


def _files(bench: Workbench, user_id: str, dataset_id: str) -> list[Path]:
    found = datasets.dataset(bench.store, user_id, dataset_id)
    return [bench.store.blobs.local_path(version.blob) for version in found.versions]
