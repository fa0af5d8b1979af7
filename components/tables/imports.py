"""The import job: from an uploaded file to tables that last; what breaks off leaves nothing."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.errors import FileError
from components.jobs.worker import Context, Kind
from components.settings import Settings
from components.store import datasets, uploads
from components.store.datasets import Column, Dataset
from components.tables.importing import read_file
from components.tables.importing.doubts import Doubt, by_weight, doubt, quoted
from components.tables.profile import PROFILE_KINDS, with_profiles

FORGOTTEN = 86_400.0  # seconds after which a folder that a killed import left is deleted
MOST_KEPT = 1000  # rows that did not fit which are kept beside the table; all of them stay in the file as it came
LONGEST_KEPT = 2000  # characters of one such row


def import_table(context: Context, *, upload_id: str, dataset_id: str | None = None) -> Mapping[str, Any]:
    """Read an upload in a child process and keep its tables.

    Args:
        upload_id: A complete upload.
        dataset_id: The dataset of which the file is a new version; None makes new datasets.

    Raises:
        FileError: The file cannot be read, or is more than one table where one is wanted.
        AccessError: The upload or the dataset is not the user's.
    """
    upload = uploads.upload(context.store, context.user_id, upload_id)
    if upload.state != "complete" or upload.blob is None:
        raise FileError(f"{upload.filename} has not arrived whole.", todo="Upload it again.")
    if dataset_id is not None:
        datasets.dataset(context.store, context.user_id, dataset_id)
    folder = workplace(context)
    try:
        read = _read(context, context.store.blobs.local_path(upload.blob), upload.filename, folder)
        if dataset_id is None:
            read["left_out"] = [*_known(context, upload_id), *read["left_out"]]
        return keep(context, read, filename=upload.filename, raw_blob=upload.blob, dataset_id=dataset_id)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read(context: Context, source: Path, filename: str, folder: Path) -> dict[str, Any]:
    settings = context.settings
    read: dict[str, Any] = context.in_process(
        read_upload,
        memory_mb=settings.import_memory_mb,
        seconds=settings.import_seconds,
        source=str(source),
        filename=filename,
        out_folder=str(folder),
        allowed_mb=settings.import_memory_mb,
        unpacked_bytes=2 * settings.upload_mb << 20,
    )
    return read


def read_upload(report: Any, *, allowed_mb: int, **arguments: Any) -> dict[str, Any]:
    """``read_file`` as the child process runs it, with odd rows and a profile of each table that is not large."""
    from components.tables.importing.whole_rows import add_row_doubts

    read = read_file(report, memory_mb=allowed_mb, **arguments)
    add_row_doubts(read["tables"], Path(arguments["out_folder"]), allowed_mb)
    with_profiles(report, read["tables"], arguments["out_folder"], allowed_mb)
    return read


def workplace(context: Context) -> Path:
    """An empty folder for this job; folders that killed jobs left long ago are deleted."""
    parent = imports_folder(context.settings)
    for old in parent.glob("*") if parent.exists() else ():
        if old.name == context.job_id or old.stat().st_mtime < time.time() - FORGOTTEN:
            shutil.rmtree(old, ignore_errors=True)
    folder = parent / context.job_id
    folder.mkdir(mode=0o700, parents=True)
    return folder


def imports_folder(settings: Settings) -> Path:
    """Where imports work: beside the files that last, so that a result is moved, not copied."""
    return settings.home / "imports"


def keep(
    context: Context,
    read: Mapping[str, Any],
    *,
    filename: str,
    raw_blob: str,
    dataset_id: str | None = None,
    sample: bool = False,
    name: str = "",
    title: str = "",
) -> Mapping[str, Any]:
    """Store the tables that a child process read: the file first, then its row.

    A job that is begun again after a kill finds what it had stored and goes on behind it.
    """
    tables = read["tables"]
    if dataset_id is not None and len(tables) != 1:
        raise FileError(
            f"{filename} holds {len(tables)} tables, and a new version is one table.",
            todo="Upload it as new tables, or upload a file with one table.",
        )
    stored = _stored(context, raw_blob)
    kept: list[str] = []
    for number, table in enumerate(tables):
        context.tick(number, len(tables), "Keeping the table")
        found = stored.get(title or table["title"])
        left_out = read["left_out"] if number == 0 else []
        if found is None:
            names = {"name": name or table["name"], "title": title or table["title"]}
            found = _keep_one(context, table, left_out, filename, raw_blob, dataset_id, sample=sample, **names)
        kept.append(found.id)
    return {"dataset_ids": kept, "rows": sum(table["rows"] for table in tables)}


def _stored(context: Context, raw_blob: str) -> dict[str, Dataset]:
    """Datasets, by title, whose newest version this very upload already is."""
    mine = datasets.list_datasets(context.store, context.user_id)
    return {found.title: found for found in mine if found.latest.raw_blob == raw_blob}


def _keep_one(
    context: Context,
    table: Mapping[str, Any],
    left_out: Sequence[Doubt],
    filename: str,
    raw_blob: str,
    dataset_id: str | None,
    *,
    name: str,
    title: str,
    sample: bool,
) -> Dataset:
    store, user_id = context.store, context.user_id
    doubts = [*table["doubts"], *left_out, *_against_last(context, dataset_id, table["columns"])]
    blob = store.blobs.new_key("tables", ".parquet")
    store.blobs.put(blob, Path(table["parquet"]), move=True)
    found = datasets.add_version(
        store,
        user_id,
        dataset_id=dataset_id,
        name=name,
        title=title,
        filename=filename,
        raw_blob=raw_blob,
        blob=blob,
        rows=table["rows"],
        bytes=table["bytes"],
        columns=[Column(column, type_) for column, type_ in table["columns"]],
        doubts=_with_rows(by_weight(doubts), table["set_aside"]),
        sample=sample,
    )
    if table.get("profile"):
        datasets.set_profile(store, user_id, found.latest.id, table["profile"])
    return found


def _with_rows(doubts: list[Doubt], set_aside: str) -> list[Doubt]:
    """Put the rows that did not fit beside the doubt that tells of them, so that they can be downloaded."""
    if not set_aside:
        return doubts
    with Path(set_aside).open(encoding="utf-8", newline="") as file:
        rows = [
            [int(line), why, text[:LONGEST_KEPT]]
            for number, (line, why, text) in enumerate(csv.reader(file))
            if 0 < number <= MOST_KEPT
        ]
    return [{**item, "rows": rows} if item["kind"] == "rows" else item for item in doubts]


def _known(context: Context, upload_id: str) -> list[Doubt]:
    """That the same file is a table already."""
    same = uploads.same_files(context.store, context.user_id, upload_id)
    mine = datasets.list_datasets(context.store, context.user_id) if same else []
    titles = [found.title for found in mine if found.is_own and found.latest.raw_blob in same]
    if not titles:
        return []
    text = f"The same file is here already, as {quoted(titles[0])}. Both are kept: delete the one that you don't need."
    return [doubt("same_file", text, count=len(titles))]


def _against_last(context: Context, dataset_id: str | None, columns: Sequence[Sequence[str]]) -> list[Doubt]:
    """What a new version changes about the columns: queries and charts of the last one may rest on them."""
    if dataset_id is None:
        return []
    before = {c.name: c.type for c in datasets.dataset(context.store, context.user_id, dataset_id).latest.columns}
    now = {str(name): str(type_) for name, type_ in columns}
    gone = [f"`{name}` is gone" for name in before if name not in now]
    new = [f"`{name}` is new" for name in now if name not in before]
    other = [
        f"`{name}` was {type_} and is {now[name]}" for name, type_ in before.items() if now.get(name, type_) != type_
    ]
    changes = [*gone, *new, *other]
    if not changes:
        return []
    shown = ", ".join(changes[:6]) + (f" and {len(changes) - 6} more" if len(changes) > 6 else "")
    return [doubt("columns", f"Against the version before: {shown}.", count=len(changes))]


KINDS = (Kind("import_table", import_table, did=lambda _: "imported a table"), *PROFILE_KINDS)
