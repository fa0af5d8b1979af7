"""Admission of a session, and the door that a stranger sees instead of a page."""

from __future__ import annotations

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.auth.admission import RequestFacts, admit, facts_from
from components.auth.ui.door import show_door
from components.store import User
from components.workbench import workbench

__all__ = ["admitted_session", "facts_of_session", "show_door"]


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
    bench = workbench()
    return admit(facts_of_session(), bench.settings, bench.store)
