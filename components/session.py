"""What one tab holds, typed: a class is its own key. Nothing of value lives only here; the store is the truth."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def session(kind: type[T]) -> T:
    """Return this visitor's own ``kind``, made without arguments on first use and kept until the tab closes.

    A value left by an older version of the class (the source was edited while the app ran) is replaced.
    """
    key = f"{kind.__module__}.{kind.__qualname__}"
    held = st.session_state.get(key)
    if not isinstance(held, kind):
        held = st.session_state[key] = kind()
    return held
