"""The picker of a model that chat and asks share: only what can be used now, and it remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from components.llm.choices import Choice, Standing, choices_in, model_of, remembered
from components.llm.keys import key_for
from components.llm.ui.live import lists, on_their_way, standings_of, watch_lists
from components.llm.vocabulary import Model
from components.store import User
from components.store.users import set_preferences
from components.ui import current_user
from components.ui.navigation import page_named
from components.workbench import workbench

DEFAULT = "model"  # the preference for new conversations
PATIENCE = 0.3  # seconds that the first run of a page waits for lists; local servers answer in a few milliseconds
WIDTH = 220

Name = Mapping[str, str]  # of a choice: its provider and model


def choose_model(
    kind: str,
    wish: Mapping[str, Any] | None = None,
    *,
    without: Choice | None = None,
    on_pick: Callable[[Name], None] | None = None,
) -> Choice | None:
    """Draw the picker and return what is chosen; None where nothing can be used yet (the picker says so).

    Where the model that is wished for is away, another one stands in for it, and nothing is remembered.

    Args:
        kind: Of the conversation (chat, tables ...): each kind remembers its own model for new conversations.
        wish: The conversation's own choices, with ``provider`` and ``model``; they go before what is remembered.
        without: The choice to ask no model, for what can be answered without; it stands last.
        on_pick: Called with the name of what the user picks, before the page is drawn again.
    """
    user = current_user()
    wishes = (wish, user.preferences.get(_remembers(kind)), user.preferences.get(DEFAULT))
    standing = _standing(user)
    choices = choices_in(standing, workbench().builtin, wishes) + ((without,) if without else ())
    first = remembered(choices, *wishes)
    watch_lists(standing)
    if first is None:
        st.page_link(page_named("models"), label="Add a model", icon=":material/add:")
        return None
    return _pick(kind, choices, first, on_pick)


def model_behind(choice: Choice) -> Model:
    """The model behind a choice, asked with this visitor's key. It can be kept and run behind the page."""
    bench = workbench()
    return model_of(choice, key_for(bench.settings, bench.store, current_user().id, choice.provider))


def _pick(kind: str, choices: tuple[Choice, ...], first: Choice, on_pick: Callable[[Name], None] | None) -> Choice:
    labels = {_value(choice): choice for choice in choices}
    key = f"model-{kind}-{_value(first)}"
    picked = st.selectbox(
        "Model",
        list(labels),
        index=list(labels).index(_value(first)),
        format_func=lambda value: labels[value].label if value in labels else value,
        label_visibility="collapsed",
        width=WIDTH,
        key=key,
        help=None,
        on_change=_remember,
        args=(kind, key, {value: choice.name for value, choice in labels.items()}, on_pick),
    )
    return labels.get(picked, first)


def _remember(kind: str, key: str, names: Mapping[str, Name], on_pick: Callable[[Name], None] | None) -> None:
    name = names.get(st.session_state[key])
    if name:
        set_preferences(workbench().store, current_user().id, **{_remembers(kind): dict(name)})
        if on_pick:
            on_pick(name)


def _standing(user: User) -> tuple[Standing, ...]:
    standing = standings_of(user)
    waiting = on_their_way(standing)
    if not waiting:
        return standing
    lists().wait([(user.id, one.provider, one.key) for one in waiting], PATIENCE)
    return standings_of(user)


def _remembers(kind: str) -> str:
    return f"model_{kind}"


def _value(choice: Choice) -> str:
    return f"{choice.provider.name}/{choice.model}"
