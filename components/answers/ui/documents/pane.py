"""The page beside the talk: the cited lines marked, and the way to the ones before and after."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.answers.documents.evidence import Place, steps, title_of
from components.answers.ui.documents.place import Open, go_to, open_place
from components.conversations.ui import Talk
from components.documents.drawing import Mark
from components.documents.routes import address_of
from components.errors import AccessError, FileError
from components.store import User
from components.store.conversations import Turn
from components.store.documents import Document, document
from components.ui import error_box
from components.ui.page_view import PageView, show_page
from components.workbench import Workbench, workbench

_NOTES = {"verbatim": "word for word", "chosen": "the line nearest to the draft"}


def show_pane(talk: Talk, turns: Sequence[Turn]) -> None:
    """Draw the page of the place that is open; while nothing is found yet, its shape."""
    with st.container(key="page-pane"):
        found = open_place(talk.user, turns)
        if found:
            _show_found(talk, found)
        elif turns and turns[-1].replies and turns[-1].replies[-1].state == "streaming":
            st.skeleton(height=560)


def _show_found(talk: Talk, found: Open) -> None:
    try:
        view = _view(talk, found)
    except AccessError:
        title = title_of(found.body, found.place.document_id)
        gone = AccessError(
            f"{title} was removed since, or is not shared with you.",
            kept="Its quotes stay with the answer.",
            todo="Ask again over the documents that you have now.",
        )
        error_box(gone, key="failure-page")
    else:
        if step := show_page(view, key="page"):
            _step(found, step)


def _view(talk: Talk, found: Open) -> PageView:
    bench, place = workbench(), found.place
    mine = document(bench.store, talk.user.id, place.document_id)
    marks = _marks(bench, talk.user, mine, place)
    near = place.verdict == "near"
    among = steps(found.body, place.id)
    return PageView(
        title=mine.title,
        page=place.page,
        pages=mine.page_count,
        address=address_of(mine.id, 0).replace("/0.jpg", "/{page}.jpg"),
        marks=marks or (),
        doubt=near,
        quote=" ".join(place.quote.split()),
        note=_note(place) if marks is not None else "The page cannot be marked.",
        verified=place.verdict == "verbatim",
        sought=found.sought,
        place=(among.index(place) + 1, len(among)) if len(among) > 1 else None,
    )


def _marks(bench: Workbench, user: User, mine: Document, place: Place) -> Sequence[Mark] | None:
    """The rectangles of a place; None on a page that cannot be drawn, which says so itself."""
    try:
        return bench.pictures.marks(bench.store, user.id, mine, place.page, (place.start, place.end))
    except FileError:
        return None


def _note(place: Place) -> str:
    return f"Not word for word. {place.difference}" if place.verdict == "near" else _NOTES.get(place.verdict, "")


def _step(found: Open, by: int) -> None:
    among = steps(found.body, found.place.id)
    go_to(found.turn, among[(among.index(found.place) + by) % len(among)].id)
    st.rerun()
