"""The frame that every screen shares: header, measure, empty state, failure, quiet buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

Draw = Callable[[], object]


def header(
    title: str, facts: str = "", actions: Draw | None = None, *, purpose: str = "", explained: str | None = None
) -> None:
    """Title and one line at the left, at most three actions at the right; on a phone they wrap.

    Args:
        title: What the page shows.
        facts: How it stands.
        actions: Draws the buttons.
        purpose: What the page is for, one short sentence before the facts.
        explained: What the words among the facts mean, shown on demand.
    """
    line = " ".join(part for part in (purpose, facts) if part)
    with st.container(key="head", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap=None, width="stretch", key="head-words"):
            st.title(title, anchor=False)
            if line:
                st.caption(line, help=explained)
        if actions:
            with st.container(
                horizontal=True, width="content", gap="xsmall", vertical_alignment="center", key="head-actions"
            ):
                actions()


def measure(width: int | Literal["stretch"] = 760, key: str = "measure") -> DeltaGenerator:
    """A centred column no wider than ``width`` pixels: prose is never read over the full window."""
    with st.container(horizontal_alignment="center"):
        return st.container(width=width, key=key)


def empty(icon: str, title: str, teach: str, *, actions: Draw, examples: Sequence[str] = ()) -> str | None:
    """What this place is for, the ways to begin (the second is always the sample), and questions to try.

    Returns:
        The example that was pressed in this run, if any.
    """
    pressed = None
    with (
        st.container(horizontal_alignment="center"),
        st.container(width=480, key="empty", horizontal_alignment="center", gap="small"),
    ):
        with st.container(key="empty-icon", width=42):
            st.markdown(f":material/{icon}:", width="content")
        st.subheader(title, anchor=False, text_alignment="center")
        st.markdown(f":gray[{teach}]", text_alignment="center")
        with st.container(horizontal=True, horizontal_alignment="center", gap="small"):
            actions()
        if examples:
            st.space("small")
            st.caption("With the sample, try", text_alignment="center")
            pressed = _examples(examples)
    return pressed


def _examples(examples: Sequence[str]) -> str | None:
    pressed = None
    with st.container(key="empty-examples", gap="xsmall"):
        for text in examples:
            if st.button(text, key=f"try-{text}", width="stretch", icon=":material/subdirectory_arrow_right:"):
                pressed = text
    return pressed


def failure(title: str, what: str, kept: str, *, actions: Draw | None = None, key: str = "failure") -> None:
    """What happened, what was kept, what to do: three short sentences and the buttons."""
    with st.container(border=True, key=key, gap="small"):
        st.markdown(f":red[:material/error:] **{title}**")
        st.markdown(what)
        if kept:
            st.caption(kept)
        if actions:
            with st.container(horizontal=True, gap="small"):
                actions()


def icon_button(
    icon: str,
    tip: str,
    key: str,
    *,
    disabled: bool = False,
    on_click: Callable[..., None] | None = None,
    args: tuple[object, ...] = (),
) -> bool:
    """A quiet button that shows an icon alone; its name, for who does not see it, is its tooltip."""
    with _icon_alone(key):
        return st.button(
            tip,
            icon=f":material/{icon}:",
            key=key,
            help=tip,
            type="tertiary",
            disabled=disabled,
            on_click=on_click,
            args=args,
        )


def icon_menu(choices: Sequence[str], key: str = "more") -> str | None:
    """What is seldom wanted, under three dots: what was chosen, once."""
    with _icon_alone(key):
        # Without a tooltip: one that shows while the button has the focus keeps it there, and the menu hears no arrows.
        return st.menu_button("More", list(choices), icon=":material/more_horiz:", type="tertiary", key=key)


def _icon_alone(key: str) -> DeltaGenerator:
    return st.container(key=f"icon-{key}", width="content")
