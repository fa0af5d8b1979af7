"""The query of an answer: shown, edited, run again, its rows downloaded."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.answers.again import bench_of, csv_of
from components.answers.tables import run_sql
from components.conversations.pieces import Answer
from components.conversations.ui.talk import may_ask_here
from components.store.conversations import Reply
from components.store.evidence import Evidence
from components.ui import current_user
from components.workbench import workbench

BY_HAND, OWN_SQL = "you", "SQL"  # who answered, in place of provider and model
_LINE = 24  # pixels


def own_answer(sql: str, *, edited: bool) -> Answer:
    """What answers a question with the reader's own query, over all of their tables."""
    bench = workbench()
    return partial(
        run_sql,
        sql=sql,
        edited=edited,
        engines=bench.engines,
        store=bench.store,
        user_id=current_user().id,
        dataset_ids=None,
    )


def rerun_with(reply: Reply, sql: str) -> None:
    """Run another query for the same question: a new reply, beside the one that is there."""
    answer = own_answer(sql, edited=True)
    workbench().runner.again(current_user().id, reply.turn_id, answer, provider=BY_HAND, model=OWN_SQL)
    st.rerun()


def edit_query(reply: Reply, kept: Evidence) -> None:
    """The query in a field, with the button that runs it once it was changed."""
    asked = str(kept.body["sql"])
    if not may_ask_here():
        st.code(asked, language="sql", wrap_lines=True)
        return
    with st.container(key=f"sql-{kept.id}", gap="small"):
        sql = st.text_area(
            "Query",
            asked,
            key=f"edited-{kept.id}",
            height=max(96, _LINE * (asked.count("\n") + 1) + 34),
            label_visibility="collapsed",
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button("Run this query", key=f"run-{kept.id}", icon=":material/play_arrow:") and sql.strip():
                rerun_with(reply, sql.strip())
            st.caption("Runs over your tables as they are now. Only reading is possible.", width="stretch")


def download(kept: Evidence) -> None:
    """A button for all rows as CSV; they are fetched when it is pressed, from the versions that were read."""
    if kept.gone_version_ids:
        st.caption("The table was removed, or is not shared with you: only the rows that are shown here are left.")
        return
    bench, user = workbench(), current_user()

    def rows() -> bytes:
        return csv_of(bench_of(bench.store, bench.engines, user.id, kept.body), str(kept.body["sql"]))

    st.download_button(
        "Download all rows",
        rows,
        file_name="answer.csv",
        mime="text/csv",
        key=f"csv-{kept.id}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
