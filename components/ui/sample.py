"""The button that opens the sample, wherever a page offers it."""

from __future__ import annotations

import streamlit as st

from components.samples import open_sample, opening
from components.store import User
from components.workbench import workbench


def sample_button(user: User, *, key: str = "open-sample", primary: bool = False) -> None:
    """Draw the button; while the sample is on its way, it says so and cannot be pressed."""
    bench = workbench()
    going = opening(bench, user.id)
    st.button(
        "Opening the sample ..." if going else "Open the sample",
        type="primary" if primary else "secondary",
        key=key,
        disabled=going,
        on_click=open_sample,
        args=(bench, user.id),
    )
