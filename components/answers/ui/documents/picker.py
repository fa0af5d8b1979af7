"""Which documents are asked: chosen in a small menu, kept with the conversation."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.conversations.ui import Talk
from components.store.documents import Document, list_documents
from components.ui.reader import counted
from components.workbench import workbench

WISH = "documents"  # among a conversation's choices: ids; none or None are all
ONE = "d"  # in the address: the document that a new conversation asks, by a link from its own page


def ready_documents(talk: Talk) -> list[Document]:
    """The user's documents that can be asked."""
    return [found for found in list_documents(workbench().store, talk.user.id) if found.state == "ready"]


def asked_ids(talk: Talk, ready: Sequence[Document]) -> list[str] | None:
    """The ids of the documents that are asked; None are all, those too that come later."""
    ids = {document.id for document in ready}
    linked = st.query_params.get(ONE, "")
    wish = [linked] if linked in ids else [one for one in talk.choices.get(WISH) or () if one in ids]
    return wish or None


def keep_link(talk: Talk, ids: Sequence[str] | None) -> None:
    """Keep with the conversation what a link chose; the address then names it no more."""
    if st.query_params.pop(ONE, None):
        talk.change(**{WISH: list(ids) if ids else None})


def asked_documents(talk: Talk) -> list[Document]:
    """The documents that are asked."""
    ready = ready_documents(talk)
    ids = asked_ids(talk, ready)
    return [document for document in ready if ids is None or document.id in ids]


def choose_documents(talk: Talk) -> None:
    """Draw the menu; a change holds from the next question on."""
    ready = ready_documents(talk)
    if not ready:
        return
    ids = asked_ids(talk, ready)
    place = talk.conversation.id if talk.conversation else "new"
    with st.popover(_label(ready, ids), icon=":material/description:", key="asked-documents"):
        picked = st.multiselect(
            "Documents that are asked",
            [document.id for document in ready],
            default=ids or [],
            format_func=lambda one: next(document.title for document in ready if document.id == one),
            placeholder=f"All {counted(len(ready), 'document')}",
            key=f"ask-documents-{place}",
        )
        st.caption("None chosen: all are asked, and those that you add later too.")
    if set(picked) != set(ids or ()):
        st.query_params.pop(ONE, None)
        talk.change(**{WISH: picked or None})
        st.rerun()


def _label(ready: Sequence[Document], ids: Sequence[str] | None) -> str:
    if ids is None:
        return "Everything"
    titles = [document.title for document in ready if document.id in ids]
    return _short(titles[0]) if len(titles) == 1 else f"{len(titles)} of {counted(len(ready), 'document')}"


def _short(title: str, longest: int = 28) -> str:
    return title if len(title) <= longest else title[: longest - 1].rstrip() + "\u2026"


def facts_of(asked: Sequence[Document]) -> str:
    """The documents in words: ``3 documents, 87 pages``."""
    pages = counted(sum(document.page_count for document in asked), "page")
    return f"{counted(len(asked), 'document')}, {pages}"
