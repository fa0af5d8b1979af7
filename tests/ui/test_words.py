from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from components.ui.words import ago, counted

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (datetime(2026, 11, 24, 9, 59, 30, tzinfo=UTC), "just now"),
        (datetime(2026, 11, 24, 10, 5, tzinfo=UTC), "just now"),
        (datetime(2026, 11, 24, 9, 48, tzinfo=UTC), "12 min ago"),
        (datetime(2026, 11, 24, 7, 0, tzinfo=UTC), "3 h ago"),
        (datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "yesterday"),
        (datetime(2026, 11, 20, 12, 0, tzinfo=UTC), "Fri"),
        (datetime(2026, 11, 12, 12, 0, tzinfo=UTC), "12 Nov"),
        (datetime(2025, 11, 12, 12, 0, tzinfo=UTC), "12 Nov 2025"),
    ],
)
def test_a_moment_is_said_as_a_reader_would(then: datetime, said: str) -> None:
    assert ago(then.timestamp(), NOW.timestamp(), ZoneInfo("UTC")) == said


def test_the_day_is_the_readers() -> None:
    then = datetime(2026, 11, 23, 23, 30, tzinfo=UTC).timestamp()
    assert ago(then, NOW.timestamp(), ZoneInfo("UTC")) == "yesterday"
    assert ago(then, NOW.timestamp(), ZoneInfo("Asia/Tokyo")) == "10 h ago"


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 rows"), (1, "1 row"), (48_211, "48,211 rows"), (1_234_567, "1.2 M rows")]
)
def test_a_number_comes_with_its_noun(number: int, said: str) -> None:
    assert counted(number, "row") == said
