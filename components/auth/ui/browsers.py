"""Logins on the screen: which browser, from where, since when; and the button that ends one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from components.auth.accounts import LOCAL
from components.auth.ui.ways import way_words
from components.store.logins import Login
from components.ui import icon_button
from components.ui.errors import plain
from components.ui.reader import zone
from components.ui.words import ago
from components.workbench import workbench


def show_logins(found: Sequence[Login], *, end: Callable[[str], None], this: str = "") -> None:
    """Draw the logins as rows.

    Args:
        found: The logins, in the order in which they are drawn.
        end: Called with the id of the login that shall end.
        this: The id of the login of this very tab: it is marked, and ended by signing out alone.
    """
    with st.container(gap=None, key="rows-logins"):
        for login in found:
            _row(login, end, mine=login.id == this)


def _row(login: Login, end: Callable[[str], None], *, mine: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-login-{login.id}"):
        with st.container(width="stretch", gap=None):
            st.markdown(f"**{plain(login.browser)}**")
            st.caption(plain(_facts(login)))
        if mine:
            st.badge("this one", color="green")
        elif icon_button("logout", "End this login", f"end-{login.id}"):
            end(login.id)


def _facts(login: Login) -> str:
    now, where = time.time(), f"from {login.address} · " if login.address else ""
    through = "with a password" if login.provider == LOCAL else f"through {_title(login.provider)}"
    used, until = ago(login.seen_at, now, zone()), datetime.fromtimestamp(login.expires_at, zone())
    return f"{where}{through} · used {used} · ends {until.day} {until:%b, %H:%M} at the latest"


def _title(provider: str) -> str:
    return way_words(workbench().settings, provider)
