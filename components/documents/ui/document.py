"""One document's page: its pages as they look, their text as it was read, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from components.auth.roles import may
from components.documents import ingest
from components.documents.ui.dialogs import menu, open_dialog
from components.documents.ui.rows import PASSAGES, STOPPED, facts, state_of, under_way
from components.store import User
from components.store.documents import Document, page
from components.ui import current_user, error_box, header, icon_menu
from components.ui.navigation import page_named
from components.ui.opened import note_opened
from components.ui.page_view import PageView, show_page
from components.ui.sharing import shared_badge
from components.workbench import Workbench


def show_document(bench: Workbench, user: User, found: Document) -> None:
    """Draw the page of one document; ``?p=`` in the address names the page that is shown first."""
    st.query_params["d"] = found.id  # a link within the page does not change the browser's address by itself
    note_opened(user, "document", found.id)
    st.button("All documents", key="back", type="tertiary", icon=":material/arrow_back:", on_click=_go_back)
    header(found.title, facts(found), lambda: _actions(found), explained=PASSAGES)
    shared_badge(found.shared_by)
    state = state_of(found, under_way(bench.store, user.id).get(found.id))
    if state != "ready":
        _show_unread(bench, user, found, state)
        return
    first = _first_page(found)
    pages, text = st.tabs(["Pages", "Text"], key=f"view-{found.id}")
    with pages:
        _show_pages(found, first)
    with text:
        _show_text(bench, user, found, first)


def _go_back() -> None:
    st.query_params.clear()


def _actions(found: Document) -> None:
    ready = found.state == "ready"
    asks = ready and may(current_user(), "ask")
    if asks and st.button("Ask", key="ask", type="primary", icon=":material/find_in_page:"):
        st.switch_page(page_named("ask_documents"), query_params={"d": found.id})
    choices = menu(found)
    chosen = icon_menu(choices) if choices else None
    if chosen:
        open_dialog(chosen, found)


def _show_unread(bench: Workbench, user: User, found: Document, state: str) -> None:
    def again() -> None:
        if found.is_own and may(user, "bring") and st.button("Read it again", key="again"):
            ingest.read_again(bench.jobs, user.id, found)
            st.rerun()

    if state == "failed":
        error_box(found.error or {"what": "This document could not be read."}, again)
    elif state == "stopped":
        st.caption(STOPPED)
        again()
    else:
        st.caption("It is being read. The list shows how far it is.")


def _first_page(found: Document) -> int:
    asked = st.query_params.get("p", "1")
    return min(max(int(asked), 1), found.page_count) if asked.isascii() and asked.isdigit() else 1


def _show_pages(found: Document, first: int) -> None:
    view = PageView(
        title=found.title,
        page=first,
        pages=found.page_count,
        address=f"/api/documents/{found.id}/pages/{{page}}.jpg",
    )
    show_page(view, key=f"pages-{found.id}", height="clamp(18rem, calc(100dvh - 19rem), 64rem)")


def _show_text(bench: Workbench, user: User, found: Document, first: int) -> None:
    number = st.number_input("Page", 1, found.page_count, first, key=f"text-page-{found.id}", width=140)
    shown = page(bench.store, user.id, found.id, int(number))
    if shown and shown.text.strip():
        st.caption("As it was read from the file: answers quote this, letter by letter.")
        st.code(shown.text, language=None, wrap_lines=True)
    else:
        st.caption(
            "This page has no text. Scans are pictures of text: reading them (OCR) is not part of Groundwork yet."
        )
