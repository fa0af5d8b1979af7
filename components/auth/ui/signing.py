"""What only the browser can do at a sign-in: trade a ticket for the cookie, give it back, load the page anew."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from components.session import session

_signing = st.components.v2.component(
    "groundwork_signing", js=(Path(__file__).parent / "signing.js").read_text(encoding="utf-8")
)
SAID = {  # what is read where the browser could not do it
    "refused": "The server did not take this sign-in: it took too long. Try again.",
    "unreachable": "The server could not be reached. Try again.",
}


@dataclass
class Handing:
    """What this tab's browser is told to do; ``once`` names it, so that no later run does it again."""

    act: str = ""
    ticket: str = ""
    path: str = ""
    once: str = ""
    failed: str = ""


def hand_over(ticket: str, path: str = "") -> None:
    """Have the browser trade this ticket for the cookie, then open ``path``, or this page anew where it is empty."""
    _begin(Handing("hand", ticket, path))


def sign_out(path: str) -> None:
    """Have the browser give its cookie back, then open ``path``."""
    _begin(Handing("out", path=path))


def go_to_provider(name: str) -> None:
    """Have the browser go to a provider's own page in this window, and come back to the page that it is on."""
    _begin(Handing("go", path=f"/api/sign-in/{name}"))


def show_signing(*, reload: bool = False) -> None:
    """Draw nothing, and do what was begun. A page draws it in every run: it hears when another tab signs in or out."""
    told = session(Handing)
    data = {"act": told.act, "ticket": told.ticket, "path": told.path, "once": told.once}
    if reload:
        data = {"act": "reload", "once": secrets.token_hex(8)}
    failed = _signing(key="signing", data=data, on_failed_change=lambda: None, height="content").failed
    if failed in SAID and told.once:
        _begin(Handing(failed=SAID[failed]))
        st.rerun()


def failed_signing() -> str:
    """What went wrong in the browser, once; empty where nothing did."""
    told = session(Handing)
    said, told.failed = told.failed, ""
    return said


def _begin(what: Handing) -> None:
    told = session(Handing)
    told.act, told.ticket, told.path, told.failed = what.act, what.ticket, what.path, what.failed
    told.once = secrets.token_hex(8) if what.act else ""
