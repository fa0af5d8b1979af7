"""People and audit: who may do what, who did what, and how everybody signs in."""

from __future__ import annotations

import streamlit as st

from components.auth.roles import require_role
from components.auth.ui.audit import show_audit
from components.auth.ui.dialogs import open_dialog
from components.auth.ui.people import show_people
from components.auth.ui.people_dialogs import show_open_dialog
from components.auth.ui.trials import show_sign_in
from components.auth.ui.ways import ways_words
from components.errors import AccessError
from components.store import User
from components.store.people import Person, people
from components.ui import header, measure
from components.ui.reader import counted
from components.workbench import workbench

WIDTH = 1000
TABS = ("People", "Audit", "Sign-in")


def show_administration(user: User) -> None:
    """Draw the page. Raises ``AccessError`` for who is no administrator, and where nobody signs in."""
    bench = workbench()
    require_role(user, "administer")
    if not bench.settings.asks_sign_in:
        raise AccessError(
            "Nobody signs in to this workbench: there are no people to manage.",
            todo="Whoever runs it can set GROUNDWORK_SIGN_IN=required.",
        )
    found = people(bench.store, user.id)
    facts = f"{counted(len(found), 'person', 'people')} · sign-in through {ways_words(bench.settings)}"
    with measure(WIDTH):
        header("People and audit", facts, _invite_button, purpose="Who may do what, and who did what.")
        tabs = dict(zip(TABS, st.tabs(TABS, key="administration", on_change="rerun"), strict=True))
        for name, tab in tabs.items():
            if tab.open:
                with tab:
                    _show(name, user, found)
    show_open_dialog(user, found)


def _show(name: str, user: User, found: list[Person]) -> None:
    if name == "People":
        show_people(user, found)
    elif name == "Audit":
        show_audit(user)
    else:
        show_sign_in()


def _invite_button() -> None:
    st.button(
        "Invite", type="primary", icon=":material/person_add:", key="invite", on_click=open_dialog, args=("invite",)
    )
