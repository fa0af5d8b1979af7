"""What the reader's browser says of its reader."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def zone() -> ZoneInfo:
    """The reader's time zone; UTC where the browser names none that exists."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
