"""The button that opens the sample, wherever a page offers it, and what an ask shows that has nothing to ask yet."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.samples import open_sample, opening
from components.store import User
from components.ui.navigation import page_named
from components.ui.shell import empty
from components.workbench import workbench


def sample_button(user: User) -> None:
    """Draw the button; while the sample is on its way, it says so and cannot be pressed."""
    bench = workbench()
    going = opening(bench, user.id)
    st.button(
        "Opening the sample ..." if going else "Open the sample",
        key="open-sample",
        disabled=going,
        on_click=open_sample,
        args=(bench, user.id),
    )


def show_nothing_to_ask(
    user: User, icon: str, title: str, teach: str, *, add: str, page: str, examples: Sequence[str]
) -> None:
    """Draw an ask that has nothing to ask: what it would do, the way to bring something, and the sample.

    Args:
        add: The words of the button that leads to the page named ``page``.
        examples: Questions over the sample; pressing one opens it.
    """

    def actions() -> None:
        if st.button(add, type="primary", icon=":material/upload:", key=f"to-{page}"):
            st.switch_page(page_named(page))
        sample_button(user)

    if empty(icon, title, teach, actions=actions, examples=examples):
        open_sample(workbench(), user.id)
        st.rerun()
