"""What is asked before a document is changed or deleted."""

from __future__ import annotations

import streamlit as st

from components.documents import ingest
from components.store import User
from components.store.documents import Document, rename_document
from components.ui import current_user
from components.ui.errors import plain
from components.ui.reader import counted
from components.ui.sharing import sharing_dialog, sharing_words
from components.workbench import workbench


def menu(found: Document) -> list[str]:
    """What the reader may do with a document: whose it is not may at most rename it, once it is read."""
    words = ["Rename"] if found.may_edit and found.state == "ready" else []
    words += sharing_words("document", found.id, own=found.is_own) if found.state == "ready" else []
    return words + (["Delete"] if found.is_own else [])


def open_dialog(chosen: str, found: Document) -> None:
    """Open the dialog of this name from ``menu``."""
    dialogs = {"Rename": _rename, "Delete": _delete}
    if chosen in dialogs:
        dialogs[chosen](found)
    else:
        sharing_dialog(chosen, "document", found.id, found.title)


@st.dialog("Rename")
def _rename(found: Document) -> None:
    title = st.text_input("Title", value=found.title, key=f"title-{found.id}", max_chars=200)
    if st.button("Rename", type="primary", disabled=not title.strip()):
        rename_document(workbench().store, _owner().id, found.id, title.strip())
        st.rerun()


@st.dialog("Delete")
def _delete(found: Document) -> None:
    pages = counted(found.page_count, "page") if found.page_count else "all that was read of it"
    st.markdown(f"**{plain(found.title)}** goes with {pages}, its place in the search, and the file itself.")
    st.caption("Answers that quote it stay, and say that their document is gone. This cannot be undone.")
    with st.container(horizontal=True, gap="small"):
        if st.button("Delete the document", type="primary", key=f"delete-{found.id}"):
            bench = workbench()
            ingest.delete(bench.store, bench.jobs, _owner().id, found.id)
            st.query_params.clear()
            st.rerun()
        if st.button("Keep it", key=f"keep-{found.id}"):
            st.rerun()


def _owner() -> User:
    """Dialogs run on their own, and admit their user themselves."""
    return current_user()
