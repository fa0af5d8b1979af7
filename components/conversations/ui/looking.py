"""What stands in place of a new conversation for who may only look: the conversations that are there to be read."""

from __future__ import annotations

import time

import streamlit as st

from components.conversations.ui.talk import Talk
from components.store.conversations import list_conversations
from components.ui import empty
from components.ui.errors import plain
from components.ui.navigation import OF_KIND, link
from components.ui.reader import zone
from components.ui.words import ago
from components.workbench import workbench

TEACH = (
    "Conversations that somebody shares with you are listed here, with all that their answers rest on. Your role is to"
    " look; an administrator can give you another one."
)


def show_lookers_place(talk: Talk) -> None:
    """List the conversations of this kind that the reader may open, or say that there is none."""
    found = list_conversations(workbench().store, talk.user.id, kind=talk.kind)
    if not found:
        empty("forum", "Nothing to read yet", TEACH, actions=lambda: None)
        return
    st.subheader("Conversations", anchor=False)
    with st.container(gap=None, key="list-readable"):
        for conversation in found:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"line-{conversation.id}"):
                title = plain(conversation.title or "Untitled")
                link(OF_KIND[conversation.kind], title, query={"c": conversation.id})
                st.caption(ago(conversation.updated_at, time.time(), zone()), width="content")
