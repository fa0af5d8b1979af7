"""The list of documents: what is here, waits or is being read, as rows with a hairline; and where more are dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from components.auth.roles import may
from components.documents import ingest
from components.documents.embedding import follow, go_on, stopped
from components.documents.embedding import under_way as embedding_under_way
from components.documents.ui.document import show_document
from components.documents.ui.rows import show_duplicates, show_rows, state_of, under_way
from components.ingesting import can_embed
from components.store import User, documents
from components.store.documents import Document
from components.store.jobs import Job
from components.store.uploads import Upload
from components.ui import current_user, empty, error_box, header, measure
from components.ui.errors import plain
from components.ui.reader import counted
from components.ui.sample import sample_button
from components.ui.uploading import put_away_refused, refused_uploads, show_upload
from components.workbench import Workbench, workbench

EVERY = 1.0  # seconds between two looks while something is read
TEACH = (
    "Add reports, contracts, minutes as PDF. They stay on this machine, and you can ask them as soon as they are read:"
    " each answer shows the page, with the lines marked."
)
FOR = "PDFs to ask about, page by page."
TO_LOOKERS = "Documents that somebody shares with you are listed here: you can read their pages and their text."


def show_documents(user: User) -> None:
    """Draw the list, or with ``?d=`` one document's page.

    Raises:
        AccessError: The address names a document that is not there, or not this user's.
    """
    bench = workbench()
    if "d" in st.query_params:
        bench.pictures.warm()
        with measure(920):
            show_document(bench, user, documents.document(bench.store, user.id, st.query_params["d"]))
        return
    ready, halted = can_embed(bench.settings), stopped(bench.store, user.id)
    follow(bench.store, user.id, ready=ready and not halted)  # the embeddings may have come meanwhile
    mine, going = documents.list_documents(bench.store, user.id), under_way(bench.store, user.id)
    brings = may(user, "bring")
    sample = _sample_action(user, mine) if brings and (mine or going) else None
    if mine:
        bench.pictures.warm()
    with measure(920):
        header("Documents", facts(mine, going), sample, purpose=FOR)
        _show_refused(bench, user)
        show_duplicates(bench, user)
        if halted and ready and brings:
            _show_halted(bench, user, halted)
        if mine or going:
            moving = bool(going) or bool(embedding_under_way(bench.store, user.id))
            st.fragment(_list, run_every=EVERY if moving else None)(frozenset(going))
        elif brings:
            empty("description", "Nothing to read yet", TEACH, actions=lambda: sample_button(user))
        else:
            empty("description", "Nothing to read yet", TO_LOOKERS, actions=lambda: None)
        if brings and _upload(bench, user, "Add documents"):
            st.rerun()


def facts(mine: Sequence[Document], going: Mapping[str, Job]) -> str:
    """``5 documents · 232 pages · 1 being read · 1 not read``."""
    total = len({found.id for found in mine} | set(going))
    failed = sum(state_of(found, going.get(found.id)) in ("failed", "stopped") for found in mine)
    pages = sum(found.page_count for found in mine)
    parts = [counted(total, "document") if total else "", counted(pages, "page") if pages else ""]
    parts += [f"{len(going)} being read" if going else "", f"{failed} not read" if failed else ""]
    return " · ".join(part for part in parts if part)


def _list(before: frozenset[str]) -> None:
    user, bench = current_user(), workbench()  # a fragment runs on its own, and admits its user itself
    going = under_way(bench.store, user.id)
    if before != frozenset(going):
        st.rerun()  # the whole page: its first line counts them
    show_rows(bench, user, documents.list_documents(bench.store, user.id), going)


def _upload(bench: Workbench, user: User, label: str) -> bool:
    def begin(upload: Upload) -> None:
        ingest.bring(bench.store, bench.jobs, user.id, upload.id)

    return show_upload(
        bench, user, key="upload", purpose="document", kinds="PDF", begin=begin, label=label, accept=".pdf"
    )


def _show_refused(bench: Workbench, user: User) -> None:
    for upload in refused_uploads(bench, user, "document"):
        error = {"what": upload.error or "The upload was refused.", "kept": "Your documents are untouched."}
        error_box(error, lambda: st.button("Put away", on_click=put_away_refused), key=f"failure-{upload.id}")


def _show_halted(bench: Workbench, user: User, job: Job) -> None:
    """Say that search by meaning came to a halt, and why; with the button that goes on."""
    told = [(job.error or {}).get(part, "") for part in ("what", "todo")]
    why = (
        " ".join(part for part in told if part)
        or "It was stopped. Until it goes on, documents are found by their words."
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="halted"):
        mark = ":red[:material/error:]" if job.state == "failed" else ":gray[:material/block:]"
        st.markdown(f"{mark} **Search by meaning** · {plain(why)}", width="stretch")
        again = "Try again" if job.state == "failed" else "Go on"
        st.button(again, key="embed-again", on_click=go_on, args=(bench.store, user.id, job))


def _sample_action(user: User, mine: Sequence[Document]) -> Callable[[], object] | None:
    return None if any(found.sample and found.is_own for found in mine) else lambda: sample_button(user)
