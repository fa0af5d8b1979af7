"""The line under an answer: who gave it and what it cost, a button that copies it, one that asks again.

It stands under every answer of a page, in every run. As native elements in a row it took 0.4 ms of cpu each time; so it
is HTML of our own, in one element with the question that follows, and one component hears the buttons of all of them.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

_MEANS = "Who answered, how long it took, tokens sent and received, and their price by the provider's list"
_ears = st.components.v2.component(
    "groundwork_feet", js=Path(__file__).with_name("feet.js").read_text(encoding="utf-8")
)


class Feet:
    """The lines of one run of a page, and the questions between them: drawn one by one, heard together."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._held = ""  # the line of the last answer, until what follows it is known

    def draw_question(self, question: str, asked_by: str) -> None:
        """Draw a question, given as HTML, and who asked it, below the line of the answer before."""
        asker = f'<div class="asker">{escape(asked_by)}</div>' if asked_by else ""
        st.html(f'{self._held}<div class="question" role="group" aria-label="Question">{asker}{question}</div>')
        self._held = ""

    def draw_rest(self) -> None:
        """Draw the line of the last answer."""
        if self._held:
            st.html(self._held)

    def hold(self, reply_id: str, facts: str, text: str, *, again: bool) -> None:
        """Take in the line of one answer: it is drawn with what follows.

        Args:
            reply_id: The answer's.
            facts: What it says, as text: nothing in it is formatting.
            text: What its button copies; without it there is none.
            again: Whether the question can be asked again.
        """
        buttons = ""
        if text:
            self._texts[reply_id] = text
            buttons += _button("copy", "Copy", "content_copy", reply_id)
        if again:
            buttons += _button("again", "Ask again", "refresh", reply_id)
        self._held = f'<div class="foot"><span title="{_MEANS}">{escape(facts)}</span>{buttons}</div>'

    def pressed(self) -> str:
        """Hear the buttons: the id of the reply that was asked for again in this run, or nothing. Drawn once, last."""
        found = _ears(data={"texts": self._texts}, key="feet", height="content", on_again_change=lambda: None).again
        return found if isinstance(found, str) else ""


def _button(press: str, name: str, icon: str, reply_id: str) -> str:
    named = f'title="{name}" aria-label="{name}" data-press="{press}" data-reply="{escape(reply_id)}"'
    return f'<button type="button" {named}><span aria-hidden="true" translate="no">{icon}</span></button>'
