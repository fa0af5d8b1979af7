from __future__ import annotations

import pytest

from components.answers.values import TableValues
from components.answers.words import stem, unexplained
from tests.answers.made import schema

SHOP = schema(orders="order_id BIGINT, ordered_at TIMESTAMP, netAmount DOUBLE, category VARCHAR, status VARCHAR")
HELD = {
    "orders": TableValues(
        common={"category": ("Kitchen", "Garden tools"), "status": ("returned", "paid"), "order_id": ("2031", "17")},
        years={"ordered_at": (2023, 2024)},
    )
}


@pytest.mark.parametrize(
    ("question", "strange"),
    [
        ("How many orders are there?", ()),
        ("Which category has the highest net amount?", ()),
        ("Net amounts of kitchens in 2024", ()),
        ("Average blood pressure by category", ("blood", "pressure")),
        ("How many orders were there in 2019?", ("2019",)),
        ("The 1000 largest orders over 5000", ()),
        ("Order 2031", ()),
        ("Orders with the status 'on the moon'", ()),
        ("Who's the best customer's waiter?", ("customer's", "waiter")),
        ("Welcher Umsatz?", ("welcher", "umsatz")),
        ("", ()),
    ],
)
def test_words_in_no_name_and_no_value_are_told(question: str, strange: tuple[str, ...]) -> None:
    assert unexplained(question, SHOP, HELD) == strange


@pytest.mark.parametrize(
    ("word", "root"), [("cities", "city"), ("ordering", "order"), ("boxes", "box"), ("gas", "gas")]
)
def test_endings_are_taken_off(word: str, root: str) -> None:
    assert stem(word) == root
