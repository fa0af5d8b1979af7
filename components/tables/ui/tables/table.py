"""One table's page: its columns, first rows, doubts and versions; rename, new version, download, delete."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from components.auth.roles import may
from components.samples import PRICES
from components.store import User, datasets
from components.store.datasets import Dataset, Version
from components.tables.ui.tables.going import show_imports
from components.tables.ui.tables.profile import show_profile
from components.tables.ui.tables.uploading import show_upload
from components.ui import current_user, header, icon_menu
from components.ui.errors import plain
from components.ui.navigation import page_named
from components.ui.opened import note_opened
from components.ui.reader import counted, marks, number, retold, zone
from components.ui.sharing import shared_badge, sharing_dialog, sharing_words
from components.ui.trying import landed, show_first_steps
from components.ui.words import ago
from components.workbench import Workbench, workbench

FIRST_ROWS = 200
NEW_VERSION = "New version"
LOUD = frozenset(  # kinds of doubts that may cost rows or meaning
    ("rows", "left_out", "total_row", "repeated_rows", "mixed", "encoding", "date_order", "quotes", "errors")
)


def show_table(bench: Workbench, user: User, found: Dataset) -> None:
    """Draw the page of one table."""
    st.query_params["t"] = found.id  # a link within the page does not change the browser's address by itself
    note_opened(user, "table", found.id)
    st.button("All tables", key="back", type="tertiary", icon=":material/arrow_back:", on_click=st.query_params.clear)
    header(plain(found.title), plain(f"{found.name} · {version_facts(found)}"), lambda: _actions(found))
    shared_badge(found.shared_by)
    show_imports(bench, user, dataset_id=found.id)
    show_first_steps(user)
    latest = found.latest
    doubts = f"Doubts ({len(latest.doubts)})" if latest.doubts else "Doubts"
    first_seen = doubts if landed(PRICES.name) else None
    columns, first, doubtful, versions = st.tabs(
        ["Columns", "Rows", doubts, "Versions"], key=f"view-{found.id}", default=first_seen
    )
    with columns:
        show_profile(bench, user, latest)
    with first:
        _show_rows(bench, latest)
    with doubtful:
        _show_doubts(latest)
    with versions:
        _show_versions(found)


def version_facts(found: Dataset) -> str:
    """``48,211 rows · 11 columns · version 3, 2 h ago · from orders.csv``."""
    latest = found.latest
    when = ago(latest.created_at, time.time(), zone())
    columns = counted(len(latest.columns), "column")
    return f"{counted(latest.rows, 'row')} · {columns} · version {latest.number}, {when} · from {latest.filename}"


def _actions(found: Dataset) -> None:
    query = {"t": found.id}
    if st.button("Explore", key="explore", icon=":material/bar_chart:"):
        st.switch_page(page_named("explorer"), query_params=query)
    user = current_user()
    if may(user, "ask") and st.button("Ask", key="ask", type="primary", icon=":material/query_stats:"):
        st.switch_page(page_named("ask_tables"), query_params=query)
    chosen = icon_menu(menu(user, found))
    dialogs = {"Rename": _rename, NEW_VERSION: _new_version, "Download": _download, "Delete": _delete}
    if chosen in dialogs:
        dialogs[chosen](found)
    elif chosen:
        sharing_dialog(chosen, "dataset", found.id, found.title)


def menu(user: User, found: Dataset) -> list[str]:
    """What the reader may do with a table: whose it is not may at most change it."""
    words = ["Rename"] if found.may_edit else []
    words += [NEW_VERSION] if found.may_edit and may(user, "bring") else []
    words += ["Download"]
    words += sharing_words("dataset", found.id, own=found.is_own)
    return words + (["Delete"] if found.is_own else [])


def _show_rows(bench: Workbench, version: Version) -> None:
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(bench.store.blobs.local_path(version.blob)) as file:
        batch = next(file.iter_batches(batch_size=FIRST_ROWS), None)
    if batch is None or not batch.num_rows:
        st.caption("This table has no rows.")
        return
    st.dataframe(batch.to_pandas(types_mapper=_kept), hide_index=True, height=480, alt="The first rows of the table")
    if version.rows > batch.num_rows:
        st.caption(f"First {batch.num_rows} of {counted(version.rows, 'row')}")


def _kept(type_: Any) -> Any:
    """Whole numbers with gaps stay whole: pandas' own way would make them floating."""
    import pandas as pd
    import pyarrow as pa

    return pd.Int64Dtype() if pa.types.is_integer(type_) else None


def _show_doubts(version: Version) -> None:
    if version.doubts:
        st.caption("What had to be guessed or changed while the file was read. Look here before you rely on a number.")
    else:
        st.markdown(":gray[Everything was read without doubt: every value in the table is as it stands in the file.]")
    with st.container(gap=None, key="rows-doubts"):
        for place, doubt in enumerate(version.doubts):
            _doubt(version, place, doubt)
    st.caption(f"The file as it came, {plain(version.filename)}, is kept beside the table.")


def _doubt(version: Version, place: int, doubt: Mapping[str, Any]) -> None:
    with st.container(key=f"row-doubt-{place}", horizontal=True, vertical_alignment="center", gap="small"):
        loud = doubt.get("kind") in LOUD
        icon = ":orange[:material/rule:]" if loud else ":gray[:material/notes:]"
        st.markdown(f"{icon} {_said(retold(str(doubt.get('text', ''))))}", width="stretch")
        if doubt.get("rows"):
            st.link_button(
                "Download them", f"/api/tables/{version.id}/left-out", icon=":material/download:", type="tertiary"
            )


def _said(text: str) -> str:
    """A doubt's words: names between backticks are set as code, and what comes from the file is never formatting."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(f"`{part}`" if place % 2 else _bold(part) for place, part in enumerate(parts))


def _bold(text: str) -> str:
    parts = text.split("**")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(f"**{plain(part)}**" if place % 2 else plain(part) for place, part in enumerate(parts))


def _show_versions(found: Dataset) -> None:
    lines = []
    before: int | None = None
    for version in found.versions:
        when = datetime.fromtimestamp(version.created_at, zone())
        change = "" if before is None else marks().write(f"{version.rows - before:+,}")
        lines.append(
            {
                "Version": number(version.number),
                "When": f"{when.day} {when:%b %Y, %H:%M}",
                "Rows": number(version.rows),
                "Change": change,
                "From": plain(version.filename),
            }
        )
        before = version.rows
    st.caption("A new file for the same table becomes its next version. Answers name the version that they read.")
    st.table(lines[::-1], border="horizontal", hide_index=True)


# Dialogs run on their own, and admit their user themselves.


@st.dialog("Rename")
def _rename(found: Dataset) -> None:
    title = st.text_input("Title", value=found.title, key=f"title-{found.id}")
    name = found.name
    if found.is_own:  # among another's tables it may have another name
        what = "What SQL calls the table, and what a model is told."
        name = st.text_input("Name in queries", value=found.name, key=f"name-{found.id}", help=what)
        st.caption("Charts follow the new name. Saved queries of older answers keep the old one.")
    if st.button("Rename", type="primary", disabled=not title.strip() or not name.strip()):
        new = name.strip() if found.is_own else None
        datasets.rename_dataset(workbench().store, current_user().id, found.id, title.strip(), name=new)
        st.rerun()


@st.dialog("New version")
def _new_version(found: Dataset) -> None:
    st.markdown(f"The file becomes version {found.latest.number + 1} of **{plain(found.title)}**. Older ones are kept.")
    if show_upload(workbench(), current_user(), key=f"upload-{found.id}", label="Choose a file", dataset_id=found.id):
        st.rerun()


@st.dialog("Download")
def _download(found: Dataset) -> None:
    latest = found.latest
    st.markdown(f"**{plain(found.title)}**, version {latest.number}: {counted(latest.rows, 'row')}.")
    ways = (("CSV", "csv"), ("Parquet", "parquet"), ("The file as it came", "original"))
    for label, way in ways if latest.raw_blob else ways[:2]:
        st.link_button(label, f"/api/tables/{latest.id}/{way}", icon=":material/download:", width="stretch")


@st.dialog("Delete")
def _delete(found: Dataset) -> None:
    versions = counted(len(found.versions), "version")
    st.markdown(f"**{plain(found.title)}** goes with {versions}, {counted(found.latest.rows, 'row')} and its charts.")
    st.caption("Answers that rest on it stay, and say that their table is gone. This cannot be undone.")
    with st.container(horizontal=True, gap="small"):
        if st.button("Delete the table", type="primary", key=f"delete-{found.id}"):
            datasets.delete_dataset(workbench().store, current_user().id, found.id)
            st.query_params.clear()
            st.rerun()
        if st.button("Keep it", key=f"keep-{found.id}"):
            st.rerun()
