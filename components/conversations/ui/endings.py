"""How a reply ended, where that needs words: failed, cut off, interrupted, stopped, at its limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from components.conversations.reading import Said
from components.store.conversations import Reply, Turn
from components.ui import error_box
from components.ui.errors import plain
from components.ui.navigation import page_named

KEY_FAULTS = ("KeyRejectedError", "KeyMissingError", "NotAllowedError", "QuotaSpentError")
Again = Callable[[Turn], None]

_NOTES = {
    "stopped": "Stopped. What had arrived is kept.",
    "length": ":orange[:material/content_cut: It reached the limit on its length. Ask it to go on.]",
    "filter": ":orange[:material/filter_alt: The provider's content filter ended it.]",
    "silent": "It said nothing.",
}


def show_ending(turn: Turn, reply: Reply, words: Said, again: Again | None) -> None:
    """Say how a reply ended and draw the buttons that help; nothing where it simply ended."""
    if reply.state == "failed":
        _show_failed(turn, reply, again)
    elif reply.state in ("cut_off", "interrupted"):
        _show_broken(turn, reply, words, again)
    elif note := _note(reply, words):
        st.caption(note)


def _note(reply: Reply, words: Said) -> str:
    if reply.state == "stopped":
        return _NOTES["stopped"] if words.text else "Stopped before its first word."
    if reply.finish in ("length", "filter"):
        return _NOTES[reply.finish]
    return "" if words.text or reply.result else _NOTES["silent"]


def _show_failed(turn: Turn, reply: Reply, again: Again | None) -> None:
    error: Mapping[str, Any] = reply.error or {}

    def actions() -> None:
        if error.get("code") in KEY_FAULTS and st.button("Check the key", key=f"key-{reply.id}"):
            st.switch_page(page_named("models"))
        _again_button(turn, reply, again)

    error_box(error, actions, key=f"failure-{reply.id}")


def _show_broken(turn: Turn, reply: Reply, words: Said, again: Again | None) -> None:
    title, why, todo = _broken(reply)
    kept = "What had arrived is kept." if words.text else "Your question is kept."
    with st.container(border=True, key=f"failure-{reply.id}", horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown(f":orange[:material/link_off:] **{title}**")
            st.caption(" ".join(filter(None, (why, kept, todo))))
        _again_button(turn, reply, again, primary=True)


def _broken(reply: Reply) -> tuple[str, str, str]:
    """The title of what broke off, why it did, and what can be done."""
    if reply.state == "interrupted":
        return "This reply was interrupted", "The server restarted while it was being made.", ""
    error: Mapping[str, Any] = reply.error or {}
    what = plain(str(error.get("what", "It ended without its last word.")))
    return "This reply was cut off", what, plain(str(error.get("todo", "")))


def _again_button(turn: Turn, reply: Reply, again: Again | None, *, primary: bool = False) -> None:
    if again and st.button("Ask again", type="primary" if primary else "secondary", key=f"retry-{reply.id}"):
        again(turn)
