"""Chat on the screen: what it adds to the shared screen of conversations."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from components.conversations import chat as core
from components.conversations.pieces import Answer, Exchange
from components.conversations.reading import history
from components.conversations.ui.screen import Kind, show_conversation
from components.conversations.ui.talk import Sends, Talk
from components.llm.choices import Choice
from components.llm.ui import model_behind
from components.store import User
from components.ui import empty
from components.ui.navigation import page_named
from components.ui.reader import counted
from components.workbench import workbench

SYSTEM, TEMPERATURE = "system", "temperature"  # names in a conversation's choices
HOTTEST = 2.0
NEXT = "..."  # stands for the question that is not typed yet


def show_chat(user: User) -> None:
    """Draw the chat page."""
    show_conversation(
        Kind(
            name="chat",
            page="chat",
            make_answer=_answer,
            show_empty=_show_empty,
            sends=_sends,
            show_options=_show_options,
            placeholder="Ask anything",
        ),
        user,
    )


def _answer(talk: Talk, choice: Choice) -> Answer:
    return partial(core.chat, model=model_behind(choice), system=_system(talk), temperature=_temperature(talk))


def _show_empty(talk: Talk) -> None:
    def actions() -> None:
        if st.button("Ask tables", icon=":material/query_stats:", key="to-tables"):
            st.switch_page(page_named("ask_tables"))

    empty(
        "chat_bubble",
        "New conversation",
        "Chat knows what you type, nothing else. To have numbers checked against your data, ask your tables instead.",
        actions=actions,
    )


def _show_options(talk: Talk) -> None:
    suffix = talk.conversation.id if talk.conversation else talk.kind
    alone = st.container(key="icon-options", width="content")
    with alone, st.popover("Options", icon=":material/tune:", help="Options", type="tertiary", key="options"):
        system = st.text_area(
            "System prompt",
            _system(talk),
            key=f"system-{suffix}",
            placeholder="How the model should answer, in every turn of this conversation",
            height=140,
            help="Sent before every question of this conversation; it is no part of the talk.",
        )
        temperature = st.number_input(
            "Temperature",
            0.0,
            HOTTEST,
            _temperature(talk),
            step=0.1,
            format="%.1f",
            key=f"temperature-{suffix}",
            placeholder="The provider's own",
            help="0 repeats itself, 2 surprises. Empty leaves it to the provider.",
        )
        st.caption("They count from the next question on.")
    if (system, temperature) != (_system(talk), _temperature(talk)):
        talk.change(**{SYSTEM: system or None, TEMPERATURE: temperature})
        st.rerun()


def _sends(talk: Talk, choice: Choice) -> Sends:
    begun = talk.conversation is not None
    what = "this conversation" if begun else "what you type"
    if not st.session_state.get("exactly"):
        return Sends(what)
    sent = _request(talk, choice)
    words = sum(len(message["content"].split()) for message in sent["messages"][:-1])
    exactly = {
        "System prompt": counted(len(_system(talk).split()), "word") if _system(talk) else "none",
        "Conversation": f"{counted(len(sent['messages']) - 1, 'message')}, {counted(words, 'word')}"
        if begun
        else "none",
        "Never": "your tables, other conversations, your name",
    }
    return Sends(what, exactly, sent)


def _request(talk: Talk, choice: Choice) -> dict[str, Any]:
    before = _history(talk)
    request = core.request(
        Exchange(talk.user.id, "", NEXT, (), before), system=_system(talk), temperature=_temperature(talk)
    )
    sent: dict[str, Any] = {"model": choice.model}
    if request.temperature is not None:
        sent["temperature"] = request.temperature
    return sent | {"messages": [{"role": one.role, "content": one.text} for one in request.messages]}


def _history(talk: Talk) -> tuple[Any, ...]:
    if talk.conversation is None:
        return ()
    return history(workbench().store, talk.user.id, talk.conversation.id, before=2**31)


def _system(talk: Talk) -> str:
    return str(talk.choices.get(SYSTEM) or "")


def _temperature(talk: Talk) -> float | None:
    found = talk.choices.get(TEMPERATURE)
    return float(found) if found is not None else None
