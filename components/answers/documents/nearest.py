"""The line of the passages that is nearest to some words of a model."""

from __future__ import annotations

from collections.abc import Sequence

from components.answers.documents.figures import figures, values
from components.answers.documents.finding import Passage, Quote, quotable
from components.answers.documents.library import Library
from components.answers.documents.terms import held, share, terms

_ENOUGH = 0.34  # part of the words that a line must hold to be called near


def nearest_line(library: Library, passages: Sequence[Passage], text: str, question: str = "") -> Quote | None:
    """The sentence or row that holds most of a text's words, of those with its numbers if any has; None where none
    holds a third of the words. A number that the question names already, such as its year, is none of the text's.
    """
    asked, numbers = terms(text), {one.value for one in figures(text)} - values([question])

    def nearness(quote: Quote) -> tuple[float, float]:
        return share(numbers, values([quote.text])), share(asked, held(quote.text))

    near = (quote for quote in quotable(library, passages) if share(asked, held(quote.text)) >= _ENOUGH)
    return max(near, key=nearness, default=None)
