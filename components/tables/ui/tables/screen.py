"""What tables there are: rows with a hairline, what is being imported, and where more are dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from components.auth.roles import may
from components.store import User, datasets
from components.store.datasets import Dataset
from components.tables.sample import sample_among
from components.tables.ui.tables.going import imports_of, show_imports
from components.tables.ui.tables.table import show_table, version_facts
from components.tables.ui.tables.uploading import show_upload
from components.ui import empty, header, measure
from components.ui.errors import plain
from components.ui.navigation import link, page_named
from components.ui.reader import counted, number
from components.ui.sample import sample_button
from components.ui.sharing import shared_badge
from components.workbench import workbench

TEACH = (
    "Drop a CSV, Excel, JSON or Parquet file. You see how it was read and what is doubtful."
    " The original stays as it was."
)

FOR = "What was brought, and how each file was read."
TO_LOOKERS = "Tables that somebody shares with you are listed here: look through them, draw charts, download them."


def show_tables(user: User) -> None:
    """Draw the list, or with ``?t=`` one table's page.

    Raises:
        AccessError: The address names a table that is not there, or not this user's.
    """
    bench = workbench()
    if "t" in st.query_params:
        with measure(1080):
            show_table(bench, user, datasets.dataset(bench.store, user.id, st.query_params["t"]))
        return
    mine, brings = datasets.list_datasets(bench.store, user.id), may(user, "bring")
    with measure(920):
        action = _open_sample_button(user, mine) if mine and brings else None
        header("Tables", _facts(mine), action, purpose=FOR)
        show_imports(bench, user)
        _show_list(user, mine) if mine else _show_empty(user)
        if brings and show_upload(bench, user, key="upload", label="Upload" if mine else "Upload a table"):
            st.rerun()


def _facts(mine: Sequence[Dataset]) -> str:
    if not mine:
        return ""
    total = sum(found.latest.rows for found in mine)
    size = sum(version.bytes for found in mine for version in found.versions)
    return f"{counted(len(mine), 'table')} · {counted(total, 'row')} · {number(size / 1e6, 1)} MB"


def _open_sample_button(user: User, mine: Sequence[Dataset]) -> Callable[[], None] | None:
    if sample_among(mine):
        return None
    return lambda: sample_button(user)


def _show_empty(user: User) -> None:
    if not may(user, "bring"):
        empty("table_rows", "No tables yet", TO_LOOKERS, actions=lambda: None)
    elif not imports_of(workbench(), user):
        empty("table_rows", "No tables yet", TEACH, actions=lambda: sample_button(user))


def _show_list(user: User, mine: Sequence[Dataset]) -> None:
    with st.container(gap=None, key="rows-tables"):
        for found in mine:
            _row(user, found)


def _row(user: User, found: Dataset) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-{found.id}"):
        with st.container(width="stretch", gap=None):
            link("tables", f"**{plain(found.title)}**", query={"t": found.id})
            doubts = f" · {counted(len(found.latest.doubts), 'doubt')}" if found.latest.doubts else ""
            st.caption(plain(version_facts(found) + doubts))
        if found.sample:
            st.badge("sample", color="gray")
        shared_badge(found.shared_by)
        ways = (("ask_tables", "Ask", "query_stats"), ("explorer", "Explore", "bar_chart"))
        for page, word, icon in ways if may(user, "ask") else ways[1:]:
            mark = f":material/{icon}:"
            if st.button(word, key=f"{page}-{found.id}", type="tertiary", icon=mark):
                st.switch_page(page_named(page), query_params={"t": found.id})
