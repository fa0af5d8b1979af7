"""Help: the documentation of this very installation, one section at a time, found by its contents or by words."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.manual import BOOKS, SETTINGS, Section, anchor, describe_setting, find_section, sections
from components.ui.errors import plain
from components.ui.navigation import link
from components.ui.shell import header, measure

FIRST = "using/how-to-read-an-answer"  # what is shown where nothing else is asked for
AT, SETTING = "at", "setting"  # in the address: a section, or a setting by its name
MOST_FOUND = 12  # sections that a search lists
WIDTH = 1000
PURPOSE = "What each page is for, what the marks mean, how a server is run. All of it is here, without a network."


def help_query(page: str) -> dict[str, str]:
    """The query of the address that leads to what is said of a page, by the page's title."""
    return {AT: f"{BOOKS[0].name}/{anchor(page)}"}


def show_help() -> None:
    """Draw the section that the address names: ``?at=using/tables``, or ``?setting=GROUNDWORK_MODEL``."""
    setting = describe_setting(st.query_params.get(SETTING, ""))
    section = find_section(SETTINGS if setting else st.query_params.get(AT, FIRST))
    with measure(WIDTH):
        header("Help", PURPOSE)
        words = st.text_input(
            "Find",
            key=f"help-words-{section.address}",  # what was found is opened with an empty field
            placeholder="Find in the documentation",
            label_visibility="collapsed",
        )
        with st.container(horizontal=True, gap="large", key="manual"):
            with st.container(key="manual-contents", width=230, gap=None):
                _contents(section)
            with st.container(key="manual-text", width="stretch", gap="small"):
                _found(words) if words.strip() else _text(section, setting)


def _contents(shown: Section) -> None:
    for book in BOOKS:
        link("help", f"**{book.title}**", query={AT: book.name})
        if shown.address.startswith(f"{book.name}/"):
            with st.container(key="manual-chapters", gap=None):
                for section in sections(book.name)[1:]:
                    title = plain(section.title)
                    link("help", f"**{title}**" if section == shown else title, query={AT: section.address})


def _text(section: Section, setting: str) -> None:
    st.subheader(section.title, anchor=False)
    if setting:
        with st.container(border=True, key="manual-setting"):
            st.markdown(setting)
    st.markdown(section.text)


def _found(words: str) -> None:
    found = _holding(words.lower().split())
    if not found:
        st.caption(f"Nothing here holds {plain(words)}.")
    for book, section in found[:MOST_FOUND]:
        link("help", f"**{plain(section.title)}** · {book}", query={AT: section.address})


def _holding(words: Sequence[str]) -> list[tuple[str, Section]]:
    """The sections that hold every word, those with one in their title first."""
    every = [(book.title, section) for book in BOOKS for section in sections(book.name)]
    found = [one for one in every if all(word in f"{one[1].title} {one[1].text}".lower() for word in words)]
    return sorted(found, key=lambda one: not any(word in one[1].title.lower() for word in words))
