"""Writing the query oneself: it needs no model, and gets rows, chart and words like any other."""

from __future__ import annotations

import streamlit as st

from components.answers.prompt import identifier
from components.answers.ui.picker import tables_of
from components.answers.ui.query import BY_HAND, OWN_SQL, own_answer
from components.conversations.ui import Talk
from components.conversations.ui.talk import ADDRESS
from components.store.conversations import create_conversation
from components.store.datasets import Dataset
from components.ui import icon_button
from components.ui.errors import plain
from components.workbench import workbench

_TITLE = 60


def own_query(talk: Talk, *, quiet: bool = False) -> None:
    """A button that opens the field for a query; ``quiet`` shows its icon alone."""
    pressed = (
        icon_button("code", "Write SQL", "write-sql")
        if quiet
        else st.button("Write SQL", icon=":material/code:", key="write-sql")
    )
    if pressed:
        _dialog(talk)


@st.dialog("Write a query", width="medium")
def _dialog(talk: Talk) -> None:
    query_field(talk)


def query_field(talk: Talk) -> None:
    """The field for a query, with the columns that it may use and the button that runs it."""
    asked = tables_of(talk)
    with st.container(key="sql-own", gap="small"):
        sql = st.text_area("Query", _begin(asked), height=180, key="own-sql", label_visibility="collapsed")
        st.caption(_columns(asked))
        if st.button("Run", type="primary", icon=":material/play_arrow:", key="run-own") and sql.strip():
            _run(talk, sql.strip())


def _begin(asked: list[Dataset]) -> str:
    return f"SELECT *\nFROM {identifier(asked[0].name)}\nLIMIT 100" if asked else ""


def _columns(asked: list[Dataset]) -> str:
    return "  \n".join(f"**{dataset.name}**: {_names(dataset)}" for dataset in asked)


def _names(dataset: Dataset) -> str:
    names = [plain(column.name) for column in dataset.latest.columns]
    return ", ".join(names[:40]) + (f" and {len(names) - 40} more" if len(names) > 40 else "")


def _run(talk: Talk, sql: str) -> None:
    """Ask it like a question, in this conversation or in a new one."""
    bench = workbench()
    begun = talk.conversation
    if begun is None:
        title = " ".join(sql.split())[:_TITLE]
        begun = create_conversation(bench.store, talk.user.id, talk.kind, title, dict(talk.choices))
        st.query_params[ADDRESS] = begun.id
    question = f"```sql\n{sql}\n```"
    bench.runner.ask(talk.user.id, begun.id, question, own_answer(sql, edited=False), provider=BY_HAND, model=OWN_SQL)
    st.rerun()
