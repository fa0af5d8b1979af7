"""The sidebar below the navigation: recent conversations, running jobs, whose workbench this is."""

from __future__ import annotations

import streamlit as st

from components.store import User


def show_sidebar(user: User) -> None:
    """Draw the sidebar of an admitted user."""
    with st.sidebar, st.container(key="account", gap=None):
        st.markdown(f":material/account_circle: {user.name}")
        st.caption("This machine only")
