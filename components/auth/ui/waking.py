"""Open tabs run again at once when what they show is no longer their reader's: a share was taken back, a login ended.

It reaches the tabs of this process. Those of another one, and a tab whose login ends by time, show it at their next
press: nothing that a tab asks for is given to it meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection

from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.auth.tabs import tabs_of


def draw_anew(user_ids: Collection[str]) -> None:
    """Have every other open tab of these users run again, as it stands. One whose login has ended loads itself anew."""
    if not runtime.exists():
        return
    here = get_script_run_ctx(suppress_warning=True)
    for session_id in tabs_of(user_ids):
        tab = runtime.get_instance().get_app_session(session_id)
        if tab and not (here and here.session_id == session_id):
            _run_again(tab)


def _run_again(tab: AppSession) -> None:
    """As after a change of the source: the same page, nothing pressed, every widget as it is."""
    tab._call_soon_on_event_loop(lambda: tab.request_rerun(tab._client_state))
