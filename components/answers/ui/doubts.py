"""What a reader should know before believing: a draft, words that nothing explains, a query that was mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.answers.again import bench_of, rows_of
from components.answers.evidence import EDITED, FROM_MODEL, WRITTEN
from components.answers.numerals import listed
from components.answers.ui.grid import show_rows
from components.answers.ui.query import rerun_with
from components.conversations.ui.talk import may_ask_here
from components.store.conversations import Reply
from components.store.evidence import Evidence
from components.ui import current_user, errors_shown
from components.ui.errors import plain
from components.ui.reader import number
from components.workbench import workbench

_DRAFT = (
    "The built-in model is small, and reads each question by itself, not the ones before it. On databases that it had "
    "never seen it was right about four times of ten, and it answers also what the data cannot say. Read its query "
    "before you use a number."
)
_ORIGINS = {EDITED: "Query edited by you", WRITTEN: "Query written by you"}


def draft_line(body: Mapping[str, Any]) -> None:
    """Say who wrote the query where that matters: the small built-in model, or the reader."""
    if body["origin"] == FROM_MODEL and body["draft"]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(":orange-badge[:material/edit_note: Draft]", width="content", help=_DRAFT)
            st.caption("Written by the built-in model. Read the query before you use the number.", width="stretch")
    elif body["origin"] in _ORIGINS:
        st.caption(f":material/edit: {_ORIGINS[body['origin']]}")


def show_doubts(reply: Reply, kept: Evidence) -> None:
    """Note what the data do not explain, and offer what might have been meant."""
    body = kept.body
    if body["unexplained"]:
        words = listed([f"**{plain(word)}**" for word in body["unexplained"]])
        st.markdown(
            f":orange[:material/help:] I did not find {words} in your data.",
            help="No table or column is named so, and no row holds it. The answer may be about something else.",
        )
    for stray in body["strays"]:
        st.markdown(_told(stray), help="The query compares with this value; every row was looked through.")
    if body["columns_left_out"]:
        st.caption(
            f"{number(body['columns_left_out'])} columns were not shown to the model: the tables are too wide for it."
        )
    if body["suggestion"]:
        _show_suggestion(reply, kept)


def _told(stray: Mapping[str, str]) -> str:
    near = f" There is **{plain(stray['near'])}**." if stray["near"] else ""
    return f":orange[:material/help:] No row has **{plain(stray['value'])}** as {plain(stray['column'])}.{near}"


def _show_suggestion(reply: Reply, kept: Evidence) -> None:
    """A mended query, which is never the answer: its rows come only when they are asked for."""
    sql = str(kept.body["suggestion"])
    with st.container(border=True, gap="small", key=f"suggestion-{kept.id}"):
        st.markdown(
            ":orange-badge[Did you mean]",
            help="Mended from the names of your tables, without a model. Half of such queries mean something else.",
        )
        st.code(sql, language="sql", wrap_lines=True)
        with st.container(horizontal=True, gap="small"):
            looked = st.button("Show its rows", key=f"look-{kept.id}")
            asks = may_ask_here()
            if asks and st.button("Use this query", key=f"use-{kept.id}", type="tertiary"):
                rerun_with(reply, sql)
        if looked:
            with errors_shown(go_on=True), st.spinner("Running the suggested query"):
                bench = bench_of(workbench().store, workbench().engines, current_user().id, kept.body)
                rows = rows_of(bench, sql)
            st.caption("Rows of the suggested query, not of the one above")
            show_rows(rows, key=f"looked-{kept.id}")
