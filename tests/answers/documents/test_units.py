"""Pages are cut into sentences, rows and headings that can be quoted as they stand."""

from __future__ import annotations

from components.answers.documents.units import LONGEST, units

PAGE = (
    "Gross Margin\nProducts $ 21,448 $ 21,870\nServices 14,965 14,015\nGross margin percentage:\n"
    "The margin fell because Dr. Ames of Lamp Inc. left the\nU.S. market. It rose again in May.\n"
    "Next year looks “better.” We hope."
)


def texts(page: str) -> list[str]:
    return [" ".join(page[start:end].split()) for start, end in units(page)]


def test_rows_headings_and_sentences_stand_alone() -> None:
    assert texts(PAGE) == [
        "Gross Margin",
        "Products $ 21,448 $ 21,870",
        "Services 14,965 14,015",
        "Gross margin percentage:",
        "The margin fell because Dr. Ames of Lamp Inc. left the U.S. market.",
        "It rose again in May.",
        "Next year looks “better.”",
        "We hope.",
    ]


def test_every_word_of_a_page_is_in_one_unit() -> None:
    assert " ".join(texts(PAGE)).split() == PAGE.split()


def test_a_sentence_without_end_is_cut() -> None:
    page = "word " * 400
    assert max(end - start for start, end in units(page)) <= LONGEST
    assert " ".join(texts(page)).split() == page.split()


def test_an_empty_page_has_none() -> None:
    assert units("") == units(" \n ") == []
