"""What the screens of models stand on: who stands how, for this visitor, at this moment."""

from __future__ import annotations

import streamlit as st

from components.llm.choices import Choice, Standing, Wish, choices_for, standings
from components.llm.listings import Listings, listings
from components.store import User
from components.ui import current_user
from components.workbench import workbench

LOOK_AGAIN = 0.7  # seconds between two looks while a list is on its way


def lists() -> Listings:
    """This process's lists of models."""
    return listings(workbench().loop)


def standings_of(user: User) -> tuple[Standing, ...]:
    """Every provider but the built-in one, as it stands for this user."""
    bench = workbench()
    return standings(bench.settings, bench.store, user.id, lists())


def choices_of(user: User, *wishes: Wish) -> tuple[Choice, ...]:
    """All that this user can choose now; a wished model counts while its provider's list is on its way."""
    bench = workbench()
    return choices_for(bench.settings, bench.store, user.id, lists(), bench.builtin, wishes)


def on_its_way(user: User) -> bool:
    """Whether a list is being fetched."""
    return any(one.listing and one.listing.state == "fetching" for one in standings_of(user))


def watch_lists(user: User) -> None:
    """While a list is on its way, look again and draw the page once all are here. The page is never held up."""
    if on_its_way(user):
        _watching()


@st.fragment(run_every=LOOK_AGAIN)
def _watching() -> None:
    if not on_its_way(current_user()):
        st.rerun()
