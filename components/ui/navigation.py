"""The pages there are, as rows: what the sidebar lists and what an address leads to."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.settings import ROOT


@dataclass(frozen=True)
class Row:
    """One page: its file's name in ``pages/``, its words, its icon, its section."""

    name: str
    title: str
    icon: str
    help: str
    section: str = ""

    def page(self) -> st.Page:
        """This row for ``st.navigation`` and for links."""
        return st.Page(
            ROOT / f"pages/{self.name}.py",
            title=self.title,
            icon=f":material/{self.icon}:",
            url_path="" if self.name == "home" else self.name.replace("_", "-"),
            default=self.name == "home",
            help=self.help,
        )


ROWS = (Row("home", "Home", "home", "Begin here, or go on where you stopped."),)


def navigate(*, hidden: bool = False) -> st.Page:
    """Register all pages and return the one that the address asks for; hidden, the sidebar lists none."""
    sections: dict[str, list[st.Page]] = {}
    for row in ROWS:
        sections.setdefault(row.section, []).append(row.page())
    return st.navigation(sections, expanded=True, position="hidden" if hidden else "sidebar")
