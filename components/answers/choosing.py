"""Which tables a conversation asks, where nobody has said."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from components.store.datasets import Dataset

COLUMNS = 60  # columns that a small model still reads in seconds


def chosen_datasets(mine: Sequence[Dataset], wish: Collection[str] | None) -> list[Dataset]:
    """The tables to ask: those of ``wish`` that are still there, else all while they are few, else the newest alone.

    Args:
        mine: The user's datasets, the one last changed first.
        wish: Ids that were chosen for this conversation; None or none left: nobody has said.
    """
    wished = [dataset for dataset in mine if wish and dataset.id in wish]
    if wished:
        return wished
    width = sum(len(dataset.latest.columns) for dataset in mine)
    return list(mine) if width <= COLUMNS else list(mine[:1])
