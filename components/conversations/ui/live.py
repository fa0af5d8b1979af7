"""Drawing a reply while it is made: what is new, one element for each finished paragraph.

A fragment does it, so that the page around it is finished and every press on it is heard at once. Its first run draws
what is there; then it runs again by itself and stays in a loop, woken by the runner, until the reply ends. Drawing a
reply anew for every piece would cost its whole length each time; this sends a paragraph.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.conversations.reading import Said
from components.conversations.ui.talk import Talk
from components.conversations.words import blocks, harmless
from components.errors import AccessError
from components.store import conversations
from components.store.conversations import Reply
from components.ui import current_user
from components.ui.reader import retold
from components.workbench import workbench

BEGIN_SECONDS = 0.2  # from the end of the page's run to the first look
REDRAW_SECONDS = 0.1
CROWDED_SECONDS = 0.25  # the same, while this process makes more than CROWD replies
CROWD = 20
THOUGHT_TAIL = 1200  # characters of reasoning shown while it grows


ANYTHING: Mapping[str, Any] = {}  # stands for whatever is found: nobody draws it before the end


def show_live(talk: Talk, reply: Reply, busy: str, *, until_other_than: Mapping[str, Any] | None = ANYTHING) -> None:
    """Draw a reply that is being made, until it ends; then the page is drawn again.

    Args:
        busy: What it is doing until its first word: "Thinking".
        until_other_than: What the page shows of what was found; the page is drawn again once it is something else.
    """
    drawing = _Drawing(talk, reply, busy, until_other_than)
    st.fragment(drawing.run, run_every=BEGIN_SECONDS)()


class _Drawing:
    """One reply in one tab. Its fragment is run again and again with the same object."""

    def __init__(self, talk: Talk, reply: Reply, busy: str, shown: Mapping[str, Any] | None) -> None:
        self._user_id, self._reply_id, self._busy, self._shown = talk.user.id, reply.id, busy, shown
        self._runs = 0

    def run(self) -> None:
        """Draw what is there; from the second run on, stay until the reply ends or somebody else wants to run."""
        current_user()  # a fragment runs on its own, and admits its user itself
        self._runs += 1
        paper = _Paper(self._busy)
        said, state = self._look(Said())
        paper.draw(said)
        while self._runs > 1 and state == "streaming" and not self._is_news(said) and not _others_wait():
            begun = time.monotonic()
            if workbench().runner.wait(self._reply_id, said.last, _pause()):
                said, state = self._look(said)
                paper.draw(said)
                time.sleep(max(0.0, begun + _pause() - time.monotonic()))
        if state != "streaming" or self._is_news(said):
            st.rerun()

    def _is_news(self, said: Said) -> bool:
        """Whether something was found that the page does not show yet."""
        return self._shown is not ANYTHING and said.found != self._shown

    def _look(self, said: Said) -> tuple[Said, str]:
        """What was said since; the state is read first, so an ended reply is read to its end."""
        store = workbench().store
        try:
            state = conversations.reply(store, self._user_id, self._reply_id).state
            return said.and_then(conversations.pieces(store, self._user_id, self._reply_id, said.last)), state
        except AccessError:  # deleted meanwhile, in another tab: the page says so
            return said, "gone"


class _Paper:
    """The elements of one reply: reasoning on top, finished steps, then a growing list of blocks."""

    def __init__(self, busy: str) -> None:
        self._busy = busy
        self._top = st.empty()
        self._steps = st.container(gap="xsmall")
        self._words = st.container()
        self._thought: DeltaGenerator | None = None
        self._drawn: list[str] = []
        self._slots: list[DeltaGenerator] = []
        self._steps_drawn = 0

    def draw(self, said: Said) -> None:
        """Draw what is new."""
        self._draw_top(said)
        for step in said.steps[self._steps_drawn :]:
            self._steps.status(retold(step), type="step", state="complete")
        self._steps_drawn = len(said.steps)
        self._draw_blocks(blocks(said.text))

    def _draw_top(self, said: Said) -> None:
        if said.text:
            self._top.empty()
            self._thought = None
            return
        if self._thought is None:
            status = self._top.status(f":shimmer[{self._busy}]", type="compact")
            self._thought = status.empty()
        if said.thought:
            self._thought.markdown(harmless(said.thought[-THOUGHT_TAIL:]))

    def _draw_blocks(self, found: list[str]) -> None:
        for number, block in enumerate(found):
            if number == len(self._slots):
                self._slots.append(self._words.empty())
                self._drawn.append("")
            if self._drawn[number] != block:
                self._slots[number].markdown(harmless(block))
                self._drawn[number] = block
        for number in range(len(found), len(self._drawn)):
            self._slots[number].empty()
            self._drawn[number] = ""


def _pause() -> float:
    return CROWDED_SECONDS if workbench().runner.running() > CROWD else REDRAW_SECONDS


def _others_wait() -> bool:
    """Whether the tab wants something else than this loop: a press on the page ends it here, by Streamlit itself.

    A press inside a dialog or another fragment ends no run: it waits until this one is over, or stands behind it in the
    same run. So the loop looks at what waits (no public way exists; a test holds this one), and goes on by its timer.
    """
    _ = "running" in st.session_state  # where Streamlit looks whether to end this run
    context = get_script_run_ctx()
    if context is None or context.script_requests is None:
        return False
    now = set(context.fragment_ids_this_run or ())
    return len(now) > 1 or bool(set(context.script_requests._rerun_data.fragment_id_queue) - now)
