"""Ask tables: the shared screen of conversations, with what questions about tables add to it."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from components.answers.prompt import request, system_text
from components.answers.schema import read_schema
from components.answers.tables import ask_tables
from components.answers.ui.card import show_answer
from components.answers.ui.own import own_query, query_field
from components.answers.ui.picker import WISH, choose_tables, facts_of, tables_of
from components.answers.ui.readiness import Ahead, make_ready
from components.conversations.pieces import Answer
from components.conversations.ui import Kind, Sends, Talk, show_conversation
from components.conversations.ui.talk import Drafts
from components.llm.choices import Choice
from components.llm.ui import model_behind
from components.llm.ui.live import can_answer
from components.session import session
from components.store import User
from components.store.datasets import Dataset, list_datasets
from components.tables.sample import SAMPLE_QUESTIONS, questions_over
from components.ui import empty
from components.ui.errors import plain
from components.ui.sample import show_nothing_to_ask
from components.workbench import workbench

NEXT = "..."  # stands for the question that is not typed yet
_WIDTH = 820
_IF_IT_FAILS = "the query and the engine's message, once; it can quote a value"
_TITLE = "query_stats", "Ask a table in your own words"
_TEACH = "You get a sentence, a chart and the rows, and the query behind each number."


def show_ask_tables(user: User) -> None:
    """Draw the page."""
    _take_table()
    show_conversation(
        Kind(
            name="tables",
            page="ask_tables",
            make_answer=_answer,
            show_empty=_show_empty,
            sends=_sends,
            show_result=show_answer,
            show_options=_show_options,
            placeholder="Ask your tables",
            width=_WIDTH,
            busy="Reading the columns, writing a query",
            can_ask=bool(list_datasets(workbench().store, user.id)),
        ),
        user,
    )


def _take_table() -> None:
    """The address may name one table, ``?t=``: the conversation that begins asks that one."""
    table_id = st.query_params.pop("t", None)
    if table_id:
        session(Drafts).choices.setdefault("tables", {})[WISH] = [table_id]


def _answer(talk: Talk, choice: Choice) -> Answer:
    session(Ahead).stop()
    bench = workbench()
    return partial(
        ask_tables,
        model=model_behind(choice),
        drafts=choice.drafts,
        engines=bench.engines,
        store=bench.store,
        user_id=talk.user.id,
        dataset_ids=[dataset.id for dataset in tables_of(talk)],
    )


def _show_options(talk: Talk) -> None:
    if tables_of(talk):
        choose_tables(talk)
        if talk.conversation:
            own_query(talk, quiet=True)


def _show_empty(talk: Talk) -> str | None:
    asked = tables_of(talk)
    if asked:
        return _show_ready(asked, talk)
    show_nothing_to_ask(
        talk.user,
        *_TITLE,
        f"{_TEACH} There is no table yet: bring one, or try the sample.",
        add="Upload a table",
        page="tables",
        examples=SAMPLE_QUESTIONS,
    )
    return None


def _show_ready(asked: list[Dataset], talk: Talk) -> str | None:
    has_model = can_answer(talk.user)
    way = "Or write the query yourself." if has_model else "No model is here yet: write the query yourself meanwhile."
    pressed = empty(
        *_TITLE,
        f"{_TEACH} {way} Asked now: {plain(facts_of(asked))}.",
        actions=lambda: own_query(talk) if has_model else None,
        examples=questions_over(asked) if has_model else (),
    )
    if not has_model:
        query_field(talk)
    return pressed


def _sends(talk: Talk, choice: Choice) -> Sends:
    """Names of columns and the question; never a row, never a value. Who reads this is about to ask: so make ready."""
    make_ready(talk, choice)
    asked = tables_of(talk)
    what = "the question and the column names" + ("" if choice.drafts or not talk.conversation else ", earlier queries")
    if not st.session_state.get("exactly") or not asked:
        return Sends(what)
    exactly = {
        "Column names": ", ".join(dataset.name for dataset in asked),
        "Earlier questions with their queries": "no" if choice.drafts else "yes",
        "If the query fails": "nothing" if choice.drafts else _IF_IT_FAILS,
        "Never": "rows, sample values, other tables",
    }
    return Sends(what, exactly, _request(talk, choice, asked))


def _request(talk: Talk, choice: Choice, asked: list[Dataset]) -> dict[str, Any]:
    schema = read_schema(workbench().store, talk.user.id, [dataset.id for dataset in asked])
    system, _ = system_text(schema, "", drafts=choice.drafts)
    sent = request(system, NEXT, drafts=choice.drafts)
    return {
        "model": choice.model,
        "temperature": sent.temperature,
        "messages": [{"role": message.role, "content": message.text} for message in sent.messages],
    }
