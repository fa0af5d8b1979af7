"""The door: what a stranger sees, on every page alike. No navigation, nothing to learn."""

from __future__ import annotations

import streamlit as st

from components.errors import SignInRequiredError


def show_door(reason: SignInRequiredError) -> None:
    """Draw the door: why nobody is let in, what to do, and what this place is."""
    with st.container(key="door", horizontal=True, gap=None):
        with (
            st.container(key="door-form", width="stretch", horizontal_alignment="center"),
            st.container(width=340, gap="small", key="door-sheet"),
        ):
            _sheet(reason)
        with (
            st.container(key="door-proof", width="stretch", horizontal_alignment="center", vertical_alignment="center"),
            st.container(width=460, gap="medium", key="door-specimen"),
        ):
            _specimen()


def _sheet(reason: SignInRequiredError) -> None:
    st.markdown("![](app/static/icons/mark.svg)")
    st.title("Nobody is signed in", anchor=False)
    st.markdown(reason.what)
    st.caption(reason.todo)


def _specimen() -> None:
    """What answers look like here, as a drawing of words: nothing in it comes from anybody's files."""
    st.markdown("## Every answer shows its work.")
    st.markdown(
        ":gray[A number leads to its query and rows. What could not be checked says so. Tables stay on the machine"
        " that runs this workbench.]"
    )
