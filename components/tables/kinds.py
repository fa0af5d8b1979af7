"""What a column is to a chart, by its type in DuckDB's words or in Arrow's."""

from __future__ import annotations

import re

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
