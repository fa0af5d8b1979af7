"""The lists of the home page: where each conversation stopped, what runs, what needs its user, what was opened last."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.conversations.words import title_of
from components.llm.builtin.fetch import KIND as FETCH_MODEL
from components.samples import PARTS
from components.store import User
from components.store.charts import charted
from components.store.conversations import Conversation
from components.store.datasets import Dataset
from components.store.documents import Document
from components.store.jobs import GOING, Job, jobs
from components.store.stops import Stop, stops
from components.tables.explorer.saved import chart_names
from components.ui import current_user
from components.ui.errors import plain
from components.ui.jobs import words
from components.ui.navigation import OF_KIND, icon_of, link
from components.ui.opened import last_touched
from components.ui.reader import counted, retold, zone
from components.ui.words import ago
from components.workbench import workbench

MOST = 8  # rows of a list
MOST_CHARTS = 5
EVERY = 1.0  # seconds between two looks at what runs
ELSEWHERE = (FETCH_MODEL, *(part.kind for part in PARTS))  # jobs that a card of this page tells of
PAGE_OF_JOB = {"ingest_document": "documents", "embed_documents": "documents", "export": "profile"}
STOPPED = {  # how a reply stands that did not come to its end, for the line of its conversation
    "streaming": ":shimmer[being answered]",
    "interrupted": ":orange[interrupted]",
    "cut_off": ":orange[cut off]",
    "failed": ":red[failed]",
    "stopped": "stopped by you",
}


def list_recent(user: User, title: str, recent: Sequence[Conversation], none: str) -> None:
    """The last conversations, each with how its newest reply stands; of the first also its last question."""
    where = stops(workbench().store, user.id, [conversation.id for conversation in recent])
    with st.container(gap=None, key="list-recent"):
        st.subheader(title, anchor=False)
        for number, conversation in enumerate(recent):
            _conversation(conversation, where.get(conversation.id), is_last=number == 0)
        if not recent:
            st.caption(none)


def _conversation(conversation: Conversation, stop: Stop | None, *, is_last: bool) -> None:
    page = OF_KIND.get(conversation.kind)
    if not page:
        return
    parts = [STOPPED.get(stop.state, "") if stop else "", ago(conversation.updated_at, time.time(), zone())]
    facts = _facts_with(" · ".join(part for part in parts if part), conversation.shared_by)
    _line(conversation.title or "Untitled", facts, page, conversation.id, query={"c": conversation.id})
    if is_last and stop and title_of(stop.question) != conversation.title:
        st.caption(f"Asked last: {plain(_short(stop.question))}")


def _short(text: str, longest: int = 90) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[:longest].rsplit(" ", 1)[0] + " …"


def list_charts(user: User, tables: Sequence[Dataset]) -> None:
    """Tables with saved charts, the last saved first; nothing where there is none."""
    titles = {table.id: table.title for table in tables}
    found = [(key, kept) for key, kept in charted(workbench().store, user.id).items() if key in titles and kept.specs]
    if not found:
        return
    with st.container(gap=None, key="list-charts"):
        st.subheader("Charts", anchor=False)
        for dataset_id, kept in found[:MOST_CHARTS]:
            names = chart_names(kept.specs)
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            query = {"t": dataset_id}
            _line(f"{names[0]}{more}", plain(titles[dataset_id]), "explorer", f"charts-{dataset_id}", query=query)


def list_tables(user: User, tables: Sequence[Dataset], *, brings: bool = True) -> None:
    """Tables, the last opened first."""
    with st.container(gap=None, key="list-tables"):
        st.subheader("Tables", anchor=False)
        for table in last_touched(user, "table", tables)[:MOST]:
            facts = _facts_with(counted(table.latest.rows, "row"), table.shared_by)
            _line(table.title, facts, "tables", table.id, query={"t": table.id})
        if not tables:
            st.caption("No table yet.")
        if not tables and brings:
            link("tables", "Upload a table", icon=":material/upload:")


def list_documents_of(user: User, documents: Sequence[Document], *, brings: bool = True) -> None:
    """Documents, the last opened first."""
    with st.container(gap=None, key="list-documents"):
        st.subheader("Documents", anchor=False)
        for found in last_touched(user, "document", documents)[:MOST]:
            facts = {"reading": "not read yet", "failed": ":red[not read]"}.get(found.state)
            facts = _facts_with(facts or counted(found.page_count, "page"), found.shared_by)
            _line(found.title, facts, "documents", found.id, query={"d": found.id})
        if not documents:
            st.caption("No document yet.")
        if not documents and brings:
            link("documents", "Add documents", icon=":material/upload:")


def show_needs(user: User) -> None:
    """What runs, and what waits for its user: jobs that failed. Nothing where there is none."""
    shown = _work(user)
    running = [job for job in shown if job.state in GOING]
    if running:
        st.fragment(partial(_list_running, len(running)), run_every=EVERY)()
    failed = [job for job in shown if job.state == "failed"]
    if not failed:
        return
    with st.container(gap=None, key="list-needs"):
        st.subheader("Needs you", anchor=False)
        for job in failed[:MOST]:
            _line(job.title, ":red[failed]", PAGE_OF_JOB.get(job.kind, "tables"), f"needs-{job.id}", query={})
            st.caption(plain(_short(words(job), 160)))
    st.space("small")


def _work(user: User) -> list[Job]:
    return [job for job in jobs(workbench().store, user.id) if job.kind not in ELSEWHERE]


def _list_running(before: int) -> None:
    user = current_user()  # a fragment runs on its own, and admits its user itself
    running = [job for job in _work(user) if job.state in GOING]
    if len(running) < before:
        st.rerun()  # what it made belongs on the page
    with st.container(gap=None, key="list-running"):
        st.subheader("Under way", anchor=False)
        for job in running[:MOST]:
            said = plain(retold(words(job)))
            _line(job.title, said, PAGE_OF_JOB.get(job.kind, "tables"), f"runs-{job.id}", query={})


def _facts_with(facts: str, shared_by: str) -> str:
    return f"{facts} · {plain(shared_by)}" if shared_by else facts


def _line(title: str, facts: str, page: str, key: str, *, query: dict[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"line-{key}"):
        link(page, plain(title), query=query, icon=icon_of(page))
        st.caption(facts, width="content")
