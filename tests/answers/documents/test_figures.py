"""Numbers are one whatever their dress; names that hold digits are none."""

from __future__ import annotations

import pytest

from components.answers.documents.figures import figures, values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rose to $14,965.00 million", ["14965"]),
        ("70.5 % and 71.50%", ["70.5", "71.5"]),
        ("from -5 to \u22127", ["5", "7"]),
        ("in Q3 2023 of Form 10-K, A4, B12", ["2023"]),
        ("the 3rd of 12 people, 5bn", ["3", "12", "5"]),
        ("a 2022-2023 range", ["2022"]),
        ("no number", []),
        ("1,250, then 3.", ["1250", "3"]),
    ],
)
def test_numbers_of_a_sentence(text: str, found: list[str]) -> None:
    assert [one.value for one in figures(text)] == found


def test_a_place_is_where_the_number_stands() -> None:
    text = "rose to $14,965."
    (one,) = figures(text)
    assert text[one.start : one.end] == "14,965"


def test_what_a_page_holds_is_looked_up_in_any_dress() -> None:
    assert {"14965", "70.5", "3", "10"} <= values(["Services 14,965 70.50 %, Q3, 10-K"])
