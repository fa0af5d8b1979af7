"""What is asked before a person is invited, changed, signed out or removed. A link that lets in is shown once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from components.auth.roles import ROLES
from components.auth.ui.browsers import show_logins
from components.auth.ui.dialogs import OpenDialog, close_dialog
from components.auth.ui.visiting import visitor_address
from components.auth.ui.waking import draw_anew
from components.auth.ui.ways import link_with
from components.belongings.deletion import remove
from components.errors import AppError
from components.session import session
from components.store import Store, User, people
from components.store.people import Person
from components.ui import current_user, error_box
from components.ui.errors import plain, typed
from components.ui.reader import counted
from components.workbench import workbench

INVITING = (
    "You get a link to send them; Groundwork sends no mail. Who signs in at a provider that has verified this e-mail"
    " comes in without the link."
)
INVITATION_FACTS = "The invitation is good for a week, once."
ROLE_WORDS = {
    "viewer": "looks at what is shared with them",
    "analyst": "brings tables and documents, asks models",
    "administrator": "all of that, and people, sign-in, audit",
}
DIALOGS = {
    "Change role": "role",
    "Logins": "logins",
    "New password": "password",
    "New link": "link",
    "Bar": "bar",
    "Let in again": "unbar",
    "Remove": "remove",
}
"""The names of the dialogs by the words of a person's menu."""


def show_open_dialog(user: User, found: Sequence[Person]) -> None:
    """Draw the dialog that stands open, if any."""
    held = session(OpenDialog)
    if held.name == "invite":
        st.dialog("Invite somebody", on_dismiss=close_dialog)(_invite)()
        return
    person = next((one for one in found if one.id == held.about), None)
    if held.name and person:
        title, draw = _DRAWN[held.name]
        st.dialog(title, on_dismiss=close_dialog)(draw)(person)
    elif held.name:
        close_dialog()  # removed in another tab meanwhile


# Dialogs run on their own, and admit their user themselves: in ``_do`` and in ``_make_link``.


def _invite() -> None:
    if session(OpenDialog).link:
        _show_link(INVITATION_FACTS)
        return
    with st.form("invite-form", border=False):
        email = st.text_input("E-mail", key="invite-email", max_chars=254, placeholder="name@example.com")
        name = st.text_input(
            "Name", key="invite-name", max_chars=200, placeholder="They can change it when they accept"
        )
        role = _choose_role("analyst", "invite-role")
        st.caption(INVITING)
        pressed = st.form_submit_button("Make the invitation", type="primary", key="invite-send")
    if pressed:
        _make_link(
            "invite", lambda s, me, at: people.invite(s, me, email=typed(email), name=name, role=role, address=at)
        )


def _role(person: Person) -> None:
    st.markdown(f"**{plain(person.name)}** is {person.role} now. Another role counts from their next press on.")
    role = _choose_role(person.role, f"role-{person.id}")
    settings = workbench().settings
    if settings.administrator_groups or settings.analyst_groups or settings.viewer_groups:
        st.caption(
            "Where a group of theirs has a role in the settings, the group's counts again from the next sign-in on."
        )
    if st.button("Change role", type="primary", disabled=role == person.role, key="role-yes"):
        _do(person, lambda s, me, at: people.set_role(s, me, person.id, role, address=at))


def _choose_role(now: str, key: str) -> str:
    return st.radio("Role", list(ROLES), index=list(ROLES).index(now), captions=list(ROLE_WORDS.values()), key=key)


def _logins(person: Person) -> None:
    found = people.logins_of(workbench().store, current_user().id, person.id)
    st.markdown(f"**{plain(person.name)}** is signed in with {counted(len(found), 'browser')}.")

    def end(login_id: str) -> None:
        _do(person, lambda s, me, at: people.end_login_of(s, me, person.id, login_id, address=at), stay=True)

    show_logins(found, end=end)
    if found and st.button("End all", key="end-all", icon=":material/logout:"):
        _do(person, lambda s, me, at: people.end_logins_of(s, me, person.id, address=at))


def _password(person: Person) -> None:
    if session(OpenDialog).link:
        _show_link("The link is good for a day, once. Whoever sets a password with it ends all logins.")
        return
    st.markdown(f"**{plain(person.name)}** gets a link with which to set a new password; until then the old one works.")
    if st.button("Make the link", type="primary", key="password-yes"):
        _make_link("reset", lambda s, me, at: people.reset_password(s, me, person.id, address=at))


def _new_link(person: Person) -> None:
    if session(OpenDialog).link:
        _show_link(INVITATION_FACTS)
        return
    st.markdown(f"A new link for **{plain(person.name)}** takes the place of the one before.")
    if st.button("Make the link", type="primary", key="link-yes"):
        _make_link("invite", lambda s, me, at: people.new_invitation(s, me, person.id, address=at))


def _bar(person: Person) -> None:
    st.markdown(f"**{plain(person.name)}** is signed out everywhere and cannot come in again. What they made stays.")
    if st.button("Bar", type="primary", key="bar-yes"):
        _do(person, lambda s, me, at: people.bar(s, me, person.id, address=at))


def _unbar(person: Person) -> None:
    st.markdown(f"**{plain(person.name)}** may come in again, as {person.role}, in the ways that they had before.")
    if st.button("Let in again", type="primary", key="unbar-yes"):
        _do(person, lambda s, me, at: people.unbar(s, me, person.id, address=at))


def _remove(person: Person) -> None:
    st.markdown(
        f"**{plain(person.name)}** goes, with every table, document, conversation, chart and key of theirs. What they"
        " shared is gone for everybody."
    )
    st.caption("The audit keeps what they did. To keep their things, bar them instead. This cannot be undone.")
    wanted = person.email or person.name
    given = st.text_input(f"Type {plain(wanted)} to go on", key=f"remove-{person.id}", autocomplete="off")
    sure = typed(given) == wanted
    if st.button("Remove for good", type="primary", disabled=not sure, key="remove-yes") and sure:
        _do(person, lambda _, me, at: draw_anew(remove(workbench(), me, person.id, address=at)))


_DRAWN: dict[str, tuple[str, Callable[[Person], None]]] = {
    "role": ("Change role", _role),
    "logins": ("Logins", _logins),
    "password": ("New password", _password),
    "link": ("New invitation", _new_link),
    "bar": ("Bar this person?", _bar),
    "unbar": ("Let in again?", _unbar),
    "remove": ("Remove this person?", _remove),
}


def _show_link(facts: str) -> None:
    st.markdown("Copy the link and send it yourself. **It is shown only now.**")
    st.code(session(OpenDialog).link, language=None, wrap_lines=True)
    st.caption(facts)
    if st.button("Done", type="primary", key="link-done"):
        close_dialog()
        st.rerun()


def _make_link(word: str, make: Callable[[Store, str, str], str]) -> None:
    try:
        code = make(workbench().store, current_user().id, visitor_address())
    except AppError as error:
        error_box(error)
    else:
        session(OpenDialog).link = link_with(word, code)
        st.rerun()


def _do(person: Person, change: Callable[[Store, str, str], object], *, stay: bool = False) -> None:
    """Do it, with the store, one's own id and address; draw the page anew, without the dialog unless it is to stay, and
    the person's tabs."""
    try:
        change(workbench().store, current_user().id, visitor_address())
    except AppError as error:
        error_box(error)
        return
    draw_anew({person.id})
    if not stay:
        close_dialog()
    st.rerun()
