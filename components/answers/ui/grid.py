"""The rows of an answer as a grid: every column with its kind, numbers in the reader's own locale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from components.answers.cells import Cell, Rows, number
from components.answers.numerals import capital, spoken_name
from components.ui.reader import counted

if TYPE_CHECKING:
    import pandas as pd

MOST_HEIGHT = 420  # pixels; more rows scroll
_ROW = 35


def frame_of(rows: Rows) -> pd.DataFrame:
    """The rows as pandas has them; dates and decimals become what a grid and a chart can order."""
    import pandas as pd

    made = {column.name: _values(column.kind, rows.column(n)) for n, column in enumerate(rows.columns)}
    return pd.DataFrame(made, columns=[column.name for column in rows.columns])


def _values(kind: str, cells: list[Cell]) -> Any:
    import pandas as pd

    if kind == "number":
        exact = [number(cell) for cell in cells]
        return [None if value is None else float(value) if value % 1 else _whole(value) for value in exact]
    if kind == "time":
        read = pd.to_datetime(pd.Series(cells, dtype="object"), errors="coerce", format="ISO8601")
        return read if read.notna().sum() == sum(cell is not None for cell in cells) else cells
    return cells


def _whole(value: Any) -> int | float:
    return int(value) if abs(value) < 2**53 else float(value)


def show_rows(rows: Rows, *, key: str) -> None:
    """Draw a result as a grid."""
    st.dataframe(
        frame_of(rows),
        hide_index=True,
        key=key,
        height=min(MOST_HEIGHT, _ROW * (len(rows.rows) + 1) + 3),
        column_config={
            column.name: _config(column.name, column.kind, rows.column(n)) for n, column in enumerate(rows.columns)
        },
        alt=f"Result of the query: {counted(len(rows.rows), 'row')}, {counted(len(rows.columns), 'column')}",
    )


def _config(name: str, kind: str, cells: list[Cell]) -> Any:
    label, column = capital(spoken_name(name)), st.column_config
    if kind == "number":
        return column.NumberColumn(label, format="localized")
    if kind == "ordinal":
        return column.NumberColumn(label, format="%d")
    if kind == "time":
        bare = all(cell is None or len(str(cell)) <= 10 or str(cell).endswith(" 00:00:00") for cell in cells)
        return column.DateColumn(label) if bare else column.DatetimeColumn(label)
    return column.CheckboxColumn(label) if kind == "truth" else column.Column(label)
