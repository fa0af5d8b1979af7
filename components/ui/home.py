"""The home page: see what it does and bring something to ask about, or go on where you stopped."""

from __future__ import annotations

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
from components.tables.sample import SAMPLE_QUESTIONS, sample_among
from components.ui.asking import ask_on
from components.ui.errors import plain
from components.ui.home_lists import MOST, list_charts, list_documents_of, list_recent, list_tables, show_needs
from components.ui.navigation import page_named
from components.ui.reader import counted
from components.ui.trying import go_on, show_samples
from components.workbench import workbench

DOCUMENTS = "Documents"  # the way of asking that needs no model


def show_home(user: User) -> None:
    """Draw the page for a newcomer, who has nothing here yet, for somebody who comes back, or for who may only look."""
    if may(user, "ask"):
        go_on(user)
    show_handover(user)
    store = workbench().store
    tables = list_datasets(store, user.id)
    documents = list_documents(store, user.id)
    recent = list_conversations(store, user.id, limit=MOST)
    if not may(user, "ask"):
        _show_to_look(user, tables, documents, recent)
        return
    can_ask = _has_model(user)
    if tables or documents or recent:
        _show_again(user, tables, documents, recent, can_ask)
    else:
        _show_first(user, can_ask)
    model_card()


def _show_first(user: User, can_ask: bool) -> None:
    st.title("Bring something to ask about", anchor=False)
    st.markdown(
        ":gray[Groundwork answers from your own tables and documents, and shows where every number and every line comes"
        " from. Files stay on this machine.]"
    )
    st.space("small")
    st.subheader("See what it does: three samples, one press each", anchor=False)
    show_samples(user, can_ask=can_ask)
    st.space("small")
    show_needs(user)
    st.subheader("Bring your own", anchor=False)
    _show_ways_to_begin()


def _show_ways_to_begin() -> None:
    grid = st.grid(3, min_column_width=230, gap="small")
    with grid.container(border=True, height="stretch", gap="small", key="start-table"):
        teach = "CSV, Excel, JSON or Parquet. What had to be guessed while reading it is shown to you."
        _start("table_rows", "A table", teach, "Upload a table", "tables")
    with grid.container(border=True, height="stretch", gap="small", key="start-document"):
        teach = "Reports and contracts as PDF. Each answer shows the page, with the lines marked."
        _start("description", "A document", teach, "Add documents", "documents")
    with grid.container(border=True, height="stretch", gap="small", key="start-chat"):
        teach = "Talk with a model: built in, on a server of yours, or a provider's. Nothing is lost when you leave."
        _start("chat_bubble", "A conversation", teach, "Begin to chat", "chat")


def _start(icon: str, title: str, teach: str, button: str, page: str) -> None:
    st.markdown(f":material/{icon}: **{title}**")
    st.markdown(f":gray[{teach}]")
    st.space("stretch")
    if st.button(button, key=f"go-{page}", width="stretch"):
        st.switch_page(page_named(page))


def _show_again(
    user: User,
    tables: Sequence[Dataset],
    documents: Sequence[Document],
    recent: Sequence[Conversation],
    can_ask: bool,
) -> None:
    st.title("What do you want to know?", anchor=False)
    _ask_box(tables, [found for found in documents if found.state == "ready"], can_ask)
    sample = sample_among(tables)
    if can_ask and sample and not any(c.kind == "tables" for c in recent):
        _try_sample(sample)
    st.space("small")
    left, right = st.columns(2, gap="large")
    with left:
        list_recent(user, "Go on with", recent, "Your conversations will be listed here.")
        st.space("small")
        list_charts(user, tables)
    with right:
        show_needs(user)
        list_tables(user, tables)
        st.space("small")
        list_documents_of(user, documents)
    own = [*(table for table in tables if not table.sample), *(found for found in documents if not found.sample)]
    if not any(found.is_own for found in own):
        st.space("small")
        show_samples(user, can_ask=can_ask, short=True)


def _show_to_look(
    user: User, tables: Sequence[Dataset], documents: Sequence[Document], recent: Sequence[Conversation]
) -> None:
    """Draw the page for somebody who may only look: what there is to be looked at."""
    st.title("What is shared with you", anchor=False)
    st.markdown(
        ":gray[Your role here is to look: at tables and documents that somebody shares with you, and at the answers"
        " that they got. Every number and every line leads to where it comes from.]"
    )
    st.space("small")
    left, right = st.columns(2, gap="large")
    with left:
        list_recent(user, "Conversations", recent, "No conversation is shared with you yet.")
        st.space("small")
        list_charts(user, tables)
    with right:
        list_tables(user, tables, brings=False)
        st.space("small")
        list_documents_of(user, documents, brings=False)


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


def _try_sample(sample: Dataset) -> None:
    st.caption("With the sample, try")
    with st.container(key="empty-examples", gap="xsmall"):
        for question in SAMPLE_QUESTIONS:
            icon = ":material/subdirectory_arrow_right:"
            if st.button(question, key=f"try-{question}", width="stretch", icon=icon):
                ask_on("ask_tables", question, query={"t": sample.id})
