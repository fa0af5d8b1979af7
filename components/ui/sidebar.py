"""The sidebar below the navigation: recent conversations, the user's jobs, whose workbench this is."""

from __future__ import annotations

import streamlit as st

from components.auth.ui.account import show_account
from components.store import User
from components.store.conversations import list_conversations
from components.ui.errors import plain
from components.ui.jobs import show_jobs
from components.ui.navigation import OF_KIND, link
from components.workbench import workbench

MOST_RECENT = 6
LONGEST_TITLE = 60  # characters; the style cuts what does not fit, this cuts what is sent


def show_sidebar(user: User, page: str) -> None:
    """Draw the sidebar of an admitted user, with the way to the help for a page, by its title."""
    with st.sidebar:
        _recent(user)
        show_jobs(user)
        show_account(user, page)


def _recent(user: User) -> None:
    recent = [c for c in list_conversations(workbench().store, user.id, limit=MOST_RECENT) if c.kind in OF_KIND]
    if not recent:
        return
    with st.container(key="recent", gap=None):
        st.caption("Recent")
        for conversation in recent:
            title = plain((conversation.title or "Untitled")[:LONGEST_TITLE])
            link(OF_KIND[conversation.kind], title, query={"c": conversation.id})
