"""Numbers and times as a reader wants them."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from components.marks import ENGLISH, Marks

MINUTE, HOUR = 60, 3600


def ago(then: float, now: float, zone: tzinfo) -> str:
    """When something was, by the reader's clock: ``just now``, ``12 min ago``, ``3 h ago``, ``yesterday``, ``Mon``,
    ``12 Nov``, ``12 Nov 2025``.

    Args:
        then: Seconds since 1970; a moment after ``now`` counts as now.
        now: Seconds since 1970.
        zone: The reader's time zone.
    """
    passed = now - then
    if passed < MINUTE:
        return "just now"
    if passed < HOUR:
        return f"{int(passed / MINUTE)} min ago"
    day, today = datetime.fromtimestamp(then, zone), datetime.fromtimestamp(now, zone)
    if day.date() == today.date():
        return f"{int(passed / HOUR)} h ago"
    return _day(day, today)


def _day(day: datetime, today: datetime) -> str:
    if day.date() == today.date() - timedelta(days=1):
        return "yesterday"
    if today.date() - day.date() < timedelta(days=7):
        return f"{day:%a}"
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def counted(number: int, one: str, many: str = "", marks: Marks = ENGLISH) -> str:
    """A number with its noun: ``1 row``, ``48,211 rows``, ``1.2 M rows``."""
    noun = one if number == 1 else many or f"{one}s"
    shown = f"{number / 1e6:,.1f}" if number >= 1_000_000 else f"{number:,}"
    return f"{marks.write(shown)} {'M ' if number >= 1_000_000 else ''}{noun}"
