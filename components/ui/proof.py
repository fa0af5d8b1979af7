"""Words whose numbers and claims can be pressed: the one place where native Markdown is not enough.

A Markdown link reloads the page or opens a tab, and a button cannot stand inside a sentence. The component gets a list
of spans and sets each as text, so no word of a user, a model or a document is ever read as HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent

_words = st.components.v2.component(
    "groundwork_proof",
    html='<div id="words"></div><div id="slip" popover tabindex="-1" role="dialog" aria-label="Evidence"></div>',
    css=(_HERE / "proof.css").read_text(encoding="utf-8"),
    js=(_HERE / "proof.js").read_text(encoding="utf-8"),
)


def show_words(
    paragraphs: Sequence[Sequence[Mapping[str, Any]]],
    *,
    key: str,
    open_citation: str | None = None,
    lead: bool = False,
    voice: str = "",
) -> Mapping[str, str] | None:
    """Draw prose whose numbers and claims can be pressed.

    Args:
        paragraphs: Spans of each paragraph. A span has ``text``; one that can be pressed has a ``kind`` too:
            ``number`` or ``doubt`` with ``id``, ``facts`` (pairs of label and value for its slip) and optionally
            ``sql``, ``line`` (the line to mark, from 1), ``actions`` (pairs of action and label), and for numbers
            ``exact`` and ``digits``, from which the reader's browser writes it; or ``cite`` with ``id``.
        open_citation: The ``id`` of the citation whose page is shown.
        lead: The first paragraph is set larger.
        voice: ``source`` for quotes of documents, ``small`` for what is read on demand.

    Returns:
        ``{"id", "action"}`` of what was pressed in this run, or None.
    """
    shown = {
        "paragraphs": [[dict(span) for span in spans] for spans in paragraphs],
        "open": open_citation,
        "lead": lead,
        "voice": voice,
    }
    picked = _words(key=key, data=shown, on_picked_change=lambda: None).picked
    return picked if isinstance(picked, Mapping) else None
