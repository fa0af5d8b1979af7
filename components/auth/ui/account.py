"""Whose workbench this is, at the foot of the sidebar: the way to one's profile, and out."""

from __future__ import annotations

import streamlit as st

from components.auth.ui.signing import show_signing, sign_out
from components.auth.ui.words import plain
from components.store import User
from components.workbench import workbench

PROFILE, HELP, OUT = "Profile", "Help", "Sign out"


def show_account(user: User, page: str) -> None:
    """Draw the name of who is signed in, with a menu; or of the local owner, who cannot sign out.

    Args:
        page: The title of the page that is shown: help leads to what is said of it.
    """
    with st.container(key="account", gap=None):
        if workbench().settings.asks_sign_in:
            _menu(user, page)
            show_signing()
        else:
            _local_owner(user, page)


def _menu(user: User, page: str) -> None:
    from components.ui.help import help_query
    from components.ui.navigation import page_named  # the frame draws this: imported when it is there

    chosen = st.menu_button(
        plain(user.name),
        _choices(),
        icon=":material/account_circle:",
        type="tertiary",
        width="stretch",
        key="account-menu",
    )
    if chosen == PROFILE:
        st.switch_page(page_named("profile"))
    if chosen == HELP:
        st.switch_page(page_named("help"), query_params=help_query(page))
    if chosen == OUT:
        sign_out(workbench().settings.proxy_sign_out_url or "/")


def _choices() -> list[str]:
    """Where a proxy says who is there, only the proxy can sign out."""
    settings = workbench().settings
    stays = settings.proxy_user_header and not settings.proxy_sign_out_url
    return [PROFILE, HELP] if stays else [PROFILE, HELP, OUT]


def _local_owner(user: User, page: str) -> None:
    from components.ui.help import help_query
    from components.ui.navigation import page_named

    st.markdown(f":material/account_circle: {plain(user.name)}")
    st.caption(
        "This machine only",
        help="No sign-in is set up, so the workbench answers on this machine alone and everything in it is yours.",
    )
    tip = "Take all of it along as one file, or delete it."
    st.page_link(page_named("profile"), label="Your data", icon=":material/archive:", help=tip)
    st.page_link(page_named("help"), label="Help", icon=":material/help:", query_params=help_query(page))
