"""What can be done with an answer over documents: a draft by the built-in model, a wider search, a chat instead."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from components.answers.documents.asking import ask_documents
from components.answers.documents.meaning import embedder_of
from components.conversations.pieces import Answer
from components.conversations.ui.talk import may_ask_here
from components.llm.catalogue import Provider
from components.llm.choices import Choice, built_in_choice
from components.llm.ui import model_behind
from components.store.conversations import Reply, turn
from components.ui import ask_on, current_user
from components.workbench import workbench

NO_MODEL = Choice(
    Provider("no model", "No model", "chat"),
    "Quotes only",
    "Quotes only, no model",
    drafts=False,
    local=True,
    host="this machine",
)


def answer_with(choice: Choice, document_ids: list[str] | None, *, draft: bool = False) -> Answer:
    """What answers: quotes alone without a model, and with the built-in one unless it is told to draft."""
    bench = workbench()
    speaks = choice.provider.name != NO_MODEL.provider.name and (draft or not choice.drafts)
    return partial(
        ask_documents,
        model=model_behind(choice) if speaks else None,
        drafts=choice.drafts,
        store=bench.store,
        user_id=current_user().id,
        document_ids=document_ids,
        embedder=embedder_of(bench.settings),
        sends_to="" if choice.local else choice.host,
    )


def credit(choice: Choice) -> Mapping[str, str]:
    """Who answers: the built-in model says nothing of itself, so its answers are quotes alone."""
    return NO_MODEL.name if choice.drafts else choice.name


def draft_button(reply: Reply, body: Mapping[str, Any], label: str = "Draft a sentence") -> None:
    """Offer a sentence of the built-in model, where it can run."""
    choice = next(built_in_choice(workbench().builtin), None)
    if choice is None or not body["passages"] or not may_ask_here():
        return
    if st.button(label, icon=":material/edit_note:", key=f"draft-{reply.id}"):
        answer = answer_with(choice, _documents_of(body), draft=True)
        workbench().runner.again(current_user().id, reply.turn_id, answer, **choice.name)
        st.rerun()


def ways_on(reply: Reply, body: Mapping[str, Any]) -> None:
    """Where the documents don't say: search all of them, or ask a model without any."""
    if not may_ask_here():
        return
    with st.container(horizontal=True, gap="small"):
        if body["answer"] is None:
            draft_button(reply, body, "Draft a sentence anyway")
        if body["only"] and st.button("Search everything", type="primary", key=f"everything-{reply.id}"):
            answer = answer_with(NO_MODEL, None)
            workbench().runner.again(current_user().id, reply.turn_id, answer, **NO_MODEL.name)
            st.rerun()
        if st.button("Ask a model without documents", key=f"chat-{reply.id}"):
            ask_on("chat", turn(workbench().store, current_user().id, reply.turn_id).question)


def _documents_of(body: Mapping[str, Any]) -> list[str] | None:
    return list(body["only"]) or None
