"""The head of a conversation: its title, the line of facts, the model, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import streamlit as st

from components.conversations.export import as_markdown
from components.conversations.ui.talk import ADDRESS, Talk
from components.conversations.ui.turns import dollars
from components.store.conversations import Conversation, Turn, delete_conversation, rename_conversation
from components.store.usage import Cost
from components.ui import header, icon_button, icon_menu
from components.ui.errors import plain
from components.ui.reader import counted, zone
from components.ui.sharing import shared_badge, sharing_dialog, sharing_words
from components.ui.words import ago
from components.workbench import workbench

RENAME, EXPORT, DELETE = "Rename", "Export as Markdown", "Delete"
LONGEST_TITLE = 120
_PRICES = "Tokens of every reply, times the providers' list prices that came with the app; your bill may differ."


def show_header(
    talk: Talk,
    conversation: Conversation,
    turns: Sequence[Turn],
    cost: Cost,
    *,
    picker: Callable[[], None],
    options: Callable[[], None] | None,
) -> None:
    """Draw the head of a conversation that has begun."""

    def actions() -> None:
        if talk.asks:
            picker()
            if options:
                options()
            if icon_button("edit_square", "New conversation", "new"):
                st.query_params.pop(ADDRESS, None)
                st.rerun()
        _show_menu(talk, conversation)

    explained = _PRICES if cost.known else None
    header(plain(conversation.title), _facts(conversation, turns, cost), actions, explained=explained)
    shared_badge(conversation.shared_by)


def _facts(conversation: Conversation, turns: Sequence[Turn], cost: Cost) -> str:
    count = turns[-1].number if turns else 0
    parts = [ago(conversation.updated_at, time.time(), zone()), counted(count, "turn"), _spent(cost)]
    return " · ".join(part for part in parts if part)


def _spent(cost: Cost) -> str:
    if not cost.known:
        return ""
    more = ", and replies of unknown price" if cost.unpriced else ""
    return plain(f"{dollars(cost.known)} so far{more}")


def _show_menu(talk: Talk, conversation: Conversation) -> None:
    own = conversation.is_own
    sharing = sharing_words("conversation", conversation.id, own=own)
    chosen = icon_menu([*([RENAME] if conversation.may_edit else []), EXPORT, *sharing, *([DELETE] if own else [])])
    if chosen in sharing:
        sharing_dialog(chosen, "conversation", conversation.id, conversation.title)
    elif chosen == RENAME:
        _rename(talk, conversation)
    elif chosen == EXPORT:
        _export(talk, conversation)
    elif chosen == DELETE:
        _delete(talk, conversation)


@st.dialog("Rename the conversation")
def _rename(talk: Talk, conversation: Conversation) -> None:
    with st.form("rename", border=False):
        title = st.text_input("Title", conversation.title, max_chars=LONGEST_TITLE, key="rename-title")
        if st.form_submit_button("Rename", type="primary") and title.strip():
            rename_conversation(workbench().store, talk.user.id, conversation.id, title.strip())
            st.rerun()


@st.dialog("Export as Markdown")
def _export(talk: Talk, conversation: Conversation) -> None:
    text = as_markdown(workbench().store, talk.user.id, conversation.id)
    st.markdown("Questions and answers as one text file; reasoning, failed tries and evidence stay here.")
    st.download_button(
        "Download", text, file_name="conversation.md", mime="text/markdown", type="primary", key="export"
    )


@st.dialog("Delete the conversation?")
def _delete(talk: Talk, conversation: Conversation) -> None:
    st.markdown(f"**{plain(conversation.title)}**, with its questions and answers. This cannot be undone.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key="delete-yes"):
            delete_conversation(workbench().store, talk.user.id, conversation.id)
            st.query_params.pop(ADDRESS, None)
            st.rerun()
        if st.button("Keep it", key="delete-no"):
            st.rerun()
