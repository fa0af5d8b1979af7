"""The files of a user's tables, by the names that queries use."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.store import Store


def tables_of(store: Store, user_id: str, dataset_ids: Collection[str] | None = None) -> dict[str, Path]:
    """The newest version of each dataset, as the engine wants them: the name in SQL and the Parquet file.

    Args:
        store: Where they are kept.
        user_id: Whose they are.
        dataset_ids: Only these; None for all of the user's.

    Raises:
        AccessError: One of ``dataset_ids`` is not there, or not this user's.
    """
    from components.store import datasets

    if dataset_ids is None:
        chosen = datasets.list_datasets(store, user_id)
    else:
        chosen = [datasets.dataset(store, user_id, dataset_id) for dataset_id in dataset_ids]
    return {dataset.name: store.blobs.local_path(dataset.latest.blob) for dataset in chosen}
