"""The pages there are, as rows: what the sidebar lists and what an address leads to."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache

import streamlit as st

from components.auth.roles import Act, may
from components.settings import ROOT
from components.store import User
from components.workbench import workbench


@dataclass(frozen=True)
class Row:
    """One page: its file's name in ``pages/``, its words, its icon, its section in the sidebar.

    Attributes:
        act: What a role must allow for the sidebar to list it; None: it is reached from elsewhere.
    """

    name: str
    title: str
    icon: str
    help: str
    section: str = ""
    act: Act | None = "look"

    @property
    def address(self) -> str:
        """The page's path in the browser; the home page has none."""
        return "" if self.name == "home" else self.name.replace("_", "-")

    def page(self, *, listed: bool = True) -> st.Page:
        """This row for ``st.navigation`` and for links: a copy, for the run that is led to a page marks it."""
        return copy(_made(self, listed))

    def is_listed(self, user: User) -> bool:
        """Whether the sidebar lists it for a user; people are there to be managed only where they sign in."""
        if self.act is None or not may(user, self.act):
            return False
        return self.act != "administer" or workbench().settings.asks_sign_in


@cache
def _made(row: Row, listed: bool) -> st.Page:
    """A row's page, made once by the first run: it looks at the file, and at every word for an icon."""
    return st.Page(
        ROOT / f"pages/{row.name}.py",
        title=row.title,
        icon=f":material/{row.icon}:",
        url_path=row.address,
        default=row.name == "home",
        help=row.help,
        visibility="visible" if listed else "hidden",
    )


ROWS = (
    Row("home", "Home", "home", "Begin here, or go on where you stopped."),
    Row("chat", "Chat", "chat_bubble", "Talk with a model; conversations are kept.", act="ask"),
    Row("ask_tables", "Ask tables", "query_stats", "Ask tables; each number leads to its query and rows.", act="ask"),
    Row("ask_documents", "Ask documents", "find_in_page", "Ask; each claim leads to its line.", act="ask"),
    Row("tables", "Tables", "table_rows", "Your tables and those shared with you, and how they were read.", "Sources"),
    Row("explorer", "Explorer", "bar_chart", "Draw charts of a table by dragging its columns.", "Sources"),
    Row("documents", "Documents", "description", "Your PDFs and those shared with you, page by page.", "Sources"),
    Row("models", "Models", "memory", "Where answers come from: providers, keys.", "Workbench", "ask"),
    Row("administration", "People and audit", "group", "Who may do what, who did what.", "Workbench", "administer"),
    Row("profile", "Profile", "account_circle", "Your logins, your keys, your data.", act=None),
    Row("help", "Help", "help", "What each page is for; the documentation.", act=None),
)
BY_NAME = {row.name: row for row in ROWS}
OF_KIND = {  # the page that shows a kind of conversation
    "chat": "chat",
    "tables": "ask_tables",
    "documents": "ask_documents",
}


def navigate(user: User | None = None) -> st.Page:
    """Register all pages and return the one that the address asks for.

    The sidebar lists those that the user's role has a use for; the others' addresses lead to them all the same, and
    each of them says itself what its reader may not do. Without a user it lists none.
    """
    sections: dict[str, list[st.Page]] = {}
    for row in ROWS:
        listed = user is not None and row.is_listed(user)
        sections.setdefault(row.section, []).append(row.page(listed=listed))
    return st.navigation(sections, expanded=True, position="sidebar" if user else "hidden")


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
