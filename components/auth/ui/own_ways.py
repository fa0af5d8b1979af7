"""One's own logins, and one's ways in: providers, and a password."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from components.auth import accounts
from components.auth.passwords import SHORTEST
from components.auth.providers import Provider, providers_of
from components.auth.ui import admission_of_session
from components.auth.ui.browsers import show_logins
from components.auth.ui.dialogs import OpenDialog, close_dialog, is_open, open_dialog
from components.auth.ui.signing import sign_out
from components.auth.ui.visiting import browser_cookie, visitor_address
from components.auth.ui.waking import draw_anew
from components.auth.ui.ways import way_words
from components.errors import AppError
from components.session import session
from components.store import User
from components.store.audit import note
from components.store.identities import LONGEST_NAME, Identity, delete_identity, identities, names_themselves, rename
from components.store.logins import Login, end_login, end_logins, logins
from components.store.passwords import password_hash
from components.ui import current_user, error_box
from components.ui.errors import plain
from components.ui.reader import counted
from components.workbench import workbench


def show_ways(user: User) -> None:
    """Draw the logins, then the ways in."""
    bench, this = workbench(), admission_of_session().login
    found = logins(bench.store, user.id, bench.settings.login_idle_minutes * 60)
    st.subheader("Logins", anchor=False)
    if not found:
        st.caption("You come in through a proxy that says who you are: there is no login here to end.")
    else:
        _show_logins(found, this.id if this else "")
    st.space("small")
    st.subheader("Ways in", anchor=False)
    _show_identities(user)
    if bench.settings.has_local_accounts:
        _show_password(user)
    if names_themselves(bench.store, user.id):
        _show_name(user)


def _show_logins(found: Sequence[Login], this: str) -> None:
    found = sorted(found, key=lambda login: login.id != this)  # the one that one looks with, then as they were used
    show_logins(found, end=lambda login_id: _do(lambda: _end(login_id)), this=this)
    others = sum(login.id != this for login in found)
    if others and st.button(f"End the other {counted(others, 'login')}", key="end-others", icon=":material/logout:"):
        _do(lambda: _end_others(this))


def _end(login_id: str) -> None:
    store, me = workbench().store, current_user().id
    ended = end_login(store, me, login_id)
    note(store, me, "ended a login", detail=ended.browser, address=visitor_address())
    draw_anew({me})


def _end_others(this: str) -> None:
    store, me = workbench().store, current_user().id
    count = end_logins(store, me, but=this or None)
    note(store, me, "ended all other logins", detail=f"{count} in all", address=visitor_address())
    draw_anew({me})


def _show_identities(user: User) -> None:
    found = identities(workbench().store, user.id)
    with st.container(gap=None, key="rows-identities"):
        for identity in found:
            _identity(identity)
        if password_hash(workbench().store, user.id) is not None:
            with st.container(key="row-way-password", gap=None):
                st.markdown(":material/password: **Password**")
                st.caption("Kept here as a hash, from which it cannot be read.")
    there = {identity.provider for identity in found}
    others = [provider for provider in providers_of(workbench().settings) if provider.name not in there]
    if others and user.email:
        _show_others(user.email, others)


def _show_others(email: str, others: Sequence[Provider]) -> None:
    """Offer the providers through which the user does not come in yet. The door does the rest: it asks for consent."""
    with st.container(horizontal=True, gap="small", key="add-ways"):
        for provider in others:
            path = f"/api/sign-in/{provider.name}?back=%2Fprofile"
            label, icon = f"Add {plain(provider.title)}", ":material/add:"
            st.button(label, key=f"add-{provider.name}", icon=icon, type="tertiary", on_click=sign_out, args=(path,))
    st.caption(
        f"It must have verified {plain(email)}. You are signed out, sign in there, and then once more as you did"
        " before: that is your consent, and from then on both lead here."
    )


def _identity(identity: Identity) -> None:
    title = way_words(workbench().settings, identity.provider)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-way-{identity.id}"):
        with st.container(width="stretch", gap=None):
            st.markdown(f":material/key: **{plain(title)}**")
            st.caption(plain(identity.email or "without a verified e-mail"))
        away = ("way", identity.id)
        st.button("Remove", key=f"remove-{identity.id}", type="tertiary", on_click=open_dialog, args=away)
    if is_open("way") and session(OpenDialog).about == identity.id:
        st.dialog("Remove this way in?", on_dismiss=close_dialog)(_remove_identity)(identity)


def _remove_identity(identity: Identity) -> None:
    title = plain(way_words(workbench().settings, identity.provider))
    st.markdown(f"You can then no longer sign in here through **{title}**. Browsers that are signed in stay so.")
    if st.button("Remove it", type="primary", key="remove-way-yes"):
        _do(lambda: _removed(identity))


def _removed(identity: Identity) -> None:
    store, me = workbench().store, current_user().id
    delete_identity(store, me, identity.id)
    close_dialog()
    note(
        store, me, "removed a sign-in", thing=identity.provider, detail=identity.email or "", address=visitor_address()
    )


def _show_password(user: User) -> None:
    """Change the password, or set the first one of somebody who came through a provider."""
    has_one = password_hash(workbench().store, user.id) is not None
    if not user.email:
        return  # a password goes with an e-mail
    with st.expander("Change the password" if has_one else "Set a password", type="compact"):
        with st.form("password", border=False, clear_on_submit=True):
            old = ""
            if has_one:
                old = st.text_input("Password until now", type="password", autocomplete="current-password", key="old")
            new = st.text_input("New password", type="password", autocomplete="new-password", key="new-password")
            st.caption(f"At least {SHORTEST} characters. A sentence is fine. All your other logins end.")
            pressed = st.form_submit_button("Change it" if has_one else "Set it", key="change-password")
        if pressed and _change_password(old, new):
            st.markdown(":green[:material/check_circle: The new password counts from now on.]")


def _show_name(user: User) -> None:
    with st.expander("Change your name", type="compact"), st.form("name", border=False):
        name = st.text_input("Name", user.name, max_chars=LONGEST_NAME, autocomplete="name", key="own-name")
        st.caption("Others read it where you share something with them.")
        if st.form_submit_button("Change it", key="change-name"):
            _do(lambda: rename(workbench().store, current_user().id, name, address=visitor_address()))


def _change_password(old: str, new: str) -> bool:
    admitted = admission_of_session()
    keep = admitted.login.id if admitted.login else None
    by = {"address": visitor_address(), "browser": browser_cookie()}
    try:
        accounts.change_password(workbench().store, admitted.user.id, old, new, keep=keep, **by)
    except AppError as error:
        error_box(error)
        return False
    draw_anew({admitted.user.id})
    return True


def _do(change: Callable[[], object]) -> None:
    """Do it and draw the page anew, or say why not."""
    try:
        change()
    except AppError as error:
        error_box(error)
    else:
        st.rerun()
