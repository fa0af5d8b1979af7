"""Names of tables that are good in SQL without quotes."""

from __future__ import annotations

import re
from collections.abc import Collection

from components.letters import in_form

LONGEST, LONGEST_TITLE = 60, 200  # characters

# DuckDB's reserved words; a test compares them with the engine's own list.
RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default
    deferrable desc describe distinct do else end except false fetch for foreign from group having in initially
    intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing
    primary qualify references returning select show some summarize symmetric table then to trailing true union unique
    unpivot using variadic when where window with""".split()  # noqa: SIM905 - a list literal would be 80 lines
)


def cut_title(title: str) -> str:
    """A title as far as it is kept: a field's own limit holds in the browser alone."""
    return title[:LONGEST_TITLE]


def free_among(taken: Collection[str], wanted: str) -> str:
    """``wanted`` as a name in SQL, with a number at its end where the plain one is in ``taken``."""
    name = _plain(wanted)
    if name not in taken:
        return name
    return next(numbered for n in range(2, len(taken) + 3) if (numbered := f"{name}_{n}") not in taken)


def _plain(wanted: str) -> str:
    words = re.sub(r"\W+", "_", in_form("NFKC", wanted[:LONGEST_TITLE]).casefold()).strip("_")
    name = re.sub(r"_{2,}", "_", words)[:LONGEST].strip("_") or "table_1"
    return f"t_{name}" if name[0].isdigit() or name in RESERVED else name
