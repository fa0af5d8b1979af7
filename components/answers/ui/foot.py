"""The last line of a card: what was checked, how long the query took, and over what."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from components.answers.numerals import listed
from components.answers.tables import spoken_seconds
from components.store.evidence import Evidence
from components.ui.reader import number, retold

_SECOND = "The first query did not run. The model was shown the engine's message, once, and wrote this one."
_CHECKED = "Each number in the words was looked up again in the result, cell by cell, before it was shown."
_EXPLAINED = " Every word of the question stands in a name or a value of the tables, or is a common one."


def show_foot(kept: Evidence, *, explore: Callable[[], None] | None = None) -> None:
    """Draw the checks, the facts and the way on."""
    body = kept.body
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"card-foot-{kept.id}"):
        checked = body.get("checked")
        if checked and checked["of"]:
            _show_checked(checked["found"], checked["of"], body)
        st.caption(" · ".join(_facts(kept)), width="stretch", help=_SECOND if body["told"] else None)
        if explore and not kept.gone_version_ids and _explore_pressed(kept):
            explore()


def _explore_pressed(kept: Evidence) -> bool:
    return st.button("Explore", icon=":material/bar_chart:", key=f"open-{kept.id}", type="tertiary")


def _show_checked(found: int, of: int, body: Mapping[str, Any]) -> None:
    """Verified is one quiet line; anything less is louder."""
    if found == of:
        words = f":green[:material/check_circle:] :gray[:small[{found} of {of} numbers found in the rows]]"
    else:
        words = f":orange[:material/warning: {of - found} of {of} numbers not found in the rows]"
    explained = body["words_checked"] and not body["unexplained"]
    st.markdown(words, width="content", help=_CHECKED + (_EXPLAINED if explained else ""))


def _facts(kept: Evidence) -> list[str]:
    body = kept.body
    facts = [] if body["error"] or body["said"] else [retold(spoken_seconds(body["seconds"]))]
    facts.append(_tables(kept))
    if body["told"]:
        facts.append("second try")
    return facts


def _tables(kept: Evidence) -> str:
    """What was read: one table with its version, several by their names alone (a slip says the versions)."""
    tables = kept.body["tables"]
    gone = [table["name"] for table in tables if table["version_id"] in kept.gone_version_ids]
    if gone:
        return f"{listed(gone)} removed since, or not shared with you"
    if len(tables) == 1:
        return _table(tables[0])
    rows = sum(table["rows"] for table in tables)
    return f"{number(rows)} rows of {listed([table['name'] for table in tables])}"


def _table(table: Mapping[str, Any]) -> str:
    made = time.strftime("%d %b", time.localtime(table["created_at"])).lstrip("0")
    return f"{number(table['rows'])} rows of {table['name']}, version {table['version']} of {made}"
