"""What the reader's browser says of its reader: the time zone, and how numbers are written."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from components.marks import Marks, marks_of
from components.ui import words


def zone() -> ZoneInfo:
    """The reader's time zone; UTC where the browser names none that exists."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def marks() -> Marks:
    """The marks with which the reader writes numbers; English ones where the browser names no language."""
    return marks_of(st.context.locale or "")


def number(value: float, digits: int = 0) -> str:
    """A number as the reader writes it: ``1,234.5`` with one digit is ``1.234,5`` in Germany."""
    return marks().write(f"{value:,.{digits}f}")


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun, as the reader writes it: ``48,211 rows``, ``1.2 M rows``."""
    return words.counted(count, one, many, marks())


def retold(said: str) -> str:
    """Words that were written down by a job or an answer, with their numbers as the reader writes them."""
    return marks().rewrite(said)
