"""The pages there are, as rows: what the sidebar lists and what an address leads to."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache

import streamlit as st

from components.settings import ROOT


@dataclass(frozen=True)
class Row:
    """One page: its file's name in ``pages/``, its words, its icon, its section in the sidebar."""

    name: str
    title: str
    icon: str
    help: str
    section: str = ""

    @property
    def address(self) -> str:
        """The page's path in the browser; the home page has none."""
        return "" if self.name == "home" else self.name.replace("_", "-")

    def page(self) -> st.Page:
        """This row for ``st.navigation`` and for links: a copy, for the run that is led to a page marks it."""
        return copy(_made(self))


@cache
def _made(row: Row) -> st.Page:
    """A row's page, made once by the first run: it looks at the file, and at every word for an icon."""
    return st.Page(
        ROOT / f"pages/{row.name}.py",
        title=row.title,
        icon=f":material/{row.icon}:",
        url_path=row.address,
        default=row.name == "home",
        help=row.help,
    )


ROWS = (
    Row("home", "Home", "home", "Begin here, or go on where you stopped."),
    Row("chat", "Chat", "chat_bubble", "Talk with a model; conversations are kept."),
    Row("ask_tables", "Ask tables", "query_stats", "Ask your tables; each number leads to its query and rows."),
    Row("ask_documents", "Ask documents", "find_in_page", "Ask your documents; each claim leads to its line."),
    Row("tables", "Tables", "table_rows", "Bring tables, see how they were read, remove them.", "Sources"),
    Row("explorer", "Explorer", "bar_chart", "Draw charts of a table by dragging its columns.", "Sources"),
    Row("documents", "Documents", "description", "Bring PDFs, see their pages, remove them.", "Sources"),
    Row("models", "Models", "memory", "Where answers come from: providers, keys, the built-in model.", "Workbench"),
)
BY_NAME = {row.name: row for row in ROWS}
OF_KIND = {  # the page that shows a kind of conversation
    "chat": "chat",
    "tables": "ask_tables",
    "documents": "ask_documents",
}


def navigate(*, hidden: bool = False) -> st.Page:
    """Register all pages and return the one that the address asks for; hidden, the sidebar lists none."""
    sections: dict[str, list[st.Page]] = {}
    for row in ROWS:
        sections.setdefault(row.section, []).append(row.page())
    return st.navigation(sections, expanded=True, position="hidden" if hidden else "sidebar")


def page_named(name: str) -> st.Page:
    """A page for ``st.switch_page`` and ``st.page_link``, by its row's name.

    Raises:
        KeyError: There is no such row.
    """
    return BY_NAME[name].page()


def icon_of(name: str) -> str:
    """A page's icon, for Markdown and links."""
    return f":material/{BY_NAME[name].icon}:"


def link(name: str, label: str, *, query: Mapping[str, str] | None = None, icon: str | None = None) -> None:
    """A link to a page, or to one thing on it by the query of its address."""
    st.page_link(page_named(name), label=label, query_params=query, icon=icon, width="stretch")


def rows() -> tuple[Row, ...]:
    """Every page there is, in the sidebar's order."""
    return ROWS
