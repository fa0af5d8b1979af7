"""What the screens of models stand on: who stands how, for this visitor, at this moment."""

from __future__ import annotations

import time
from collections.abc import Iterable

import streamlit as st

from components.llm.choices import Standing, choices_in, standings
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


def can_answer(user: User) -> bool:
    """Whether a model is here that a question of this user can go to now."""
    return bool(choices_in(standings_of(user), workbench().builtin))


def on_their_way(standing: Iterable[Standing]) -> list[Standing]:
    """Those whose list is being fetched."""
    return [one for one in standing if one.listing and one.listing.state == "fetching"]


def watch_lists(standing: Iterable[Standing]) -> None:
    """While a list is on its way, look again and draw the page once all are here. The page is never held up."""
    if on_their_way(standing):
        _watching(time.monotonic())


@st.fragment(run_every=LOOK_AGAIN)
def _watching(began: float) -> None:
    looks_again = time.monotonic() - began > LOOK_AGAIN / 2  # not while the page itself is drawn: it would begin anew
    if looks_again and not on_their_way(standings_of(current_user())):
        st.rerun()
