"""Whether the rows of a query are the gold rows of a question, whatever their order, column names and spelling."""

from __future__ import annotations

import decimal
import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

RIGHT, EMPTY, ERROR, SILENT = "right", "empty", "error", "silently wrong"
_PICKS = 300  # ways to match columns that are tried


def verdict(rows: Sequence[Sequence[Any]] | None, golds: Sequence[Mapping[str, Any]]) -> str:
    """``right``, ``silently wrong``, or visibly wrong: ``error`` (no rows at all), ``empty``."""
    if rows is None:
        return ERROR
    if all(value is None for row in rows for value in row):
        return EMPTY
    return RIGHT if any(_matches(rows, gold) for gold in golds) else SILENT


def spelled(value: Any) -> str:
    """One spelling for each value: four digits that count, no midnight, no zone."""
    if value is None or value != value:
        return "None"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (int, float, decimal.Decimal)):
        return f"{float(value):.4g}"
    return re.sub(r"( 00:00:00)?(\+00:00)?$", "", str(value)).strip()


def _matches(rows: Sequence[Sequence[Any]], gold: Mapping[str, Any]) -> bool:
    """Whether the gold rows are there, columns in any order, further columns allowed."""
    want = [tuple(map(spelled, row)) for row in gold["rows"]]
    got = [tuple(map(spelled, row)) for row in rows]
    width = len(gold["columns"])
    if len(got) != len(want) or not got or len(got[0]) < width:
        return False
    have = [Counter(column) for column in zip(*got, strict=True)]
    fits = [[n for n, column in enumerate(have) if column == Counter(one)] for one in zip(*want, strict=True)]
    picks = itertools.islice(itertools.product(*fits), _PICKS)
    return any(
        len(set(pick)) == width and Counter(tuple(row[n] for n in pick) for row in got) == Counter(want)
        for pick in picks
    )


def wilson(count: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    share = count / of
    width = 1 + z * z / of
    middle = share + z * z / 2 / of
    half = z * math.sqrt(share * (1 - share) / of + z * z / 4 / of / of)
    return (middle - half) / width, (middle + half) / width
