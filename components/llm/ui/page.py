"""The page of models: who serves them, with which key, what they cost, and what leaves this machine."""

from __future__ import annotations

import streamlit as st

from components.auth.roles import require_role
from components.llm.ui.cards import show_cards
from components.llm.ui.dialogs import show_open_dialog
from components.llm.ui.live import standings_of, watch_lists
from components.llm.ui.table import show_catalogue
from components.store import User
from components.ui import header, measure

WIDTH = 1000
MORE = (
    "[What leaves the machine, and when](help?at=readme/what-leaves-the-machine-and-when) ·"
    " [Keys and addresses for everybody](help?at=readme/settings)"
)
PRIVACY = (
    "A question goes to the provider whose model you choose, and nowhere else. Models that stay here send nothing out."
)


def show_models(user: User) -> None:
    """Draw the page. Raises ``RoleError`` for who may ask no model."""
    require_role(user, "ask")
    standing = standings_of(user)
    with measure(WIDTH):
        header("Models", PRIVACY)
        show_cards(user, standing)
        st.space("small")
        show_catalogue(user, standing)
        st.caption(MORE)
    show_open_dialog(user)
    watch_lists(standing)
