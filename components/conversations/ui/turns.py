"""Drawing turns: the question as a quiet block at the right, the answer as the page itself, its cost in one line.

Twenty of them are drawn in every run, and every element and every container of Streamlit's costs 0.05 to 0.1 ms of cpu.
So a turn is two elements: the answer, and its foot with the question that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import streamlit as st

from components.conversations.reading import Said, said
from components.conversations.ui.endings import show_ending
from components.conversations.ui.feet import Feet
from components.conversations.ui.live import show_live
from components.conversations.ui.talk import Talk
from components.conversations.words import as_typed, blocks, harmless
from components.store.conversations import Reply, Turn
from components.store.usage import UsageRow
from components.ui.reader import number
from components.workbench import workbench


@dataclass(frozen=True)
class Show:
    """How the turns of one page are drawn.

    Attributes:
        result: Draws what an ask found, in place of the reply's text.
        early: Draws what it has found so far, under the words of a reply that is being made.
        again: Asks a turn again with the model that is chosen now; None where no model can be used.
        title_of: What the reader calls a model, by the names of provider and model.
        local: The names of providers that run on this machine.
        busy: What a reply is doing until its first word.
        feet: Draws the questions, and the line under each answer.
    """

    result: Callable[[Reply], None] | None
    early: Callable[[Reply], None] | None
    again: Callable[[Turn], None] | None
    title_of: Callable[[str, str], str]
    local: frozenset[str]
    busy: str
    feet: Feet


def show_turn(talk: Talk, turn: Turn, usage: Mapping[str, UsageRow], show: Show) -> None:
    """Draw one turn: its question and its newest reply."""
    show.feet.draw_question(as_typed(turn.question), turn.asked_by)
    if not turn.replies:
        return
    reply = turn.replies[-1]
    if reply.state == "streaming":
        with st.container(key="live"):
            _show_running(talk, reply, show)
    else:
        _show_ended(talk, turn, reply, usage.get(reply.id), show)


def _show_running(talk: Talk, reply: Reply, show: Show) -> None:
    if show.early is None:
        show_live(talk, reply, show.busy)
        return
    found = said(workbench().store, talk.user.id, reply).found
    show_live(talk, reply, show.busy, until_other_than=found)
    if found:
        show.early(replace(reply, result=found))


def _show_ended(talk: Talk, turn: Turn, reply: Reply, used: UsageRow | None, show: Show) -> None:
    words = said(workbench().store, talk.user.id, reply)
    if words.thought:
        _show_thought(words)
    found = reply.result or (words.found if show.early else None)  # kept also where the server broke off
    if show.result and found:
        show.result(replace(reply, result=found))
    elif words.text:
        st.markdown(_harmless(words.text))
    show_ending(turn, reply, words, show.again)
    show.feet.hold(reply.id, _facts(reply, used, show), words.text, again=show.again is not None)


@lru_cache(maxsize=500)
def _harmless(text: str) -> str:
    return "\n\n".join(harmless(block) for block in blocks(text))


def _show_thought(words: Said) -> None:
    with st.expander(_thought_label(words.thought_seconds), type="compact"):
        st.markdown(_harmless(words.thought))


def _thought_label(seconds: float | None) -> str:
    if seconds is None:
        return "Reasoning"
    rounded = max(1, round(seconds))
    return f"Thought for {rounded} second{'' if rounded == 1 else 's'}"


def _facts(reply: Reply, used: UsageRow | None, show: Show) -> str:
    parts = [show.title_of(reply.provider, reply.model), _time_line(reply)]
    if used:
        parts.append(f"{number(used.input)} tokens in, {number(used.output)} out")
    parts.append(_money(reply, used, show.local))
    return " · ".join(part for part in parts if part)


def _time_line(reply: Reply) -> str:
    if reply.ended_at is None:
        return ""
    whole = f"{number(reply.ended_at - reply.created_at, 1)} s"
    if reply.first_piece_at is None:
        return whole
    return f"{whole}, first word {number(reply.first_piece_at - reply.created_at, 1)} s"


def _money(reply: Reply, used: UsageRow | None, local: frozenset[str]) -> str:
    if reply.provider in local:
        return "runs here"
    if used is None:
        return ""
    return "price unknown" if used.cost is None else dollars(used.cost)


def dollars(amount: float) -> str:
    """Money as text: four decimals under a dollar, two above; under a hundredth of a cent it says so."""
    if 0 < amount < 0.0001:
        return f"under ${number(0.0001, 4)}"
    return f"${number(amount, 2 if amount >= 1 else 4)}"
