"""A provider's button: streamlit-oauth's own, which opens the provider in a window and brings back what it answers.

Of what comes back, only code, state, issuer and error are taken, as from any browser. The rest of that library, which
believes a token that a browser makes up, is not used.
"""

from __future__ import annotations

import logging
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import streamlit as st

from components.auth.arrival import answer_in, arrive
from components.auth.flow import begin
from components.auth.identity import SignInFailedError
from components.auth.providers import Provider
from components.auth.ui.visiting import flow_cookie, visitor_address
from components.errors import AppError
from components.session import session
from components.settings import ROOT
from components.store import User
from components.store.flows import FLOW_SECONDS, Flow, begin_flow, take_flow
from components.workbench import workbench

log = logging.getLogger("groundwork")

PATIENCE = 2.0  # seconds that the door waits for a provider to say where its page is
ASKED_AGAIN = 30.0  # seconds after which one that did not answer is asked again
WINDOW = {"popup_height": 700, "popup_width": 520}
RENEWED = FLOW_SECONDS / 2  # seconds after which a button gets a new address, so that nobody meets an old one

_asking = ThreadPoolExecutor(4, thread_name_prefix="groundwork-providers")


@dataclass(frozen=True)
class Begun:
    """A sign-in that a button of this tab would begin."""

    flow: Flow
    url: str


@dataclass
class Buttons:
    """The sign-ins of this tab, by provider."""

    begun: dict[str, Begun] = field(default_factory=dict)
    away: dict[str, float] = field(default_factory=dict)  # providers that did not answer, with the time of it
    browser: str = ""  # the secret of the last sign-in here that waits for a consent
    refused: dict[str, AppError] = field(default_factory=dict)  # why the last sign-in came to nothing, to be said once


def show_provider(provider: Provider, *, link: str = "") -> User | str | None:
    """Draw a provider's button, and let in whoever comes back by it.

    Args:
        provider: Whose button.
        link: The word of a way in that waits for this sign-in as its consent.

    Returns:
        As ``arrive``; None where nobody came back in this run, or the provider cannot be reached.

    Raises:
        SignInFailedError: What came back is not believed.
        NotInvitedError: Nothing lets this person in.
    """
    begun = _begun(provider)
    if begun is None:
        st.button(
            f"{provider.title} cannot be reached now", disabled=True, width="stretch", key=f"away-{provider.name}"
        )
        return None
    brought = _button(provider, begun)
    if not isinstance(brought, Mapping):
        return None
    del session(Buttons).begun[provider.name]  # one sign-in, whatever comes of it
    answer = answer_in(brought)
    store, settings = workbench().store, workbench().settings
    if not secrets.compare_digest(answer.get("state", "").encode(), begun.flow.state.encode()):
        answer["state"] = ""  # of another sign-in: there is none such in this tab
    flow = take_flow(store, answer["state"], begun.flow.browser)
    came = arrive(store, settings, flow, answer, link=link, browsers=browser_secrets(), address=visitor_address())
    if isinstance(came, str):
        session(Buttons).browser = begun.flow.browser
    return came


def browser_secrets() -> tuple[str, ...]:
    """What ties a way in that waits to this browser: the cookie of a full-page sign-in, or the tab itself."""
    return flow_cookie(), session(Buttons).browser


def _begun(provider: Provider) -> Begun | None:
    """What this tab's button leads to; None where the provider does not say soon where its page is."""
    held, now = session(Buttons), time.time()
    found = held.begun.get(provider.name)
    if found and now - found.flow.created_at < RENEWED:
        return found
    if now - held.away.get(provider.name, 0.0) < ASKED_AGAIN:
        return None
    made = _make(provider)
    if made is None:
        held.away[provider.name] = now
    else:
        held.begun[provider.name] = made
    return made


def _make(provider: Provider) -> Begun | None:
    bench = workbench()
    flow = begin_flow(bench.store, provider=provider.name, browser=secrets.token_urlsafe(32), mode="popup")
    asked: Future[str] = _asking.submit(
        begin, provider, bench.settings, nonce=flow.nonce, state=flow.state, verifier=flow.verifier
    )
    try:
        return Begun(flow, asked.result(PATIENCE))
    except (SignInFailedError, TimeoutError) as error:
        why = error.__cause__ or error or "it does not answer"  # the cause says which address, and what was wrong
        log.warning("%s cannot be offered at the door: %s", provider.name, why)
        return None


def _button(provider: Provider, begun: Begun) -> Any:
    import streamlit_oauth  # in a session's run: a server that imports it would not serve the button's files

    return streamlit_oauth._authorize_button(
        authorization_url=begun.url,
        name=f"Continue with {provider.title}",
        icon=provider.icon or _icon(provider.preset),
        use_container_width=True,
        auto_click=False,
        key=f"by-{provider.name}-{begun.flow.created_at}",
        **WINDOW,
    )


@cache
def _icon(preset: str) -> str:
    named = ROOT / f"static/icons/{preset}.svg"
    file = named if named.is_file() else ROOT / "static/icons/way-in.svg"
    return "data:image/svg+xml;base64," + b64encode(file.read_bytes()).decode()
