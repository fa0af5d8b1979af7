"""A long list: narrowed by what is typed, drawn in steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from components.session import session
from components.ui.errors import plain
from components.ui.reader import number

T = TypeVar("T")


@dataclass
class Shown:
    """How many rows of a list this tab shows. Each list has a class of its own, with its first number as default."""

    most: int


def narrowed(items: Sequence[T], text_of: Callable[[T], str], *, least: int, by: str, nothing: str) -> Sequence[T]:
    """Those whose text holds every word that was typed into the field above the list.

    Args:
        items: The whole list; the field is there from ``least`` of them on.
        text_of: What is looked through of an item; case does not matter.
        by: What the field finds by, for its reader: ``title or file``.
        nothing: Said before the words that no item holds: ``No title and no file holds``.
    """
    if len(items) < least:
        return items
    typed = st.text_input(
        "Find", placeholder=f"Find by {by}", icon=":material/search:", label_visibility="collapsed", key="find"
    )
    words = (typed or "").casefold().split()
    wanted = [one for one in items if all(word in text_of(one).casefold() for word in words)]
    if not wanted:
        st.caption(f"{nothing} {plain(typed or '')}.")
    return wanted


def more_button(shown: type[Shown], step: int, left: int, *, key: str) -> None:
    """The button below a list that shows ``step`` more of its ``left`` rows; none where nothing is left."""

    def show_more() -> None:
        session(shown).most += step

    if left > 0:
        st.button(f"Show {min(step, left)} more of {number(left)}", key=key, on_click=show_more)
