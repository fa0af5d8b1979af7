"""The yardstick of the evaluation itself."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.eval_tables import STALE, _questions
from benchmarks.scoring import verdict, wilson

GOLD: list[dict[str, Any]] = [{"columns": ["city", "n"], "rows": [["Bern", 2], ["Oslo", 1]]}]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("Bern", 2), ("Oslo", 1)], "right"),
        ([(1, "Oslo"), (2, "Bern")], "right"),
        ([("Bern", 2.0, "x"), ("Oslo", Decimal("1.00"), "y")], "right"),
        ([("Bern", 1), ("Oslo", 2)], "silently wrong"),
        ([("Bern", 2)], "silently wrong"),
        ([("Bern",), ("Oslo",)], "silently wrong"),
        ([(None, None)], "empty"),
        ([], "empty"),
        (None, "error"),
    ],
)
def test_rows_are_compared_whatever_their_order_and_spelling(rows: Any, found: str) -> None:
    assert verdict(rows, GOLD) == found


def test_days_and_midnights_are_the_same() -> None:
    gold = [{"columns": ["d"], "rows": [["2024-01-01"]]}]
    assert verdict([(date(2024, 1, 1),)], gold) == "right"
    assert verdict([(datetime(2024, 1, 1),)], gold) == "right"


def test_the_interval_of_a_share() -> None:
    low, high = wilson(46, 114)
    assert (round(low, 2), round(high, 2)) == (0.32, 0.5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_questions_are_read_from_a_folder(tmp_path: Path) -> None:
    lines = [{"id": name, "db": "x", "question": "?"} for name in ("one", *STALE)]
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert len(_questions(tmp_path)) == 5
