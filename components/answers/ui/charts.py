"""Charts of an answer on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.answers.cells import Rows
from components.answers.drawing import described, draw
from components.answers.numerals import capital, spoken_name, spoken_number
from components.answers.ui.grid import show_rows
from components.ui.errors import plain
from components.ui.reader import marks

_INK = {"dark": "#E7E9E3", "light": "#1C1F1B"}


def show_chart(rows: Rows, chart: Mapping[str, Any], *, key: str) -> None:
    """Draw what the rule chose; where no chart says more than the rows, the rows themselves."""
    if chart["kind"] == "number":
        st.metric(plain(capital(spoken_name(chart["field"]))), marks().write(spoken_number(rows.rows[0][0])))
    elif chart["kind"] == "table":
        show_rows(rows, key=key)
    else:
        ink = _INK.get(st.context.theme.type or "light", _INK["light"])
        spec = draw(rows, chart, ink=ink, marks=marks())
        st.vega_lite_chart(spec=spec, key=key, alt=described(rows, chart, marks()))
