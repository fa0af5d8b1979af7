"""Signatures are no answer, unless somebody asks for a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.answers.documents.finding import find
from components.answers.documents.library import open_library
from components.answers.documents.signatures import asks_who, is_signature
from tests.answers.documents.conftest import Shelf
from tests.documents.shelf import add_pdf

FORMULA = (
    "Pursuant to the requirements of the Securities Exchange Act of 1934, the registrant has duly caused this report\n"
    "to be signed on its behalf by the undersigned thereunto duly authorized."
)
BLOCKS = (
    f"SIGNATURE\n{FORMULA}\nDate: July 28, 2022 Harbour Inc.\nBy: /s/ Ada Lind\nAda Lind\nChief Financial Officer",
    f"Signatures\n{FORMULA}\nHARBOUR INC.\n(Registrant)\nDate: July 27, 2023 By: /s/ ADA LIND\nDate: By: /s/ BO EK",
    "IN WITNESS WHEREOF, the parties have executed this agreement on the day below.\nBy: ____________\nAda Lind",
)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs_from_its_formula_to_the_last_name(block: str) -> None:
    before = "The rent rose to 900 in July. Harbour Inc. pays it.\n"
    text = before + block
    formula = max(text.find("Pursuant"), text.find("IN WITNESS"))
    assert not is_signature(text, 0)
    for line in ("Date: July", "By: ", "Ada Lind"):
        assert line not in text or is_signature(text, text.index(line))
    assert is_signature(text, formula)


def test_what_follows_a_letters_signature_is_no_part_of_it() -> None:
    text = "To the board.\n/s/ Audit LLP\nLeipzig\n" + "The firm has served as auditor since 2001. " * 20
    assert is_signature(text, text.index("/s/"))
    assert not is_signature(text, len(text) - 20)


@pytest.mark.parametrize(
    "text",
    [
        "Pursuant to the requirements of the law, rents are reviewed in May.",
        "The lease was signed by the board in May.",
        "",
    ],
)
def test_a_page_without_a_hand_has_no_block(text: str) -> None:
    assert not is_signature(text, 0)


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Who signed the report?", True),
        ("What does the CFO expect?", True),
        ("What did Harbour Inc. sell in July 2022?", False),
        ("How was the whole year?", False),
    ],
)
def test_who_is_asked_for(question: str, asks: bool) -> None:
    assert asks_who(question) is asks


def test_a_signature_is_quoted_only_where_it_is_asked_for(shelf: Shelf, tmp_path: Path) -> None:
    made = add_pdf(
        shelf.store, shelf.user_id, tmp_path, "Year", ["Boats of the quarter\nWe sold 900 boats.", BLOCKS[0]]
    )
    library = open_library(shelf.store, shelf.user_id, [made.id])
    asked = find(library, "What did Harbour Inc. report for July 2022: how many boats?").quotes
    assert asked[0].text == "We sold 900 boats."
    assert not [quote for quote in asked if quote.page == 2 and "SIGNATURE" not in quote.text]
    assert find(library, "Who signed the report of Harbour Inc.?").quotes[0].page == 2
