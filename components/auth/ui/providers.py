"""The providers' buttons at the door, and the consent to a further way in."""

from __future__ import annotations

import streamlit as st

from components.auth.linking import WAITING, waiting
from components.auth.providers import Provider, find_provider, providers_of
from components.auth.ui.forms import come_in, show_password_form
from components.auth.ui.popup import Buttons, browser_secrets, show_provider
from components.auth.ui.refusals import show_refusal
from components.auth.ui.signing import go_to_provider
from components.auth.ui.words import plain
from components.errors import AppError
from components.session import session
from components.workbench import workbench


def show_providers(*, link: str = "", without: str = "") -> None:
    """Draw a button for each provider, and below them the way for a browser that opens no window.

    Args:
        link: The word of a way in that waits for a sign-in as its consent.
        without: The provider that is not offered.
    """
    shown = [provider for provider in providers_of(workbench().settings) if provider.name != without]
    if not shown:
        return
    with st.container(gap=None, key="providers"):
        for provider in shown:
            _show_one(provider, link)
    reached = [provider for provider in shown if provider.name in session(Buttons).begun]
    if reached:
        _in_this_window(reached)
    if len(reached) < len(shown):
        st.caption("Load this page again in half a minute: it is asked anew then.", text_alignment="center")


def show_consent(word: str) -> None:
    """Ask for the consent to a further way in: signing in as before gives it."""
    found = waiting(word, browser_secrets())
    settings = workbench().settings
    provider = find_provider(settings, found.identity.provider) if found else None
    if found is None or provider is None:
        return
    st.title("You are here already", anchor=False)
    st.markdown(
        f":gray[**{plain(found.email)}** has an account here. Sign in to it as you did before; from then on"
        f" **{plain(found.identity.name or found.identity.subject)}** at {plain(provider.title)} leads to it too.]"
    )
    show_providers(link=word, without=provider.name)
    if settings.has_local_accounts:
        show_password_form(link=word, email=found.email, button=f"Sign in and add {provider.title}")
    if st.button("Go back without adding it", type="tertiary", width="stretch"):
        WAITING.drop(word)
        st.query_params.clear()
        st.rerun()


def _show_one(provider: Provider, link: str) -> None:
    refused = session(Buttons).refused
    try:
        came = show_provider(provider, link=link)
    except AppError as error:
        refused[provider.name] = error
        st.rerun()  # what stands here now began the sign-in that is over: a new button, and why
    if provider.name in refused:
        show_refusal(refused.pop(provider.name), "" if link else provider.name)
    if isinstance(came, str):
        st.query_params.from_dict({"link": came})
        st.rerun()
    elif came is not None:
        come_in(came, provider.name, path="/" if link else "")


def _in_this_window(shown: list[Provider]) -> None:
    """Some browsers open no window, and some companies forbid it: the same sign-in then goes over this one."""
    names = {provider.title: provider.name for provider in shown}
    with st.container(horizontal_alignment="center", key="this-window"):
        if len(shown) == 1:
            chosen = shown[0].title if st.button("No window opens? Continue in this one", type="tertiary") else None
        else:
            chosen = st.menu_button("No window opens? Continue in this one", list(names), type="tertiary")
    if chosen:
        go_to_provider(names[chosen])
