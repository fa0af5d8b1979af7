"""What a session runs first: the page that the address asks for, or the door."""

from __future__ import annotations

from components.auth.ui import admitted_session, show_door
from components.errors import AppError, SignInRequiredError
from components.store import User
from components.ui.errors import error_box
from components.ui.navigation import navigate
from components.ui.opening import dress, run_of
from components.warming import first_page


def enter() -> None:
    """Run the page that the address asks for. A stranger gets no navigation, and no page script runs for one.

    Admission is decided here, once in each run. The address is kept at the door, so that signing in can lead to the
    page that was asked for.
    """
    try:
        user = admitted_session()
    except AppError as reason:
        navigate()
        dress("Groundwork")
        show_door(reason) if isinstance(reason, SignInRequiredError) else error_box(reason)
    else:
        with run_of(user):
            _run(user)


def _run(user: User) -> None:
    try:
        navigate(user).run()
    finally:
        first_page.set()
