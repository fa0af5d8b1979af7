"""The list of people: who they are, what they may do, where they sign in, when they were here, what they spent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from components.auth.ui.dialogs import open_dialog
from components.auth.ui.people_dialogs import DIALOGS, ROLE_WORDS
from components.auth.ui.ways import way_words
from components.session import session
from components.settings import Settings
from components.store import User
from components.store.people import Person
from components.ui import icon_menu
from components.ui.errors import plain
from components.ui.long_list import Shown, more_button, narrowed
from components.ui.reader import number, zone
from components.ui.words import ago
from components.workbench import workbench

STEP = 50  # people that are drawn at first, and with each press on more
HERE = 180.0  # seconds since the last use of a login that still count as now
MONEY = "This month"
EXPLAINED = {
    "Role": " · ".join(f"{role}: {words}" for role, words in ROLE_WORDS.items()),
    MONEY: "What their questions to models cost, by the providers' list prices; unknown where a price is.",
}
COLUMNS = (("Role", 116), ("Signs in through", 150), ("Last seen", 92), (MONEY, 84))  # with widths in pixels

_COLOURS: dict[str, Literal["green", "blue", "gray", "orange", "red"]] = {
    "administrator": "green",
    "analyst": "blue",
    "viewer": "gray",
    "invited": "orange",
    "barred": "red",
}


@dataclass
class ShownPeople(Shown):
    """How many people of a long list this tab shows."""

    most: int = STEP


def show_people(user: User, found: Sequence[Person]) -> None:
    """Draw the list; a long one in steps, narrowed by names and e-mails."""
    shown = session(ShownPeople)
    wanted = narrowed(found, _text, least=STEP // 4, by="name or e-mail", nothing="No name and no e-mail holds")
    with st.container(key="people-head", horizontal=True, gap="small"):
        with st.container(width="stretch"):
            st.caption("Name")
        for word, width in COLUMNS:
            with st.container(width=width):
                st.caption(word, text_alignment=_alignment(word), help=EXPLAINED.get(word))
    with st.container(gap=None, key="rows-people"):
        for person in wanted[: shown.most]:
            _row(user, person)
    more_button(ShownPeople, STEP, len(wanted) - shown.most, key="more-people")
    if not found:
        st.caption("Nobody is here yet.")


def _text(person: Person) -> str:
    return f"{person.name} {person.email or ''}"


def _row(user: User, person: Person) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-person-{person.id}"):
        with st.container(width="stretch", gap=None):
            you = " :gray[(you)]" if person.id == user.id else ""
            st.markdown(f"**{plain(person.name)}**{you}")
            if person.email:
                st.caption(plain(person.email))
        for part, (word, width) in zip(_parts(person), COLUMNS, strict=True):
            with st.container(width=width):
                st.markdown(part, text_alignment=_alignment(word))
        _menu(user, person)


def _alignment(word: str) -> Literal["left", "right"]:
    return "right" if word == MONEY else "left"


def _parts(person: Person) -> tuple[str, str, str, str]:
    """What stands under ``COLUMNS``, as Markdown."""
    word = person.role if person.state == "active" else person.state
    seen = "—" if person.seen_at is None else ago(person.seen_at, time.time(), zone())
    if person.seen_at is not None and time.time() - person.seen_at < HERE:
        seen = "now"
    through = ", ".join(way_words(workbench().settings, name) for name in person.providers)
    return f":{_COLOURS[word]}-badge[{word}]", plain(through) or "—", seen, _money(person.spent)


def _money(spent: float | None) -> str:
    return ":gray[unknown]" if spent is None else rf"\${number(spent, 2)}"


def _menu(user: User, person: Person) -> None:
    chosen = icon_menu(choices_for(user, person, workbench().settings), f"more-{person.id}")
    if chosen:
        open_dialog(DIALOGS[chosen], person.id)
        st.rerun()


def choices_for(user: User, person: Person, settings: Settings) -> list[str]:
    """What can be done with a person, by the words of ``DIALOGS``."""
    if person.state == "barred":
        return ["Let in again", "Remove"]
    choices = ["Change role"]
    if person.state == "invited":
        return [*choices, "New link", "Remove"]
    choices.append("Logins")
    if settings.has_local_accounts:
        choices.append("New password")
    return choices if person.id == user.id else [*choices, "Bar", "Remove"]
