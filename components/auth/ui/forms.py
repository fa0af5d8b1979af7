"""The forms of the door: sign in with a password, make the owner account, accept an invitation, set a new password."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.auth import accounts
from components.auth.linking import agree
from components.auth.passwords import SHORTEST
from components.auth.ui.popup import browser_secrets
from components.auth.ui.refusals import show_refusal
from components.auth.ui.signing import hand_over
from components.auth.ui.visiting import browser_cookie, visitor_address
from components.auth.ui.waking import draw_anew
from components.auth.ui.words import plain, typed
from components.errors import AppError
from components.store import User
from components.workbench import workbench

ON_PASSWORDS = f"At least {SHORTEST} characters. A sentence is fine."


def show_password_form(*, link: str = "", email: str = "", button: str = "Sign in") -> None:
    """E-mail and password of a local account.

    Args:
        link: The word of a way in that waits for this sign-in as its consent.
        email: Whose account it has to be; empty where it may be anybody's.
        button: What the button says.
    """
    with st.form("local", border=False):
        if not email:
            email = st.text_input("E-mail", autocomplete="username", key="door-email")
        password = st.text_input("Password", type="password", autocomplete="current-password", key="door-password")
        sent = st.form_submit_button(button, type="primary", width="stretch")
    if sent:
        store, who, seen = workbench().store, typed(email), (visitor_address(), browser_cookie())
        _enter(lambda: accounts.sign_in(store, who, password, *seen), link=link, tried="" if link else accounts.LOCAL)


def show_set_up() -> None:
    """The first account of a new workbench."""
    st.title("Set up Groundwork", anchor=False)
    st.markdown(":gray[You are the first here. This account owns the workbench; you can invite others afterwards.]")
    with st.form("owner", border=False):
        code = st.text_input(
            "Set-up code",
            placeholder="printed in the server's log at start",
            help="It proves that you run this server. It works once.",
            autocomplete="one-time-code",
            key="door-code",
        )
        email = st.text_input("E-mail", autocomplete="username", key="door-email")
        password = _new_password()
        sent = st.form_submit_button("Create the owner account", type="primary", width="stretch")
    if sent:
        _enter(lambda: accounts.set_up(workbench().store, code, typed(email), password, visitor_address()), "/")
    st.caption("Next: choose where answers come from. The built-in model works without a key.")


def show_invitation(code: str, *, with_password: bool = True) -> bool:
    """Accept an invitation: a name and a password of one's own, where accounts have one here.

    Returns:
        Whether it is still good.
    """
    who = accounts.invited(workbench().store, code)
    if who is None:
        _show_used_up("This invitation was used, or is too old", "Ask for a new one, or sign in.")
        return False
    st.title("You are invited", anchor=False)
    if with_password:
        st.markdown(f":gray[Choose a name and a password for **{plain(who.email or '')}**.]")
        _invitation_form(code, who)
    else:
        st.markdown(f":gray[Sign in as **{plain(who.email or '')}**.]")
    return True


def _invitation_form(code: str, who: User) -> None:
    with st.form("invitation", border=False):
        name = st.text_input("Name", value=who.name, autocomplete="name", key="door-name", max_chars=200)
        password = _new_password()
        sent = st.form_submit_button("Accept and sign in", type="primary", width="stretch")
    if sent:
        _enter(lambda: accounts.accept_invitation(workbench().store, code, name, password, visitor_address()), "/")


def show_reset(code: str) -> None:
    """Set a new password by the link that an administrator gave."""
    who = accounts.owner_of_reset(workbench().store, code)
    if who is None:
        _show_used_up("This link was used, or is too old", "Ask an administrator for a new one, or sign in.")
        return
    st.title("Choose a new password", anchor=False)
    st.markdown(f":gray[for **{plain(who.email or who.name)}**. Whoever is signed in with the old one is signed out.]")
    with st.form("reset", border=False):
        password = _new_password()
        sent = st.form_submit_button("Set the password and sign in", type="primary", width="stretch")
    if sent:
        _enter(lambda: _reset(code, password), "/")


def _reset(code: str, password: str) -> User:
    found = accounts.reset(workbench().store, code, password, visitor_address())
    draw_anew({found.id})
    return found


def _show_used_up(title: str, todo: str) -> None:
    st.title(title, anchor=False)
    st.markdown(f":gray[{todo}]")
    if st.button("Go to sign-in", width="stretch"):
        st.query_params.clear()
        st.rerun()


def _new_password() -> str:
    return st.text_input(
        "Password", type="password", help=ON_PASSWORDS, autocomplete="new-password", key="door-new-password"
    )


def come_in(found: User, way: str, *, path: str = "") -> None:
    """Sign somebody in who has proved who they are, and go on to ``path``, or to the page that the address asks for."""
    from components.store.logins import open_ticket

    if {"failed", "invite", "reset"} & set(st.query_params):
        path = path or "/"  # what the address told of is over
    hand_over(open_ticket(workbench().store, found.id, way), path)


def _enter(prove: Callable[[], User], path: str = "", link: str = "", tried: str = "") -> None:
    """Sign somebody in who proves who they are, or say why not."""
    bench = workbench()
    try:
        with st.spinner("One moment", show_time=False):
            found = prove()
            agree(bench.store, bench.settings, link, found, visitor_address(), browsers=browser_secrets())
    except AppError as error:
        show_refusal(error, tried)
    else:
        come_in(found, accounts.LOCAL, path="/" if link else path)
