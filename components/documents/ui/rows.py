"""Rows of the list: how far each document is, what it needs, what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from components.auth.roles import may
from components.documents import ingest, sample
from components.documents.embedding import under_way as embedding_under_way
from components.documents.ui.dialogs import menu, open_dialog
from components.session import session
from components.store import Store, User
from components.store.documents import Document
from components.store.jobs import Job, jobs, put_away
from components.ui import icon_button, icon_menu
from components.ui.errors import plain, with_settings_linked
from components.ui.long_list import Shown, more_button, narrowed
from components.ui.navigation import icon_of, link, page_named
from components.ui.reader import counted, number
from components.ui.sharing import shared_badge
from components.workbench import Workbench

STOPPED = "Reading it was stopped before the end; the file is kept. Read it again, or delete it."
PASSAGES = "A passage is a run of at most some hundred words within one page: what is searched, quoted and cited."
STEP = 40  # rows that are drawn at first, and with each press on more

_BADGES: dict[str, tuple[str, Literal["green", "blue", "gray", "red"], str]] = {
    "ready": ("Ready", "green", "check"),
    "reading": ("Reading", "blue", "progress_activity"),
    "waiting": ("Waiting", "gray", "schedule"),
    "failed": ("Not read", "red", "error"),
    "stopped": ("Stopped", "gray", "block"),
}


@dataclass
class ShownDocuments(Shown):
    """How many documents of a long list this tab shows."""

    most: int = STEP


def show_rows(bench: Workbench, user: User, mine: Sequence[Document], going: Mapping[str, Job]) -> None:
    """Draw what waits, then the documents, the newest first; a long list in steps, narrowed by its titles."""
    known = {found.id for found in mine}
    embedding = bool(embedding_under_way(bench.store, user.id))
    waiting = [job for document_id, job in going.items() if document_id not in known]
    shown = session(ShownDocuments)
    wanted = narrowed(mine, _text, least=STEP // 2, by="title or file", nothing="No title and no file holds")
    with st.container(gap=None, key="rows-documents"):
        for job in waiting[: shown.most]:
            _waiting(bench, user, job)
        for found in wanted[: shown.most]:
            _row(bench, user, found, going.get(found.id), embedding=embedding)
    more_button(ShownDocuments, STEP, max(len(wanted), len(waiting)) - shown.most, key="more-documents")


def _text(document: Document) -> str:
    return f"{document.title} {document.filename}"


def show_duplicates(bench: Workbench, user: User) -> None:
    """Say of files that were here already that they were not added again, until the reader puts that away."""
    for job in jobs(bench.store, user.id):
        if job.kind == ingest.INGEST and (job.result or {}).get("duplicate"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"duplicate-{job.id}"):
                same = (job.result or {}).get("title", "")
                words = f"{plain(job.title)} is the same file as **{plain(same)}**. It was not added again."
                st.markdown(f":gray[:material/content_copy:] {words}", width="stretch")
                if icon_button("close", "Put away", f"same-{job.id}"):
                    put_away(bench.store, user.id, job.id)
                    st.rerun()


def under_way(store: Store, user_id: str) -> dict[str, Job]:
    """The jobs that read documents, those that the user brought and the sample, by the document's id."""
    return {**ingest.going(store, user_id), **sample.going(store, user_id)}


def state_of(found: Document, job: Job | None) -> str:
    """``ready``, ``reading``, ``waiting``, ``failed``, or ``stopped``: it is unread, and nobody is at it."""
    if job:
        return "waiting" if job.state == "queued" else "reading"
    return "stopped" if found.state == "reading" else found.state


def facts(found: Document, *, embedding: bool = False) -> str:
    """``report.pdf · 29 pages · 127 passages``, and what is to be known of it."""
    parts = [found.filename, counted(found.page_count, "page"), counted(found.passage_count, "passage")]
    if bare := int(found.facts.get("pages_without_text", 0)):
        parts.append(f"{counted(bare, 'page')} without text")
    if embedding and found.embedded_count < found.passage_count:
        parts.append(f"{number(found.embedded_count)} ready for search by meaning")
    return " · ".join(parts)


def _waiting(bench: Workbench, user: User, job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-{job.id}"):
        with st.container(width="stretch", gap=None):
            st.markdown(f"{icon_of('documents')} **{plain(ingest.title_of(job.title))}**")
            st.caption(plain(f"{job.title} · {_progress(job)}"))
        _badge("waiting" if job.state == "queued" else "reading")
        _stop(bench, user, job)


def _row(bench: Workbench, user: User, found: Document, job: Job | None, *, embedding: bool) -> None:
    state = state_of(found, job)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-{found.id}"):
        with st.container(width="stretch", gap=None):
            link("documents", f"**{plain(found.title)}**", query={"d": found.id})
            st.caption(with_settings_linked(_said(found, state, job, embedding=embedding)))
            if state == "reading" and job and job.total:
                st.progress(min(job.done / job.total, 1.0))
        if found.sample:
            st.badge("sample", color="gray")
        shared_badge(found.shared_by)
        _badge(state)
        if job:
            _stop(bench, user, job)
            return
        if state == "ready" and may(user, "ask"):
            mark = icon_of("ask_documents")
            if st.button("Ask", key=f"ask_documents-{found.id}", type="tertiary", icon=mark):
                st.switch_page(page_named("ask_documents"), query_params={"d": found.id})
        _menu(bench, user, found, state)


def _said(found: Document, state: str, job: Job | None, *, embedding: bool) -> str:
    if state == "ready":
        return facts(found, embedding=embedding)
    if state == "failed":
        error = found.error or {}
        return " ".join(part for part in (f"{found.filename} ·", error.get("what", ""), error.get("todo", "")) if part)
    if state == "stopped":
        return f"{found.filename} · {STOPPED}"
    return f"{found.filename} · {_progress(job) if job else ''}"


def _progress(job: Job) -> str:
    if job.cancel:
        return "stopping"
    if job.state == "queued":
        return "waiting for its turn"
    return f"page {number(job.done)} of {number(job.total)}" if job.total and job.done else "opening it"


def _badge(state: str) -> None:
    label, colour, icon = _BADGES[state]
    st.badge(label, color=colour, icon=f":material/{icon}:")


def _stop(bench: Workbench, user: User, job: Job) -> None:
    icon_button(
        "close",
        "Stop reading; the file is kept",
        f"stop-{job.id}",
        disabled=job.cancel,
        on_click=bench.jobs.cancel,
        args=(user.id, job.id),
    )


def _menu(bench: Workbench, user: User, found: Document, state: str) -> None:
    again = ["Read it again"] if found.is_own and may(user, "bring") else []
    chosen = icon_menu([*(["Open"] if state == "ready" else again), *menu(found)] or ["Open"], f"more-{found.id}")
    if chosen == "Open":
        st.switch_page(page_named("documents"), query_params={"d": found.id})
    elif chosen == "Read it again":
        ingest.read_again(bench.jobs, user.id, found)
        st.rerun()
    elif chosen:
        open_dialog(chosen, found)
