"""The line of the passages that is nearest to some words of a model."""

from __future__ import annotations

from collections.abc import Sequence

from components.answers.documents.finding import Passage, Quote, quotable
from components.answers.documents.library import Library
from components.answers.documents.terms import held, share, terms

_ENOUGH = 0.34  # part of the words that a line must hold to be called near


def nearest_line(library: Library, passages: Sequence[Passage], text: str) -> Quote | None:
    """The sentence or row that holds most of a text's words; None where none holds a third of them."""
    asked = terms(text)
    best, found = 0.0, None
    for quote in quotable(library, passages):
        now = share(asked, held(quote.text))
        if now > best:
            best, found = now, quote
    return found if best >= _ENOUGH else None
