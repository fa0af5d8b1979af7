"""What was made here before anybody signed in: offered to the administrators, moved by one press."""

from __future__ import annotations

import streamlit as st

from components.auth.roles import may
from components.errors import AppError
from components.store import User
from components.store.handover import left_by_local_owner, take_over
from components.ui import current_user, error_box
from components.workbench import workbench


def show_handover(user: User) -> None:
    """Draw the offer, where there is something to be taken over and the reader may; else nothing."""
    bench = workbench()
    if not bench.settings.asks_sign_in or not may(user, "administer"):
        return
    left = left_by_local_owner(bench.store)
    if not left:
        return
    with st.container(border=True, key="handover", horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown("**Before anybody signed in, somebody worked here**")
            st.caption(f"{left.in_words()}. Nobody sees them until an administrator takes them over.")
        pressed = st.button("Make them mine", key="take-over")
    if pressed:
        _take()


def _take() -> None:
    try:
        take_over(workbench().store, current_user().id)
    except AppError as error:
        error_box(error)
    else:
        st.rerun()
