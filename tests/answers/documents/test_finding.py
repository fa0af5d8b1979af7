"""The best lines come first; weak evidence is called so by a rule that can be said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from components.answers.documents.finding import ENOUGH, QUOTES, find
from components.answers.documents.library import NoDocumentsError, open_library
from components.answers.documents.nearest import nearest_line
from tests.answers.documents.conftest import Shelf
from tests.documents.shelf import add_pdf


class Alike:
    """An embedder for which a text is like another where both speak of a tractor or both do not."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = np.zeros((len(texts), 384), np.float32)
        for number, text in enumerate(texts):
            rows[number, 0 if "tractor" in text or "vehicle" in text else 1] = 1
        return rows


def test_the_line_that_answers_comes_first(shelf: Shelf) -> None:
    library = open_library(shelf.store, shelf.user_id, None)
    found = find(library, "How many people does the shop employ?")
    assert found.quotes[0].text == "The shop employs 42 people in Leipzig."
    assert len(found.quotes) <= QUOTES
    assert not found.strength.weak


def test_a_quote_is_the_pages_own_text(shelf: Shelf) -> None:
    library = open_library(shelf.store, shelf.user_id, None)
    for quote in find(library, "margin on lamps and kettles").quotes:
        assert library.page_text(quote.document_id, quote.page)[quote.start : quote.end] == quote.text


def test_running_heads_and_feet_are_no_quotes(shelf: Shelf, tmp_path: Path) -> None:
    said = ("Our harbour lies in Rostock.", "We sold 900 boats.", "The harbour was dredged.", "Nothing else happened.")
    pages = [f"Harbour Inc. sold boats\n{line}\nHarbour Inc. sold boats | {n}" for n, line in enumerate(said, 11)]
    made = add_pdf(shelf.store, shelf.user_id, tmp_path, "Year", pages)
    library = open_library(shelf.store, shelf.user_id, [made.id])
    quotes = [quote.text for quote in find(library, "How many boats did Harbour Inc. sell?").quotes]
    assert quotes[0] == "We sold 900 boats."
    assert not [quote for quote in quotes if "Inc." in quote]


def test_a_line_of_a_table_of_contents_answers_nothing(shelf: Shelf, tmp_path: Path) -> None:
    contents = "What we expect for 2026 . . . . . . . . . . . . . 23\nWords used . . . . . . . . . . . . 24"
    made = add_pdf(shelf.store, shelf.user_id, tmp_path, "Outlook", [contents, "For 2026 we expect 900 boats."])
    library = open_library(shelf.store, shelf.user_id, [made.id])
    assert find(library, "What do we expect for 2026?").quotes[0].text == "For 2026 we expect 900 boats."


def test_the_line_nearest_to_a_sentence_holds_its_number(shelf: Shelf, tmp_path: Path) -> None:
    page = "Rates of the year\nTax rate 12.5 15.7\nThe tax rate that the firm reported for the quarter was lower."
    made = add_pdf(shelf.store, shelf.user_id, tmp_path, "Taxes", [page])
    library = open_library(shelf.store, shelf.user_id, [made.id])
    passages = find(library, "tax rate").passages
    assert (near := nearest_line(library, passages, "The tax rate of the quarter was 12.5 percent."))
    assert near.text == "Tax rate 12.5 15.7"


def test_a_year_that_the_question_names_makes_no_line_nearer(shelf: Shelf, tmp_path: Path) -> None:
    page = "Net sales 82,959 81,434\nNet sales of the third quarter of 2022 increased during the quarter."
    made = add_pdf(shelf.store, shelf.user_id, tmp_path, "Sales", [page])
    library = open_library(shelf.store, shelf.user_id, [made.id])
    question, said = (
        "What were net sales in the third quarter of 2022?",
        "Net sales in the third quarter of 2022 were 82,959.",
    )
    assert (near := nearest_line(library, find(library, question).passages, said, question))
    assert near.text == "Net sales 82,959 81,434"


def test_meaning_lifts_a_line_that_says_it_in_other_words(shelf: Shelf) -> None:
    question = "Which vehicle did the board of the centre buy?"
    library = open_library(shelf.store, shelf.user_id, None, Alike())
    found = find(library, question)
    assert "tractor" in found.quotes[0].text
    assert found.strength.likeness == pytest.approx(1.0)
    assert not found.strength.weak


def test_weak_is_half_of_the_words_or_less(shelf: Shelf) -> None:
    library = open_library(shelf.store, shelf.user_id, None)
    strength = find(library, "Which aspirin dose did children get in Leipzig?").strength
    assert strength.share <= ENOUGH
    assert strength.weak
    assert strength.missing == ("aspirin", "dose", "children")


def test_only_chosen_documents_are_searched(shelf: Shelf) -> None:
    only = open_library(shelf.store, shelf.user_id, [shelf.ids["Garden Centre minutes 2024"]])
    assert {one.document_id for one in find(only, "people").passages} == {shelf.ids["Garden Centre minutes 2024"]}


def test_nothing_to_ask_is_said(shelf: Shelf) -> None:
    with pytest.raises(NoDocumentsError):
        open_library(shelf.store, shelf.user_id, ["somebody else's"])
