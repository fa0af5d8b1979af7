"""The answer card: words whose numbers can be pressed, Chart | rows | Query, one line of checks, and every doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.answers.cells import Rows, restored
from components.answers.slips import EXPLORE, QUERY, ROWS, pressable
from components.answers.ui.charts import show_chart
from components.answers.ui.doubts import draft_line, show_doubts
from components.answers.ui.foot import show_foot
from components.answers.ui.grid import show_rows
from components.answers.ui.query import download, edit_query
from components.store.conversations import Reply
from components.store.evidence import Evidence, evidence
from components.ui import current_user, errors_shown
from components.ui.errors import plain
from components.ui.navigation import page_named
from components.ui.proof import show_words
from components.ui.reader import marks, number
from components.workbench import workbench

_FAILED = {
    "QueryRefusedError": "The query was not let through, and nothing was run",
    "QueryStoppedError": "The query was stopped",
    "QueryFailedError": "The engine could not run the query",
}


@dataclass(frozen=True)
class Card:
    """One reply with the evidence that it rests on."""

    reply: Reply
    kept: Evidence

    @property
    def body(self) -> Mapping[str, Any]:
        """The evidence itself."""
        return self.kept.body

    @property
    def rows(self) -> Rows:
        """The rows that were kept."""
        return restored(self.body)

    def key(self, part: str) -> str:
        """A widget's key: each part of each card has its own."""
        return f"{part}-{self.kept.id}"


def show_answer(reply: Reply) -> None:
    """Draw what a reply over tables found. A press inside reruns this card alone."""
    if reply.result:
        _card(reply)


@st.fragment
def _card(reply: Reply) -> None:
    user = current_user()
    with errors_shown(go_on=True):
        kept = evidence(workbench().store, user.id, str((reply.result or {})["evidence"]))
        with st.container(key=f"card-answer-{kept.id}", border=True, gap="small"):
            _draw(Card(reply, kept))


def _draw(card: Card) -> None:
    if card.body["said"]:
        _show_said(card)
    elif card.body["error"]:
        _show_failed(card)
    else:
        _show_found(card)


def _show_said(card: Card) -> None:
    """A model that wrote no query: its words are quoted, and nothing was run."""
    st.markdown("**The model wrote no query**, so nothing was looked up. It said:")
    st.markdown("> " + plain(card.body["said"]).replace("\n", "\n> "))
    st.caption("Ask again with the name of a table or column in the question, or write the query yourself.")
    show_foot(card.kept)


def _show_failed(card: Card) -> None:
    """A query that did not run: the engine's words, the query to mend, and what might have been meant."""
    draft_line(card.body)
    _show_error(card)
    show_doubts(card.reply, card.kept)
    edit_query(card.reply, card.kept)
    show_foot(card.kept)


def _show_error(card: Card) -> None:
    error = card.body["error"]
    with st.container(border=True, key=card.key("failure"), gap="small"):
        st.markdown(f":red[:material/error:] **{_FAILED.get(error['code'], 'The query failed')}**")
        st.code(error["what"], language=None, wrap_lines=True)
        st.caption(plain(f"{error['kept']} {error['todo']}"))


def _show_found(card: Card) -> None:
    body = card.body
    draft_line(body)
    if body["draft"]:
        st.code(body["sql"], language="sql", wrap_lines=True)
    picked = show_words(pressable(body, marks()), key=card.key("words"), lead=True)
    show_doubts(card.reply, card.kept)
    _obey(card, str((picked or {}).get("action", "")))
    _show_work(card)
    show_foot(card.kept, explore=lambda: _explore(card))


def _tabs(card: Card) -> list[str]:
    count = card.body["row_count"]
    more = "+" if card.body["truncated"] else ""
    rows = f"{number(count)}{more} row{'' if count == 1 else 's'}"
    return [rows, "Query"] if card.body["chart"]["kind"] == "table" else ["Chart", rows, "Query"]


def _obey(card: Card, action: str) -> None:
    """Do what was pressed on a slip."""
    names = _tabs(card)
    if action in (ROWS, QUERY):
        st.session_state[card.key("work")] = names[-2] if action == ROWS else names[-1]
    elif action == EXPLORE:
        _explore(card)


def _explore(card: Card) -> None:
    st.switch_page(page_named("explorer"), query_params={"e": card.kept.id})


def _show_work(card: Card) -> None:
    names = _tabs(card)
    tabs = dict(zip(names, st.tabs(names, key=card.key("work"), on_change="rerun"), strict=True))
    for name, tab in tabs.items():
        if tab.open:
            with tab:
                _show_tab(card, name)


def _show_tab(card: Card, name: str) -> None:
    if name == "Chart":
        show_chart(card.rows, card.body["chart"], key=card.key("chart"))
    elif name == "Query":
        edit_query(card.reply, card.kept)
    else:
        show_rows(card.rows, key=card.key("rows"))
        _show_cut(card)
        download(card.kept)


def _show_cut(card: Card) -> None:
    kept, count = len(card.body["rows"]), card.body["row_count"]
    if card.body["truncated"]:
        words = f"Only the first {number(count)} rows were fetched; the words speak of these."
        st.caption(f"{words} {number(kept)} are shown here.")
    elif kept < count:
        words = f"The first {number(kept)} of {number(count)} rows are shown here;"
        st.caption(f"{words} the words speak of all, and so does the download.")
