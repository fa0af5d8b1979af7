from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from components.answers.cells import Rows
from components.answers.chart_rule import choose_chart
from tests.answers.made import rows

MONTHS = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]


@pytest.mark.parametrize(
    ("result", "kind", "channels"),
    [
        (rows(month=MONTHS, revenue=[1.0, 2.0, 3.0]), "line", {"x": "month", "y": "revenue"}),
        (rows(month=["2024-01", "2024-02"], revenue=[1.0, 2.0]), "line", {"x": "month", "y": "revenue"}),
        (rows(year=[2023, 2024], n=[1, 2]), "line", {"x": "year", "y": "n"}),
        (
            rows(month=MONTHS[:2] * 2, shop=["a", "a", "b", "b"], n=[1, 2, 3, 4]),
            "line",
            {"x": "month", "y": "n", "color": "shop"},
        ),
        (rows(category=["a", "b"], n=[1, 2], m=[3, 4]), "bars", {"x": "n", "y": "category"}),
        (rows(customer_id=[17, 18], n=[1, 2]), "bars", {"x": "n", "y": "customer_id"}),
        (rows(height=[1.0, 2.0, 3.0], weight=[4.0, 5.0, 6.0]), "scatter", {"x": "height", "y": "weight"}),
        (rows(n=[1]), "number", {}),
        (rows(n=[]), "table", {}),
        (rows(name=["a"]), "table", {}),
        (rows(name=["a"], n=[1]), "table", {}),
        (rows(category=[str(n) for n in range(31)], n=list(range(31))), "table", {}),
        (rows(category=["a", "a"], n=[1, 2]), "table", {}),
        (rows(month=[MONTHS[0]] * 2, n=[1, 2]), "table", {}),
        (rows(a=["x", "y"], b=["x", "y"], n=[1, 2]), "table", {}),
    ],
)
def test_types_choose_the_chart(result: Rows, kind: str, channels: dict[str, Any]) -> None:
    chart = choose_chart(result)
    assert chart["kind"] == kind
    assert {name: channel["field"] for name, channel in chart.get("encoding", {}).items()} == channels
