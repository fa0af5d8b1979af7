"""A page of a document with the cited lines marked: ``st.image`` can neither scroll to a line nor zoom.

Marks are fractions of the page, so they stay right at every zoom, and only their numbers travel when they change. The
picture is fetched by the browser from a route that asks who it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from components.ui.keyboard import PAGE_KEYS

_HERE = Path(__file__).parent

_page = st.components.v2.component(
    "groundwork_page",
    html=(_HERE / "page_view.html").read_text(encoding="utf-8"),
    css=(_HERE / "page_view.css").read_text(encoding="utf-8"),
    js=(_HERE / "page_view.js").read_text(encoding="utf-8"),
)

HEIGHT = "clamp(18rem, calc(100dvh - 27rem), 64rem)"  # of the picture's frame, beside a composer


@dataclass(frozen=True)
class PageView:
    """What is shown.

    Attributes:
        title: The document's.
        page: Which page, from 1.
        pages: How many it has.
        address: Where the picture of a page is had, with ``{page}`` for its number; ``?sharp=1`` after it gives a finer
            one for a reader who has zoomed in.
        marks: Rectangles as left, top, width, height, in fractions of the page.
        doubt: The marks are of what is near to a quote, not of the quote itself.
        quote: The words that are marked, under the page.
        note: What is to be said of them: "word for word".
        verified: The note says that the quote stands there: it alone gets a tick.
        sought: The reader asked for this place: on a phone, where it may be out of sight, it is scrolled to.
        place: Which of several marked places this is, from 1, and how many there are; None where there is no other.
    """

    title: str
    page: int
    pages: int
    address: str
    marks: Sequence[tuple[float, float, float, float]] = ()
    doubt: bool = False
    quote: str = ""
    note: str = ""
    verified: bool = False
    sought: bool = False
    place: tuple[int, int] | None = None


def show_page(view: PageView, *, key: str, height: str = HEIGHT) -> int | None:
    """Draw the page, scrolled to its first mark; the reader turns its pages and zooms in the browser alone.

    Args:
        view: What is shown; while it stays the same, a rerun leaves the reader's page, zoom and scrolling as they are.
        key: One for each place on the screen.
        height: Of the frame around the picture, as CSS.

    Returns:
        -1 or 1 where the marked place before or after was asked for in this run.
    """
    shown = {**asdict(view), "marks": [list(mark) for mark in view.marks], "height": height, "keys": PAGE_KEYS}
    step = _page(key=key, data=shown, on_step_change=lambda: None).step
    return int(step) if step in (-1, 1) else None
