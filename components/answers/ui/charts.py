"""Charts of an answer as Vega-Lite: colours, grid and type come from the theme; only what is marked is said here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from components.answers.cells import Rows
from components.answers.numerals import capital, spoken_name, spoken_number
from components.answers.ui.grid import frame_of, show_rows

if TYPE_CHECKING:
    import altair as alt

_BAR = 30  # pixels of height for each bar, its gap included
_HEIGHT = 240
_INK = {"dark": "#E7E9E3", "light": "#1C1F1B"}  # the theme does not reach the fill of text marks


def show_chart(rows: Rows, chart: Mapping[str, Any], *, key: str) -> None:
    """Draw what the rule chose; where no chart says more than the rows, the rows themselves."""
    kind = chart["kind"]
    if kind == "number":
        st.metric(capital(spoken_name(chart["field"])), spoken_number(rows.rows[0][0]))
    elif kind in _DRAWN:
        drawn = _DRAWN[kind](rows, chart["encoding"])
        st.altair_chart(drawn, key=key, alt=_alt(kind, chart["encoding"], rows))
    else:
        show_rows(rows, key=key)


def _alt(kind: str, encoding: Mapping[str, Any], rows: Rows) -> str:
    x, y = (spoken_name(encoding[channel]["field"]) for channel in ("x", "y"))
    return f"{capital(kind)}: {x} and {y} of {len(rows.rows):,} rows; the same numbers are in the next tab."


def _title(channel: Mapping[str, Any]) -> str:
    return capital(spoken_name(channel["field"]))


def _column(channel: Mapping[str, Any]) -> str:
    """A column as Vega-Lite reads it: dots and brackets in its name are no paths."""
    return "".join("\\" + c if c in "\\.[]:'\"" else c for c in str(channel["field"]))


def _bars(rows: Rows, encoding: Mapping[str, Any]) -> alt.LayerChart:
    """Sorted bars, each with its number at the end, so that the axis can go."""
    import altair as alt

    frame = frame_of(rows)
    value, name = encoding["x"], encoding["y"]
    frame[name["field"]] = frame[name["field"]].astype(str)
    room = alt.Scale(domainMax=max(0.0, float(frame[value["field"]].max())) * 1.18 or 1)
    base = alt.Chart(frame).encode(
        y=alt.Y(
            _column(name),
            type="nominal",
            sort="-x",
            axis=alt.Axis(title=None, ticks=False, domain=False, labelLimit=160),
        ),
        x=alt.X(_column(value), type="quantitative", axis=None, scale=room),
        tooltip=[_tip(name, "nominal"), _tip(value, "quantitative")],
    )
    ink = _INK.get(st.context.theme.type or "light", _INK["light"])
    text = alt.Text(_column(value), type="quantitative", format=_format(frame[value["field"]]))
    words = base.mark_text(align="left", dx=6, fontWeight=500, color=ink).encode(text=text)
    return (base.mark_bar(cornerRadiusEnd=2, size=18) + words).properties(height=_BAR * len(frame) + 20)


def _format(values: Any) -> str:
    """Whole numbers where two hundred say enough, decimals where they matter."""
    return ",.0f" if float(values.abs().max()) >= 200 or bool((values.dropna() % 1 == 0).all()) else ",.3~r"


def _tip(channel: Mapping[str, Any], type_: str) -> alt.Tooltip:
    import altair as alt

    more = {"format": ",.10~r"} if type_ == "quantitative" else {}
    return alt.Tooltip(_column(channel), type=type_, title=_title(channel), **more)


def _line(rows: Rows, encoding: Mapping[str, Any]) -> alt.Chart:
    import altair as alt

    x, y = encoding["x"], encoding["y"]
    kind = x["type"] if x["type"] == "temporal" else "ordinal"
    channels: dict[str, Any] = {
        "x": alt.X(_column(x), type=kind, axis=alt.Axis(title=None, grid=False, labelAngle=0, labelOverlap=True)),
        "y": alt.Y(
            _column(y),
            type="quantitative",
            axis=alt.Axis(title=_title(y), format="~s", tickCount=5),
            scale=alt.Scale(zero=True),
        ),
        "tooltip": [_tip(x, kind), _tip(y, "quantitative")],
    }
    if "color" in encoding:
        channels["color"] = alt.Color(_column(encoding["color"]), type="nominal", title=_title(encoding["color"]))
        channels["tooltip"].append(_tip(encoding["color"], "nominal"))
    return (
        alt.Chart(frame_of(rows))
        .mark_line(strokeWidth=2, point=len(rows.rows) <= 60)
        .encode(**channels)
        .properties(height=_HEIGHT)
    )


def _scatter(rows: Rows, encoding: Mapping[str, Any]) -> alt.Chart:
    import altair as alt

    x, y = encoding["x"], encoding["y"]
    return (
        alt.Chart(frame_of(rows))
        .mark_circle(size=40, opacity=0.6)
        .encode(
            x=alt.X(_column(x), type="quantitative", title=_title(x), scale=alt.Scale(zero=False)),
            y=alt.Y(_column(y), type="quantitative", title=_title(y), scale=alt.Scale(zero=False)),
            tooltip=[_tip(x, "quantitative"), _tip(y, "quantitative")],
        )
        .properties(height=_HEIGHT)
    )


_DRAWN = {"bars": _bars, "line": _line, "scatter": _scatter}
