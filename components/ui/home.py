"""The home page: bring something to ask about, or go on where you stopped."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from components.auth.roles import may
from components.auth.ui.handover import show_handover
from components.llm.builtin.ui import model_card
from components.llm.choices import choices_in
from components.llm.ui.live import standings_of, watch_lists
from components.store import User
from components.store.conversations import Conversation, list_conversations
from components.store.datasets import Dataset, list_datasets
from components.store.documents import Document, list_documents
from components.tables.sample import SAMPLE_QUESTIONS
from components.ui.asking import ask_on
from components.ui.errors import plain
from components.ui.navigation import OF_KIND, icon_of, link, page_named
from components.ui.reader import counted, zone
from components.ui.sample import sample_button
from components.ui.words import ago
from components.workbench import workbench

MOST = 8  # rows of a list on this page
DOCUMENTS = "Documents"  # the way of asking that needs no model


def show_home(user: User) -> None:
    """Draw the page for a newcomer, who has nothing here yet, for somebody who comes back, or for who may only look."""
    show_handover(user)
    store = workbench().store
    tables = list_datasets(store, user.id)
    documents = list_documents(store, user.id)
    recent = list_conversations(store, user.id, limit=MOST)
    if not may(user, "ask"):
        _show_to_look(tables, documents, recent)
        return
    if tables or documents or recent:
        _show_again(user, tables, documents, recent)
    else:
        _show_first(user)
    model_card()


def _show_first(user: User) -> None:
    st.title("Bring something to ask about", anchor=False)
    st.markdown(
        ":gray[Groundwork answers from your own tables and documents, and shows where every number and every line comes"
        " from. Files stay on this machine.]"
    )
    st.space("small")
    grid = st.grid(3, min_column_width=230, gap="small")
    with grid.container(border=True, height="stretch", gap="small", key="start-table"):
        teach = "CSV, Excel or Parquet. What had to be guessed while reading it is shown to you."
        _start("table_rows", "A table", teach, "Upload a table", "tables")
    with grid.container(border=True, height="stretch", gap="small", key="start-document"):
        teach = "Reports and contracts as PDF. Each answer shows the page, with the lines marked."
        _start("description", "A document", teach, "Add documents", "documents")
    with grid.container(border=True, height="stretch", gap="small", key="start-chat"):
        teach = "Talk with the built-in model, or with one of a provider. Nothing is lost when you leave."
        _start("chat_bubble", "A conversation", teach, "Begin to chat", "chat")
    _offer_sample(user)


def _start(icon: str, title: str, teach: str, button: str, page: str) -> None:
    st.markdown(f":material/{icon}: **{title}**")
    st.markdown(f":gray[{teach}]")
    st.space("stretch")
    if st.button(button, key=f"go-{page}", width="stretch"):
        st.switch_page(page_named(page))


def _offer_sample(user: User) -> None:
    with st.container(border=True, key="sample-offer", horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown("**Or look around with the sample**")
            st.caption(
                "A year of a shop's orders, with the faults that real data has, the shop's annual report, and questions"
                " to try. Remove them whenever you like."
            )
        sample_button(user, key="sample", primary=True)


def _show_again(
    user: User, tables: Sequence[Dataset], documents: Sequence[Document], recent: Sequence[Conversation]
) -> None:
    st.title("What do you want to know?", anchor=False)
    can_ask = _has_model(user)
    _ask_box(tables, [found for found in documents if found.state == "ready"], can_ask)
    if can_ask and any(table.sample for table in tables) and not any(c.kind == "tables" for c in recent):
        _try_sample()
    st.space("small")
    left, right = st.columns(2, gap="large")
    with left:
        _list_recent("Go on with", recent, "Your conversations will be listed here.")
    with right:
        _list_tables(tables)
        st.space("small")
        _list_documents(documents)


def _show_to_look(tables: Sequence[Dataset], documents: Sequence[Document], recent: Sequence[Conversation]) -> None:
    """Draw the page for somebody who may only look: what there is to be looked at."""
    st.title("What is shared with you", anchor=False)
    st.markdown(
        ":gray[Your role here is to look: at tables and documents that somebody shares with you, and at the answers"
        " that they got. Every number and every line leads to where it comes from.]"
    )
    st.space("small")
    left, right = st.columns(2, gap="large")
    with left:
        _list_recent("Conversations", recent, "No conversation is shared with you yet.")
    with right:
        _list_tables(tables, brings=False)
        st.space("small")
        _list_documents(documents, brings=False)


def _list_recent(title: str, recent: Sequence[Conversation], none: str) -> None:
    with st.container(gap=None, key="list-recent"):
        st.subheader(title, anchor=False)
        for conversation in recent:
            _conversation(conversation)
        if not recent:
            st.caption(none)


def _list_tables(tables: Sequence[Dataset], *, brings: bool = True) -> None:
    with st.container(gap=None, key="list-tables"):
        st.subheader("Tables", anchor=False)
        for table in tables[:MOST]:
            facts = _facts_with(counted(table.latest.rows, "row"), table.shared_by)
            _line(table.title, facts, "tables", table.id, query={"t": table.id})
        if not tables:
            st.caption("No table yet.")
        if not tables and brings:
            link("tables", "Upload a table", icon=":material/upload:")


def _list_documents(documents: Sequence[Document], *, brings: bool = True) -> None:
    with st.container(gap=None, key="list-documents"):
        st.subheader("Documents", anchor=False)
        for found in documents[:MOST]:
            facts = {"reading": "not read yet", "failed": "not read"}.get(found.state)
            facts = _facts_with(facts or counted(found.page_count, "page"), found.shared_by)
            _line(found.title, facts, "documents", found.id, query={"d": found.id})
        if not documents:
            st.caption("No document yet.")
        if not documents and brings:
            link("documents", "Add documents", icon=":material/upload:")


def _has_model(user: User) -> bool:
    """Whether a question can be answered now. While a provider is asked for its models, the page looks again."""
    standing = standings_of(user)
    watch_lists(standing)
    return bool(choices_in(standing, workbench().builtin))


def _ask_box(tables: Sequence[Dataset], documents: Sequence[Document], can_ask: bool) -> None:
    """The field, and what answers: documents also where no model is here, by their own lines."""
    ways = _ways(tables, documents)
    shut = not can_ask and st.session_state.get("home-way", next(iter(ways))) != DOCUMENTS
    with st.container(key="askbox", gap="xsmall"):
        ready = _invitation(tables, documents) if can_ask else "Ask your documents"
        question = st.chat_input("No model is here yet" if shut else ready, key="home-ask", disabled=shut)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            way = st.pills(
                "Ask", list(ways), default=next(iter(ways)), required=True, key="home-way", label_visibility="collapsed"
            )
            if way == DOCUMENTS:
                pages = counted(sum(document.page_count for document in documents), "page")
                st.caption(f"{counted(len(documents), 'document')} · {pages}", width="content")
            elif tables:
                st.caption(_facts(tables), width="content")
    if question:
        ask_on(ways[way], question)


def _ways(tables: Sequence[Dataset], documents: Sequence[Document]) -> dict[str, str]:
    """What can be asked, with the page that answers."""
    all_ways = (("Tables", "ask_tables", tables), (DOCUMENTS, "ask_documents", documents), ("Just chat", "chat", True))
    return {way: page for way, page, there in all_ways if there}


def _invitation(tables: Sequence[Dataset], documents: Sequence[Document]) -> str:
    mine = [name for name, there in (("tables", tables), ("documents", documents)) if there]
    return f"Ask your {' or '.join(mine)}, or just talk" if mine else "Ask anything"


def _facts(tables: Sequence[Dataset]) -> str:
    if len(tables) == 1:
        return f"{plain(tables[0].title)} · {counted(tables[0].latest.rows, 'row')}"
    return f"{len(tables)} tables · {counted(sum(table.latest.rows for table in tables), 'row')}"


def _try_sample() -> None:
    st.caption("With the sample, try")
    with st.container(key="empty-examples", gap="xsmall"):
        for question in SAMPLE_QUESTIONS:
            icon = ":material/subdirectory_arrow_right:"
            if st.button(question, key=f"try-{question}", width="stretch", icon=icon):
                ask_on("ask_tables", question)


def _conversation(conversation: Conversation) -> None:
    page = OF_KIND.get(conversation.kind)
    if page:
        when = _facts_with(ago(conversation.updated_at, time.time(), zone()), conversation.shared_by)
        _line(conversation.title or "Untitled", when, page, conversation.id, query={"c": conversation.id})


def _facts_with(facts: str, shared_by: str) -> str:
    return f"{facts} · {plain(shared_by)}" if shared_by else facts


def _line(title: str, facts: str, page: str, key: str, *, query: dict[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"line-{key}"):
        link(page, plain(title), query=query, icon=icon_of(page))
        st.caption(facts, width="content")
