from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from components.answers.cells import Rows
from components.answers.chart_rule import choose_chart
from components.answers.drawing import described, draw
from tests.answers.made import rows


def drawn(result: Rows) -> dict[str, Any]:
    return draw(result, choose_chart(result), ink="#000")


def test_bars_carry_their_numbers_and_are_sorted() -> None:
    spec = drawn(rows(**{"a.b[c]": ["Kitchen", "Garden"], "net": [1284310.4, 902775.15]}))
    assert spec["data"]["values"][0] == {
        "x": 1284310.4,
        "y": "Kitchen",
        "x_words": "1,284,310.40",
        "y_words": "Kitchen",
    }
    assert spec["encoding"]["y"]["sort"] == ["Kitchen", "Garden"]
    assert "a.b[c]" not in json.dumps(spec["encoding"]).replace('"title": "A.b[c]"', "")


@pytest.mark.parametrize("twin", ["Office ", " Office", "x" * 70 + "2"])
def test_names_that_look_alike_are_two_bars(twin: str) -> None:
    spec = drawn(rows(category=["Office", twin, "x" * 70 + "1"], n=[1, 30, None]))
    names = [value["y"] for value in spec["data"]["values"]]
    assert len(set(names)) == 3
    assert spec["encoding"]["y"]["sort"] == [names[1], names[0], names[2]]


@pytest.mark.parametrize("width", [1000, 120])
def test_behind_the_longest_bar_its_number_fits(width: int) -> None:
    """From -10 to 5, with room for the three characters of -10 and a little: 34.5 pixels."""
    scale = drawn(rows(name=["a", "b"], n=[-10.0, 5.0]))["encoding"]["x"]["scale"]
    assert scale["domain"] == [-10.0, 5.0]
    reach = eval(scale["domainMax"]["expr"], {"width": width, "min": min, "max": max})
    assert (reach - 5) / (reach + 10) * width == pytest.approx(34.5)


def test_the_number_of_a_loss_stands_at_the_zero() -> None:
    spec = drawn(rows(name=["a", "b"], n=[-10.0, 5.0]))
    (moved,) = spec["layer"][1]["transform"]
    assert moved == {"calculate": "max(0, datum.x)", "as": spec["layer"][1]["encoding"]["x"]["field"]}


def test_a_number_of_more_digits_than_python_reckons_with_is_written() -> None:
    large = Decimal("12345678901234567890123456789012345.675")
    values = drawn(rows(name=["a", "b"], n=[large, Decimal(1)]))["data"]["values"]
    assert [value["x_words"] for value in values] == ["12,345,678,901,234,567,890,123,456,789,012,345.68", "1.00"]


def test_numbers_of_one_chart_have_as_many_places() -> None:
    values = drawn(rows(name=["a", "b", "c", "d"], n=[1284.5, 12, 0.034, None]))["data"]["values"]
    assert [value["x_words"] for value in values] == ["1,284.50", "12.00", "0.034", "none"]


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ([date(2024, 1, 1), date(2024, 2, 1)], "2024-01-01"),
        ([datetime(2024, 1, 1), datetime(2024, 2, 1)], "2024-01-01T00:00:00Z"),
        (["2024-01", "2024-02"], "2024-01"),
    ],
)
def test_no_clock_moves_a_time(values: list[Any], first: str) -> None:
    spec = drawn(rows(month=values, n=[1, 2]))
    assert spec["data"]["values"][0]["x"] == first
    assert spec["data"]["values"][0]["x_words"] == "Jan 2024"
    assert spec["encoding"]["x"]["scale"] == {"type": "utc"}


def test_months_by_number_stand_in_their_order() -> None:
    spec = drawn(rows(month=[10, 9, 1], n=[1, 2, 3]))
    assert spec["encoding"]["x"]["sort"] == ["1", "9", "10"]


def test_a_chart_is_said_in_words() -> None:
    result = rows(month=["2024-01", "2024-02"], net_amount=[1.0, 2.0])
    assert described(result, choose_chart(result)).startswith("Line: month and net amount of 2 rows")
