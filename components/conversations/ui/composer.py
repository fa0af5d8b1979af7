"""The foot of a conversation: Stop while a reply runs, the field, and what leaves the machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import streamlit as st

from components.conversations.ui.talk import Sends, Talk
from components.errors import AccessError
from components.llm.choices import Choice
from components.store.conversations import Reply
from components.ui.errors import plain
from components.ui.keyboard import STOP
from components.ui.navigation import page_named
from components.workbench import workbench

LONGEST_QUESTION = 200_000  # characters


def show_composer(
    talk: Talk,
    *,
    running: Reply | None,
    choice: Choice | None,
    placeholder: str,
    width: int | Literal["stretch"],
    sends: Callable[[Choice], Sends],
    ask: Callable[[str], bool],
    can_ask: bool = True,
) -> None:
    """Draw the foot.

    ``ask`` is called with a question before the page is drawn again: it is drawn once, with it. What it does not take
    stands in the field again.
    """
    if running:
        with _line(width, "stopping"), st.container(horizontal=True, horizontal_alignment="center"):
            _stop_button(talk, running)
    key = f"say-{talk.conversation.id if talk.conversation else talk.kind}"
    st.chat_input(  # outside of any container: Streamlit puts it to the bottom and follows the talk's end
        placeholder if choice else "Add a model first",
        key=key,
        on_submit=_submit,
        args=(key, ask),
        max_chars=LONGEST_QUESTION,
        disabled=choice is None or not can_ask,
        width=width,
    )
    with _line(width, "composer"):
        _show_privacy(choice, sends) if choice else _show_no_model()


def _submit(key: str, ask: Callable[[str], bool]) -> None:
    question = str(st.session_state[key] or "").strip()[:LONGEST_QUESTION]  # its own limit holds in the browser alone
    if question and not ask(question):
        st.session_state[key] = question


@contextmanager
def _line(width: int | Literal["stretch"], key: str) -> Iterator[None]:
    with st.bottom, st.container(horizontal_alignment="center"), st.container(width=width, key=key):
        yield


def _show_no_model() -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="privacy"):
        on_its_way = workbench().builtin.status().state in ("absent", "fetching", "starting")
        built_in = "is on its way; the home page shows how far" if on_its_way else "is offered on the home page"
        st.caption(f"No model can be used yet: the built-in one {built_in}.", width="content")
        if st.button("Models", type="tertiary", key="to-models"):
            st.switch_page(page_named("models"))


def _stop_button(talk: Talk, running: Reply) -> None:
    st.button(
        "Stop",
        icon=":material/stop_circle:",
        key="stop",
        shortcut=STOP,
        on_click=_stop,
        args=(talk, running),
    )


def _stop(talk: Talk, running: Reply) -> None:
    with suppress(AccessError):  # deleted meanwhile, in another tab: it has stopped already
        workbench().runner.stop(talk.user.id, running.id)


def _show_privacy(choice: Choice, sends: Callable[[Choice], Sends]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="privacy"):
        told = sends(choice)
        if choice.local:
            st.caption(f":material/lock: Stays on this machine: {told.what}", width="content")
        else:
            st.caption(f":material/public: Goes to **{plain(choice.host)}**: {told.what}", width="content")
        exactly = st.popover("See exactly what", type="tertiary", key="exactly", on_change="rerun")
        if exactly.open:
            with exactly:
                _show_exactly(choice, told)


def _show_exactly(choice: Choice, told: Sends) -> None:
    st.markdown("**What the next question sends**")
    st.table({"To": plain(choice.host), **told.exactly}, border="horizontal")
    if told.request:
        st.code(json.dumps(told.request, indent=1, ensure_ascii=False), language="json", height=260)
