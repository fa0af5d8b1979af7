"""What one tab holds, typed: a class is its own key. Nothing of value lives only here; the store is the truth."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

T = TypeVar("T")

_OWNER = "groundwork-owner"


def session(kind: type[T]) -> T:
    """Return this visitor's own ``kind``, made without arguments on first use and kept until the tab closes.

    Another login in this tab, or none, finds nothing of it: see ``belong_to``. A value left by an older version of the
    class (the source was edited while the app ran) is replaced.
    """
    key = f"{kind.__module__}.{kind.__qualname__}"
    held = st.session_state.get(key)
    if not isinstance(held, kind):
        held = st.session_state[key] = kind()
    return held


def belong_to(owner: str) -> str | None:
    """Say whose this tab is now. Everything that it held for anybody else is emptied, whoever put it there.

    Returns:
        Whose it was until now; None in a tab's first run.
    """
    before: str | None = st.session_state.get(_OWNER)
    if before not in (None, owner):
        _empty()
    if before != owner:
        st.session_state[_OWNER] = owner
    return before


def _empty() -> None:
    """Empty all state of this tab: ours, every widget's, fragments, uploaded files."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        st.session_state.clear()
        return
    state = context.session_state
    with state._lock:  # SessionStateProxy.clear() leaves what has no key of ours
        state._state.clear()
    context.fragment_storage.clear()
    context.uploaded_file_mgr.remove_session_files(context.session_id)
