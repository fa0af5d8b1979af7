"""Columns by name and type: what one is to a chart, in DuckDB's words or in Arrow's; names told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LIST = re.compile(r".*\[\d*\]")
_NUMBER = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?\d*|DECIMAL\d*|NUMERIC|DOUBLE|HALFFLOAT|FLOAT\d*|REAL)\b")


def kind_of(type_: str) -> str:
    """``quantitative``, ``temporal`` or ``nominal``: what a column of this type is to a chart."""
    name = type_.upper()
    if _LIST.fullmatch(name):
        return "nominal"
    if re.match(r"DATE|TIMESTAMP", name):
        return "temporal"
    return "quantitative" if _NUMBER.match(name) else "nominal"


def told_apart(names: Sequence[str]) -> list[str]:
    """Column names that are all different, in any case: a query may give two columns one name."""
    seen: set[str] = set()
    told = []
    for name in names:
        number, free = 1, name or "column"
        while free.lower() in seen:
            number += 1
            free = f"{name or 'column'} ({number})"
        seen.add(free.lower())
        told.append(free)
    return told
