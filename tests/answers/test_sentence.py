from __future__ import annotations

import copy
from datetime import date, datetime
from decimal import Decimal

import pytest

from components.answers.cells import Rows
from components.answers.sentence import checked, sentence
from tests.answers.made import rows


def said(result: Rows) -> str:
    return "\n".join("".join(span["text"] for span in paragraph) for paragraph in sentence(result))


CATEGORIES = rows(category=["Kitchen", "Garden", "Office"], revenue=[1284310.4, 902775.15, 294611.0], orders=[3, 9, 4])


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (rows(n=[]), "No rows match."),
        (rows(n=[42]), "N: 42."),
        (rows(total_revenue=[Decimal("4213000.50")]), "Total revenue: 4,213,000.5."),
        (rows(**{"count_star()": [105432]}), "Number of rows: 105,432."),
        (rows(**{"avg(net_amount)": [0.012345]}), "Average net amount: 0.0123."),
        (rows(n=[None]), "N: none."),
        (rows(name=["Ada"], year=[2024], spent=[1234.5]), "Name: Ada; year: 2024; spent: 1,234.5."),
        (
            CATEGORIES,
            "3 rows. Revenue is highest for Kitchen (1,284,310.4), lowest for Office (294,611).",
        ),
        (
            rows(name=["a", "b", "c"], n=[5, 5, 1]),
            "3 rows. N is highest for a and b (5), lowest for c (1).",
        ),
        (rows(name=["a", "b"], n=[3, 3]), "2 rows. N is 3 in each."),
        (rows(name=["a", "a "], n=[5, 1]), "2 rows. N is highest for a (5), lowest for “a ” (1)."),
        (
            rows(name=["a", "b", "c"], n=[3, None, 1]),
            "3 rows. N is highest for a (3), lowest for c (1). 1 row has no n.",
        ),
        (
            rows(name=list("abcdef"), n=[9, 1, 1, 1, 1, 1]),
            "6 rows. N is highest for a (9), lowest for 5 rows with 1.",
        ),
        (
            rows(month=[date(2024, 1, 1), date(2024, 2, 1)], revenue=[10.0, 20.0]),
            "2 rows. Revenue is highest for Feb 2024 (20), lowest for Jan 2024 (10).",
        ),
        (
            rows(day=[datetime(2024, 1, 5), datetime(2024, 2, 7)], n=[1, 2]),
            "2 rows. N is highest for 2024-02-07 (2), lowest for 2024-01-05 (1).",
        ),
        (rows(year=[2023, 2024], n=[7, 8]), "2 rows. N is highest for 2024 (8), lowest for 2023 (7)."),
        (rows(name=["a", "b"]), "2 rows: a, b."),
        (rows(name=list("abcdefg")), "7 rows; first a, b, c, d, e."),
        (
            rows(True, name=["a", "b"], n=[1, 2]),
            "The first 2 rows, there are more. N is highest for b (2), lowest for a (1).",
        ),
        (rows(a=[1.5, 2.5], b=[3.0, 1.0]), "2 rows. A is highest for row 2 (2.5), lowest for row 1 (1.5)."),
    ],
)
def test_the_template_says(result: Rows, words: str) -> None:
    assert said(result) == words


@pytest.mark.parametrize("result", [CATEGORIES, rows(n=[42]), rows(n=[2**80 / 3]), rows(n=[Decimal("0.1")])])
def test_every_number_is_found_in_the_rows(result: Rows) -> None:
    found, of = checked(sentence(result), result)
    assert found == of > 0


def test_a_number_that_is_no_cell_is_not_found() -> None:
    words = sentence(CATEGORIES)
    false = copy.deepcopy(words)
    top = next(span for span in false[0] if span.get("cell", {}).get("column") == "revenue")
    top["text"] = "1,284,311"
    assert checked(false, CATEGORIES) == (checked(words, CATEGORIES)[1] - 1, checked(words, CATEGORIES)[1])


def test_a_number_and_the_name_it_is_said_of_stand_in_one_row() -> None:
    spans = sentence(CATEGORIES)[0]
    for label, value in zip(spans, spans[2:], strict=False):
        if label.get("kind") == "label" and value.get("kind") == "number":
            assert label["cell"]["row"] == value["cell"]["row"]


def test_a_slip_has_the_exact_value_behind_a_rounded_one() -> None:
    span = next(span for span in sentence(rows(share=[0.333333333333]))[0] if span.get("kind") == "number")
    assert span["text"] == "0.333"
    assert span["exact"] == "0.333333333333"


def test_large_integers_and_decimals_lose_no_digit() -> None:
    result = rows(n=[Decimal("12345678901234567890")])
    assert said(result) == "N: 12,345,678,901,234,567,890."
    assert rows(n=[Decimal("1284310.40")]).rows[0][0] == "1284310.40"


def test_two_columns_of_one_name_are_told_apart() -> None:
    import pyarrow as pa

    from components.answers.cells import read_rows

    result = read_rows(pa.table([[1], [2]], names=["n", "N"]))
    assert [column.name for column in result.columns] == ["n", "N (2)"]
    crowded = read_rows(pa.table([[1], [2], [3]], names=["n", "n", "n (2)"]))
    assert [column.name for column in crowded.columns] == ["n", "n (2)", "n (2) (2)"]
    assert checked(sentence(result), result) == (2, 2)
