"""The design's colours in the places where the explorer's front end takes them: controls, charts, styles."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from components.marks import Marks

FOLDER = Path(__file__).parent
FONT = "IBM Plex Sans"
MODES = ("light", "dark")


@cache
def inside() -> str:
    """Styles for the front end's own shadow roots: font, corners, and what must not be seen."""
    return (FOLDER / "inside.css").read_text(encoding="utf-8")


@cache
def around() -> str:
    """Styles for the frame around it: it fills the window; the skeleton while it starts."""
    return (FOLDER / "around.css").read_text(encoding="utf-8")


@cache
def controls() -> dict[str, dict[str, str]]:
    """Colours of fields, shelves, buttons and menus, for both modes, from the theme of the app."""
    return {mode: _controls(mode) for mode in MODES}


@cache
def charts(marks: Marks) -> dict[str, dict[str, Any]]:
    """Vega's configuration for both modes: fonts, axes, ranges, and how the reader writes numbers."""
    return {mode: _charts(mode) | {"locale": marks.for_charts()} for mode in MODES}


def _option(mode: str, name: str) -> Any:
    return st.get_option(f"theme.{mode}.{name}")


def _controls(mode: str) -> dict[str, str]:
    primary, red = _option(mode, "primaryColor"), _option("light", "redTextColor")
    return {
        "background": _option(mode, "backgroundColor"),
        "foreground": _option(mode, "textColor"),
        "primary": primary,
        "primary-foreground": "#FFFFFF",
        "muted": _option(mode, "secondaryBackgroundColor"),
        "muted-foreground": _option(mode, "grayTextColor"),
        "border": _option(mode, "borderColor"),
        "ring": primary,
        "dimension": _option(mode, "linkColor"),
        "measure": _option(mode, "blueTextColor"),
        "destructive": red,
        "destructive-foreground": "#FFFFFF",
    }


def _charts(mode: str) -> dict[str, Any]:
    ink, quiet, line = (_option(mode, name) for name in ("textColor", "grayTextColor", "borderColor"))
    hues, ramp = _option(mode, "chartCategoricalColors"), _option(mode, "chartSequentialColors")[1::2]
    both_ways = _option(mode, "chartDivergingColors")
    words = {"labelFont": FONT, "titleFont": FONT, "labelColor": quiet, "titleColor": quiet}
    sizes = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 400}
    filled = {mark: {"fill": hues[0]} for mark in ("area", "bar", "rect", "arc", "circle", "trail")}
    drawn = {mark: {"stroke": hues[0]} for mark in ("point", "line", "tick")}
    return {
        "background": "transparent",
        "font": FONT,
        "axis": words | sizes | {"gridColor": line, "domainColor": line, "tickColor": line},
        "legend": words | sizes,
        "header": words,
        "title": {"font": FONT, "color": ink},
        "text": {"font": FONT, "color": ink},
        "view": {"stroke": "transparent"},
        "range": {
            "category": hues,
            **dict.fromkeys(("ramp", "heatmap", "ordinal"), ramp),
            "diverging": [*both_ways[::2], both_ways[-1]],
        },
        "scale": {"continuous": {"range": ramp}},
        **filled,
        **drawn,
    }
