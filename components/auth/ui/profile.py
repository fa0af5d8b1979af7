"""The profile: one's own logins and ways in, what one shares, keys, and data."""

from __future__ import annotations

import streamlit as st

from components.auth.ui.handover import show_handover
from components.auth.ui.own_data import show_data
from components.auth.ui.own_keys import show_keys
from components.auth.ui.own_shares import show_shares
from components.auth.ui.own_ways import show_ways
from components.auth.ui.people_dialogs import ROLE_WORDS
from components.store import User
from components.ui import header, measure
from components.ui.errors import plain
from components.workbench import workbench

WIDTH = 760
TABS = {"Signing in": show_ways, "Sharing": show_shares, "Keys": show_keys, "Data": show_data}


def show_profile(user: User) -> None:
    """Draw the page. The local owner, who does not sign in, has data alone."""
    with measure(WIDTH):
        if not workbench().settings.asks_sign_in:
            header("Your data", "This machine only: everything in this workbench is yours.")
            show_data(user)
            return
        facts = plain(" · ".join(part for part in (user.email, user.role) if part))
        header(plain(user.name), facts, explained=f"Your role: {ROLE_WORDS[user.role]}.")
        show_handover(user)
        for tab, draw in zip(st.tabs(list(TABS), key="profile", on_change="rerun"), TABS.values(), strict=True):
            if tab.open:
                with tab:
                    draw(user)
