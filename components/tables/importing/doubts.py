"""What a user should know about how a file was read: one small dict each, with the words that are shown.

A doubt has ``kind`` and ``text``; where they apply also ``column``, ``line`` (counted from 1 in the file), ``count``
and ``choices``. Nothing that the importer changes, guesses or leaves out goes without one.
"""

from __future__ import annotations

from typing import Any

Doubt = dict[str, Any]

WEIGHT = (  # the order in which they are shown: what may cost rows or meaning first
    "same_file",
    "rows",
    "left_out",
    "total_row",
    "repeated_rows",
    "encoding",
    "mixed",
    "quotes",
    "padded",
    "date_order",
    "blank_rows",
    "currency",
    "empty_words",
    "header",
    "names",
)


def doubt(kind: str, text: str, **more: Any) -> Doubt:
    """Make one doubt; what is None among ``more`` is left away."""
    return {"kind": kind, "text": text} | {name: value for name, value in more.items() if value is not None}


def by_weight(doubts: list[Doubt]) -> list[Doubt]:
    """Sort doubts as they are shown; those of one weight keep their order."""
    rank = {kind: number for number, kind in enumerate(WEIGHT)}
    return sorted(doubts, key=lambda item: rank.get(item["kind"], len(rank)))


def counted(number: int, one: str, many: str = "") -> str:
    """``1 row``, ``1,200 rows``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def quoted(value: object, longest: int = 40) -> str:
    """A value of the file inside a sentence, cut where it is long."""
    text = " ".join(str(value).split())
    return f"“{text if len(text) <= longest else text[: longest - 1] + '…'}”"
