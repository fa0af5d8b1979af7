"""What one shares, with the way to take it back; and what others share with one, with the way to be rid of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components.session import session
from components.store import User, shares
from components.store.shares import Given, Received
from components.ui.errors import plain
from components.ui.long_list import Shown, more_button
from components.ui.sharing import LEAVE, leave, right_words, take_back_button
from components.ui.shell import icon_button
from components.workbench import workbench

STEP = 50  # rows of a list that are drawn at first, and with each press on more
KINDS = {  # what can be shared: its word, its icon
    "dataset": ("table", "table_rows"),
    "document": ("document", "description"),
    "conversation": ("conversation", "chat_bubble"),
}


@dataclass
class ShownGiven(Shown):
    """How many of one's shares this tab shows."""

    most: int = STEP


@dataclass
class ShownReceived(Shown):
    """How much of what others share this tab shows."""

    most: int = STEP


def show_shares(user: User) -> None:
    """Draw both lists."""
    st.subheader("What you share", anchor=False)
    _show_given(shares.given(workbench().store, user.id))
    st.space("small")
    st.subheader("What is shared with you", anchor=False)
    _show_received([(kind, one) for kind in KINDS for one in shares.shared_with(workbench().store, user.id, kind)])


def _show_given(found: Sequence[Given]) -> None:
    shown = session(ShownGiven).most
    with st.container(gap=None, key="rows-given"):
        for one in found[:shown]:
            _given(one)
    more_button(ShownGiven, STEP, len(found) - shown, key="more-given")
    if not found:
        st.caption("Nothing. **Share** stands in the menu of a table, a document and a conversation.")


def _show_received(found: Sequence[tuple[str, Received]]) -> None:
    shown = session(ShownReceived).most
    with st.container(gap=None, key="rows-received"):
        for kind, one in found[:shown]:
            _received(kind, one)
    more_button(ShownReceived, STEP, len(found) - shown, key="more-received")
    if not found:
        st.caption("Nothing.")


def _given(one: Given) -> None:
    share = one.share
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-given-{share.id}"):
        with st.container(width="stretch", gap=None):
            _title(share.kind, one.title)
            group = "the group " if share.to_group else ""
            st.caption(plain(f"{KINDS[share.kind][0]} · with {group}{share.name} · {right_words(share).lower()}"))
        take_back_button(share)


def _received(kind: str, one: Received) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-received-{one.thing_id}"):
        with st.container(width="stretch", gap=None):
            _title(kind, one.title)
            by_group = "" if one.share_id else " · through a group of yours"
            st.caption(plain(f"{KINDS[kind][0]} · by {one.shared_by} · can {one.right}{by_group}"))
        if one.share_id:
            icon_button("close", LEAVE, f"leave-{one.thing_id}", on_click=leave, args=(kind, one.thing_id))


def _title(kind: str, title: str) -> None:
    st.markdown(f":material/{KINDS[kind][1]}: **{plain(title or 'Untitled')}**")
