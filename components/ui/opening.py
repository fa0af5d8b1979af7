"""How every page begins: the visitor is admitted or sees the door, then the frame around the page is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from components.auth.ui import admitted_session, show_door
from components.errors import AppError, SignInRequiredError
from components.store import User
from components.ui.brand import show_logo, show_mark
from components.ui.errors import error_box
from components.ui.sidebar import show_sidebar

ABOUT = "Groundwork: every answer shows its work."

_admitted: ContextVar[User | None] = ContextVar("admitted", default=None)  # in the run that goes on now, in its thread


@contextmanager
def run_of(user: User) -> Iterator[None]:
    """The run of a page, for the user who was admitted at its beginning; the next run is decided anew."""
    before = _admitted.set(user)
    try:
        yield
    finally:
        _admitted.reset(before)


def open_page(title: str) -> User:
    """Begin a page: return its admitted user, or show the door and end the run.

    Every page calls this first. It sets the tab's title, the logo and the sidebar.
    """
    dress(title)
    user = current_user()
    show_logo()
    show_sidebar(user, title)
    return user


def current_user() -> User:
    """Return whose session this is, or show the door and end the run.

    Within ``run_of`` it is the one who was admitted there. A fragment that runs on its own, a callback, and a page that
    was reached past the entrance are outside of it, and admitted here.
    """
    try:
        return _admitted.get() or admitted_session()
    except AppError as error:
        show_door(error) if isinstance(error, SignInRequiredError) else error_box(error)
        st.stop()


def dress(title: str) -> None:
    """Set the tab's title and icon. The style has come with the front end's own page (``frontend.py``)."""
    st.set_page_config(
        page_title=title if title == "Groundwork" else f"{title} · Groundwork",
        layout="wide",
        menu_items={"About": ABOUT},
    )
    show_mark()
