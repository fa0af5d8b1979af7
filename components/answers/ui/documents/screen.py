"""Ask documents: the shared screen of conversations, with the page beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.answers.documents.prompt import shape
from components.answers.ui.documents.card import show_answer
from components.answers.ui.documents.pane import show_pane
from components.answers.ui.documents.picker import (
    asked_documents,
    asked_ids,
    choose_documents,
    facts_of,
    keep_link,
    ready_documents,
)
from components.answers.ui.documents.place import forget, open_place
from components.answers.ui.documents.ways import NO_MODEL, answer_with, credit
from components.conversations.pieces import Answer
from components.conversations.ui import Kind, Sends, Talk, show_conversation
from components.documents.sample import SAMPLE_QUESTIONS
from components.llm.choices import Choice
from components.store import User
from components.store.conversations import Reply, Turn
from components.store.documents import Document, list_documents
from components.ui import empty
from components.ui.sample import show_nothing_to_ask
from components.workbench import workbench

KIND = "documents"
_TITLE = "find_in_page", "Ask, and read the line it stands on"
_TEACH = "Each claim in an answer carries a mark; press it and the page opens with the line highlighted."


def show_ask_documents(user: User) -> None:
    """Draw the page."""
    shown: dict[str, str] = {}  # which place is shown, by its turn; known before the answers are drawn

    def result(reply: Reply) -> None:
        show_answer(reply, shown)

    def look(talk: Talk, turns: Sequence[Turn]) -> None:
        if found := open_place(talk.user, turns):
            shown[next(turn.id for turn in turns if turn.number == found.turn)] = found.place.id

    show_conversation(
        Kind(
            name=KIND,
            page="ask_documents",
            make_answer=_answer,
            show_empty=_show_empty,
            sends=_sends,
            show_result=result,
            show_options=choose_documents,
            placeholder="Ask these documents",
            width="stretch",
            busy="Reading the passages",
            can_ask=_can_ask(user),
            look=look,
            beside=show_pane,
            without=NO_MODEL,
            credit=credit,
        ),
        user,
    )


def _can_ask(user: User) -> bool:
    bench = workbench()
    ready = any(found.state == "ready" for found in list_documents(bench.store, user.id))
    if ready:
        bench.pictures.warm()  # an answer opens a page
    return ready


def _answer(talk: Talk, choice: Choice) -> Answer:
    forget()
    ids = asked_ids(talk, ready_documents(talk))
    keep_link(talk, ids)
    return answer_with(choice, ids)


def _show_empty(talk: Talk) -> str | None:
    asked = asked_documents(talk)
    if asked:
        return _show_ready(asked)
    show_nothing_to_ask(
        talk.user,
        *_TITLE,
        f"{_TEACH} Add a document first, or try the sample's annual report.",
        add="Add documents",
        page="documents",
        examples=SAMPLE_QUESTIONS,
    )
    return None


def _show_ready(asked: Sequence[Document]) -> str | None:
    return empty(
        *_TITLE,
        f"{_TEACH} Without a model you get the best lines themselves. Asked now: {facts_of(asked)}.",
        actions=lambda: None,
        examples=SAMPLE_QUESTIONS if any(document.sample for document in asked) else (),
    )


def _sends(talk: Talk, choice: Choice) -> Sends:
    """What leaves: the question, and the passages that it finds; never a whole document."""
    silent = choice.drafts or choice.provider.name == NO_MODEL.provider.name
    if silent:
        what = "no model is asked" if not choice.drafts else "the built-in model is asked only for a draft"
        return Sends(what) if not st.session_state.get("exactly") else Sends(what, {"Question": "stays here"})
    what = "the question and at most 8 passages (960 words). Whole documents never leave."
    if not st.session_state.get("exactly"):
        return Sends(what)
    return Sends(what, _exactly(talk), _request(choice))


def _exactly(talk: Talk) -> Mapping[str, str]:
    follows = "the last 6 messages, cut short, to make it whole" if talk.conversation else "none"
    return {
        "Passages": 'the 8 that are found, at most 120 words each; the answer lists them under "passages read"',
        "Earlier questions and answers": follows,
        "Never": "whole documents, page pictures, other documents' text",
    }


def _request(choice: Choice) -> dict[str, Any]:
    sent = shape()
    return {
        "model": choice.model,
        "temperature": sent.temperature,
        "messages": [{"role": message.role, "content": message.text} for message in sent.messages],
    }
