"""The explorer's screen: what is looked at, its charts, whether they are saved, and the explorer itself."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from components.auth.roles import may
from components.session import session
from components.tables.explorer import translate
from components.tables.explorer.explored import Explored, answer_explored, dataset_explored
from components.tables.explorer.saved import chart_names
from components.tables.ui.explorer.component import Seen, Wishes, seen, show_component
from components.ui import empty, error_box, header
from components.ui.errors import plain
from components.ui.navigation import page_named
from components.ui.opened import note_opened
from components.ui.reader import counted, zone
from components.ui.trying import show_first_steps
from components.ui.words import ago

if TYPE_CHECKING:
    from components.store import User
    from components.store.datasets import Dataset
    from components.workbench import Workbench

NEW_CHART = -1


@dataclass
class Tab:
    """What this tab's explorer is to do next; ``subject`` is what it was opened on."""

    subject: str = ""
    save: int = 0
    select: dict[str, Any] = field(default_factory=dict)

    def turn_to(self, at: int) -> None:
        """Show a chart, or begin a new one."""
        self.select = {"at": at, "token": secrets.token_hex(8)}


def show_explorer(bench: Workbench, user: User) -> None:
    """Draw the whole screen for what the address names: ``?t=`` a table, ``?e=`` the rows of an answer.

    Raises:
        AccessError: The address names what is not there, or not this user's.
    """
    if "e" in st.query_params:
        _show_answer(bench, user, st.query_params["e"])
        return
    from components.store import datasets

    mine = datasets.list_datasets(bench.store, user.id)
    if mine:
        _show_table(bench, user, mine)
    else:
        _show_nothing(user)


def _show_nothing(user: User) -> None:
    def actions() -> None:
        if not may(user, "bring"):
            return
        st.page_link(page_named("tables"), label="Bring a table", icon=":material/upload_file:")
        st.page_link(page_named("home"), label="Open the sample", icon=":material/dataset:")

    header("Explorer", purpose="Charts of a table, drawn by dragging its columns.")
    empty(
        "bar_chart",
        "Draw charts of a table",
        "Drag columns onto the axes and see them drawn, over millions of rows. Charts are kept with their table.",
        actions=actions,
    )


def _show_table(bench: Workbench, user: User, mine: Sequence[Dataset]) -> None:
    explored = dataset_explored(bench.store, user.id, st.query_params.get("t") or mine[0].id)
    assert explored.dataset_id is not None
    st.query_params["t"] = explored.dataset_id
    note_opened(user, "table", explored.dataset_id)
    _warm(bench, explored)
    key = f"explorer-{explored.dataset_id}"
    told, tab = seen(key), session(Tab)
    names, saved_at = _saved(bench, user, explored)
    _open(tab, key, names)
    facts = f"{plain(explored.name)} · {counted(explored.rows, 'row')} · {_state(told, saved_at)}"
    drawn = told.shown if names or told.dirty else None
    header(plain(drawn or explored.title), facts, lambda: _table_actions(mine, explored, told, names, tab))
    show_first_steps(user)
    if told.shown and told.names and len(told.names) > 1:
        st.query_params["chart"] = told.shown
    _show_frame(key, explored, f"/api/explorer/{explored.dataset_id}", told, tab)


def _show_answer(bench: Workbench, user: User, evidence_id: str) -> None:
    explored = answer_explored(bench.store, bench.engines, user.id, evidence_id)
    _warm(bench, explored)
    key = f"explorer-answer-{evidence_id}"
    told, tab = seen(key), session(Tab)
    _open(tab, key, [])
    facts = f"Rows of an answer · {counted(explored.rows, 'row')} · for looking, not saved"
    header(plain(explored.title), facts, lambda: _answer_actions(bench, user, evidence_id))
    _show_frame(key, explored, f"/api/explorer/evidence/{evidence_id}", told, tab)


def _warm(bench: Workbench, explored: Explored) -> None:
    """Begin what the first view needs while the front end loads."""
    bench.engines.warm(explored.user_id, {explored.name: explored.file})
    translate.warm()


def _open(tab: Tab, key: str, names: Sequence[str]) -> None:
    """Something else is explored than before: begin with the chart that the address names."""
    if tab.subject == key:
        return
    tab.subject, tab.select = key, {}
    wanted = st.query_params.get("chart")
    if wanted is not None and wanted in names:
        tab.turn_to(list(names).index(wanted))


def _saved(bench: Workbench, user: User, explored: Explored) -> tuple[list[str], float | None]:
    from components.store import charts

    found = charts.charts(bench.store, user.id, explored.dataset_id or "")
    return (chart_names(found.specs), found.updated_at) if found else ([], None)


def _state(told: Seen, saved_at: float | None) -> str:
    if told.dirty:
        return "unsaved changes"
    if saved_at is None:
        return "no charts saved yet: drag columns onto the shelves, then save"
    return f"saved {ago(saved_at, time.time(), zone())}"


def _table_actions(mine: Sequence[Dataset], explored: Explored, told: Seen, names: Sequence[str], tab: Tab) -> None:
    _choose_table(mine, explored)
    if st.button("Ask about this", icon=":material/query_stats:"):
        st.switch_page(page_named("ask_tables"), query_params={"t": explored.dataset_id or ""})
    with st.container(horizontal=True, width="content", gap="xsmall", key="building"):  # not seen on a phone
        _choose_chart(told.names or tuple(names), tab)
        if st.button("Save", type="primary", icon=":material/save:", disabled=not told.dirty, help="Save all charts"):
            tab.save += 1


def _choose_table(mine: Sequence[Dataset], explored: Explored) -> None:
    names = {dataset.id: dataset.name for dataset in mine}
    chosen = st.selectbox(
        "Table",
        list(names),
        index=list(names).index(explored.dataset_id or ""),
        format_func=lambda id_: names[id_],
        label_visibility="collapsed",
        width=160,
        key=f"which-{explored.dataset_id}",
    )
    if chosen != explored.dataset_id:
        st.query_params.clear()
        st.query_params["t"] = chosen
        st.rerun()


def _choose_chart(names: Sequence[str], tab: Tab) -> None:
    words = dict(enumerate(names)) | {NEW_CHART: "New chart"}
    label = f"{len(names)} chart{'' if len(names) == 1 else 's'}" if names else "Charts"
    chosen = st.menu_button(label, list(words), format_func=lambda at: words[at], icon=":material/bar_chart:")
    if chosen is not None:
        tab.turn_to(chosen)


def _answer_actions(bench: Workbench, user: User, evidence_id: str) -> None:
    """The way back to the conversation in which the answer stands."""
    from components.store import conversations, evidence

    reply_id = evidence.evidence(bench.store, user.id, evidence_id).reply_id
    if reply_id is None:
        return
    turn_id = conversations.reply(bench.store, user.id, reply_id).turn_id
    conversation = conversations.turn(bench.store, user.id, turn_id).conversation_id
    st.page_link(
        page_named("ask_tables"),
        label="Back to the answer",
        icon=":material/arrow_back:",
        query_params={"c": conversation},
    )


def _show_frame(key: str, explored: Explored, url: str, told: Seen, tab: Tab) -> None:
    with st.container(border=True, key="explorer", gap="small"):
        if told.failed:
            error_box(told.failed, key="failure-view")
        show_component(key, explored, url, told, Wishes(tab.save, tab.select))
    st.caption(":material/lock: Queries run on this machine and only on tables that you may read.")
