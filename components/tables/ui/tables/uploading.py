"""Bringing tables: the shared upload field, whose files become imports."""

from __future__ import annotations

from components.store import User
from components.store.uploads import Upload
from components.ui import uploading
from components.workbench import Workbench

KINDS = "CSV, Excel, JSON, Parquet, also as gz or zip"


def show_upload(
    bench: Workbench,
    user: User,
    *,
    key: str,
    label: str = "Upload",
    primary: bool = True,
    dataset_id: str | None = None,
) -> bool:
    """Draw the field and begin an import for every file that has arrived.

    Args:
        bench: Where the jobs run.
        user: Whose files they are.
        key: The field's own key.
        label: The word on its button.
        primary: Whether the button is the one action of the screen.
        dataset_id: The dataset of which the file is a new version; None makes new datasets.

    Returns:
        True where an import was begun in this run.
    """

    def begin(upload: Upload) -> None:
        arguments = {"upload_id": upload.id} | ({"dataset_id": dataset_id} if dataset_id else {})
        bench.jobs.submit(user.id, "import_table", upload.filename, **arguments)

    one = dataset_id is not None
    return uploading.show_upload(
        bench, user, key=key, purpose="table", kinds=KINDS, begin=begin, label=label, primary=primary, several=not one
    )


def refused_uploads(bench: Workbench, user: User) -> list[Upload]:
    """The refused tables of this tab that are still to be shown."""
    return uploading.refused_uploads(bench, user, "table")


def put_away_refused() -> None:
    """Stop showing refused uploads."""
    uploading.put_away_refused()
