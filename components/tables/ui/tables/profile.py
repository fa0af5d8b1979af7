"""The columns of a table as a grid: type, distribution, missing, distinct, lowest, typical, highest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.store import User, datasets, jobs
from components.store.datasets import Version
from components.store.jobs import GOING
from components.tables.profile import LOOKED_AT, type_words
from components.ui import current_user
from components.ui.errors import plain
from components.ui.reader import marks, number
from components.workbench import Workbench, workbench

EVERY = 0.5  # seconds between two looks
MUCH = 0.5  # share of empty cells from which a column is pointed out


def show_profile(bench: Workbench, user: User, version: Version) -> None:
    """Draw the profile; where there is none yet, begin it and wait without holding the page."""
    if version.profile is None:
        _wait(bench, user, version)
        return
    _grid(version.profile)
    _remarks(version.profile)


def _wait(bench: Workbench, user: User, version: Version) -> None:
    mine = [
        job
        for job in jobs.jobs(bench.store, user.id, limit=50)
        if job.kind == "profile_table" and job.arguments.get("version_id") == version.id
    ]
    if mine and mine[0].state == "failed":
        st.caption(f"The columns could not be looked over. {plain(str((mine[0].error or {}).get('what', '')))}")
        return
    if not mine or mine[0].state not in GOING:
        bench.jobs.submit(user.id, "profile_table", "Look over the columns", version_id=version.id)
    st.fragment(_look, run_every=EVERY)(version.id)


def _look(version_id: str) -> None:
    user = current_user()  # a fragment runs on its own, and admits its user itself
    if datasets.version(workbench().store, user.id, version_id).profile is not None:
        st.rerun()
    st.caption("Looking over the columns")
    st.skeleton(height=300)


def _grid(profile: Mapping[str, Any]) -> None:
    import pandas as pd

    rows = [
        {
            "column": column["name"],
            "type": type_words(column["type"]),
            "distribution": column["bars"],
            "missing": column["missing"],
            "distinct": column["distinct"],
            "low": _written(column, "low"),
            "typical": _written(column, "typical"),
            "high": _written(column, "high"),
        }
        for column in profile["columns"]
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        row_height=40,
        height="content" if len(rows) <= 30 else 800,
        alt="Profile of the table: one line for each column",
        column_config=_columns(),
    )


def _written(column: Mapping[str, Any], part: str) -> str:
    """A value as the reader writes it, where it is a number; words and times stay as they are."""
    text = str(column[part] or "—")
    return marks().write(text) if type_words(column["type"]) in ("whole number", "decimal") else text


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "column": config.TextColumn("Column", pinned=True, width=130),
        "type": config.TextColumn("Type", width=110),
        "distribution": config.BarChartColumn(
            "Distribution", width=150, y_min=0, help="How many values fall into equal spans; of text, the most frequent"
        ),
        "missing": config.ProgressColumn(
            "Missing", format="percent", min_value=0, max_value=1, width=110, help="Share of rows without a value"
        ),
        "distinct": config.NumberColumn("Distinct", format="localized", width=90, help="How many different values"),
        "low": config.TextColumn("Lowest", width=110, alignment="right"),
        "typical": config.TextColumn(
            "Median or most",
            width=120,
            alignment="right",
            help="The median of numbers and times; of text, the most frequent value",
        ),
        "high": config.TextColumn("Highest", width=110, alignment="right"),
    }


def _remarks(profile: Mapping[str, Any]) -> None:
    """What stands out, as badges: columns that are mostly empty, columns without repeats."""
    columns = profile["columns"]
    empty = [f"{c['name']} is empty in {c['missing']:.0%} of rows" for c in columns if c["missing"] >= MUCH]
    whole = not profile["sampled"] and profile["rows"] > 1
    once = [f"no duplicate {c['name']}" for c in columns if whole and _is_id(c) and c["distinct"] == profile["rows"]]
    twice = [
        f"{c['name']} repeats in {number(profile['rows'] - c['distinct'])} rows"
        for c in columns
        if whole and _is_id(c) and 0 < profile["rows"] - c["distinct"] < profile["rows"] / 100
    ]
    with st.container(horizontal=True, key="seen"):
        for text in [*empty, *twice][:6]:
            st.badge(plain(text), color="orange", icon=":material/lightbulb:")
        for text in once[:3]:
            st.badge(plain(text), color="gray")
    if profile["sampled"]:
        some = number(LOOKED_AT)
        st.caption(f"Distributions and medians come from a sample of {some} rows; the other figures from all rows.")


def _is_id(column: Mapping[str, Any]) -> bool:
    return str(column["name"]).lower().endswith("id") and not column["missing"]
