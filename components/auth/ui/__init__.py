"""Admission of a session, and the door that a stranger sees instead of a page."""

from __future__ import annotations

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.auth.admission import NOBODY, Admission, RequestFacts, admission, facts_from
from components.auth.gate import STALE
from components.auth.tabs import TabEndedError, note_tab
from components.errors import SignInRequiredError
from components.session import belong_to
from components.store import User
from components.workbench import workbench

__all__ = ["admission_of_session", "admitted_session", "facts_of_session", "show_door"]


def show_door(reason: SignInRequiredError) -> None:
    """Draw the door. What draws it is loaded for the first stranger: whoever is in never needs it."""
    from components.auth.ui.door import show_door as draw

    draw(reason)


def facts_of_session() -> RequestFacts:
    """What admission looks at in the handshake of this session; nothing at all where there is none (a bare script)."""
    context = get_script_run_ctx(suppress_warning=True)
    client = runtime.get_instance().get_client(context.session_id) if context and runtime.exists() else None
    handshake = client.client_context if client else None
    if handshake is None:
        return RequestFacts(None, ())
    return facts_from(handshake.remote_ip, handshake.headers)


def admitted_session() -> User:
    """Return whose session this is. It is asked again at every run: a session outlives what admitted it.

    Raises:
        SignInRequiredError: Nobody is admitted.
    """
    return admission_of_session().user


def admission_of_session() -> Admission:
    """Return whose session this is, and by which login. What the tab held for anybody else is emptied first.

    Raises:
        SignInRequiredError: Nobody is admitted, or this tab was somebody else's and has to be loaded anew.
    """
    bench = workbench()
    facts = facts_of_session()
    try:
        found = admission(facts, bench.settings, bench.store)
    except SignInRequiredError as reason:
        if _belongs_to(NOBODY):
            raise TabEndedError from reason
        raise
    if _belongs_to(found.key, found.user.id) or facts.one(STALE):
        raise TabEndedError
    return found


def _belongs_to(key: str, user_id: str = "") -> bool:
    """Say whose this tab is; whether it was another one's."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return False
    note_tab(context.session_id, key, user_id)
    before = belong_to(key)
    return before not in (None, NOBODY, key)
