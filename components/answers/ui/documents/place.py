"""Which place on which page is shown: it stands in the page's address, so a link and a refresh lead to it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.answers.documents.evidence import Place, place_named, places
from components.conversations.reading import said
from components.store import User
from components.store.conversations import Reply, Turn
from components.store.evidence import evidence
from components.workbench import workbench

AT = "at"  # in the address: ``2.3``, the third citation of the second turn's answer


@dataclass(frozen=True)
class Open:
    """The place that is shown, with the evidence that it belongs to."""

    turn: int
    place: Place
    body: Mapping[str, Any]
    sought: bool  # by the reader


def body_of(user: User, reply: Reply) -> Mapping[str, Any] | None:
    """What a reply found, also while it is still being made; None where nothing was found yet."""
    result = reply.result or said(workbench().store, user.id, reply).found
    return evidence(workbench().store, user.id, str(result["evidence"])).body if result else None


def open_place(user: User, turns: Sequence[Turn]) -> Open | None:
    """The place that the address names; else the first one of the newest turn that has any."""
    number, _, name = st.query_params.get(AT, "").partition(".")
    for turn in reversed(turns):
        named = str(turn.number) == number
        if not turn.replies or (number and not named and any(str(one.number) == number for one in turns)):
            continue
        body = body_of(user, turn.replies[-1])
        place = (place_named(body, name) if named else None) or next(iter(places(body)), None) if body else None
        if place and body:
            return Open(turn.number, place, body, named)
    return None


def go_to(turn: int, name: str) -> None:
    """Show another place, from the next run on."""
    st.query_params[AT] = f"{turn}.{name}"


def forget() -> None:
    """Show the newest answer's own first place again."""
    st.query_params.pop(AT, None)
