"""Taking back what was shared, in every part that holds something of it.

The store stops reading it with the same commit. Here the parts let go of what they made of it: a search index that
holds its words, an engine's process that has its file open.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from components.store import shares

if TYPE_CHECKING:
    from components.workbench import Workbench


def take_back(bench: Workbench, user_id: str, kind: str, share_id: str) -> None:
    """Take a share back, or let go of one as its receiver, and see that nothing made of it is left.

    Raises:
        AccessError: It is neither the user's own nor made to them alone.
    """
    let_go(bench, kind, shares.unshare(bench.store, user_id, share_id))


def let_go(bench: Workbench, kind: str, user_ids: Collection[str]) -> None:
    """See that nothing is left of things of a kind that these users can no longer see.

    Queries that run are ended at once.
    """
    if kind == "dataset":
        for user_id in user_ids:
            bench.engines.drop(user_id)
    elif kind == "document":
        from components.documents.shelf import clear_gone  # numpy and tantivy, which no page before needs

        for user_id in user_ids:
            clear_gone(bench.store, user_id)
