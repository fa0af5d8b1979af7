"""The catalogue: every model that can be used now, where it runs, what it can do and costs; and the default one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.llm.abilities import known, talkers
from components.llm.catalogue import ModelFact
from components.llm.choices import Choice, Standing, built_in_choice, choice_of, remembered
from components.llm.ui.live import on_their_way
from components.llm.ui.picker import DEFAULT
from components.store import User
from components.store.users import set_preferences
from components.ui import current_user
from components.workbench import workbench

ALL, HERE, AWAY = "All", "Stays here", "Leaves this machine"
TALLEST = 14  # rows that are shown without scrolling
ROW_HEIGHT = 36
_USED = "New conversations begin with the default; each keeps the model that was chosen in it"
_CAN = "tools: calls functions · images: reads pictures · thinks first: reasons before it answers"
_CONTEXT = "How much of a conversation it can read at once; a token is some three quarters of an English word"
CAN = {"tools": "tools", "images": "images", "reasoning": "thinks first"}


@dataclass(frozen=True)
class Line:
    """One model of the table."""

    choice: Choice
    fact: ModelFact


def show_catalogue(user: User, standing: tuple[Standing, ...]) -> None:
    """Draw the section: filter, default model, table."""
    lines = _lines(standing)
    st.subheader("Catalogue", anchor=False)
    if not lines:
        _nothing(standing)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="catalogue-tools"):
        where = st.segmented_control(
            "Where", [ALL, HERE, AWAY], default=ALL, required=True, label_visibility="collapsed", key="where"
        )
        st.space("stretch")
        st.caption("Default for new conversations", width="content")
        default = _choose_default(user, tuple(line.choice for line in lines))
    _table([line for line in lines if where == ALL or line.choice.local == (where == HERE)], default)


def _lines(standing: tuple[Standing, ...]) -> list[Line]:
    lines = [Line(choice, ModelFact(choice.label, rates=(0, 0))) for choice in built_in_choice(workbench().builtin)]
    for one in standing:
        facts = talkers(one.listing.models) if one.listing else ()
        lines += [Line(choice_of(one.provider, fact), known(one.provider, fact)) for fact in facts]
    return lines


def _nothing(standing: tuple[Standing, ...]) -> None:
    if on_their_way(standing):
        st.skeleton(height=5 * ROW_HEIGHT)
        return
    st.caption("No model can be used yet. Fetch the built-in one on the home page, add a key, or start a local server.")


def _choose_default(user: User, choices: tuple[Choice, ...]) -> Choice | None:
    now = remembered(choices, user.preferences.get(DEFAULT))
    names = {f"{choice.provider.name}/{choice.model}": choice for choice in choices}
    at = next((i for i, choice in enumerate(choices) if choice == now), 0)
    key = f"default-model-{list(names)[at]}"  # another default, by a provider that comes or goes, is another field
    st.selectbox(
        "Default for new conversations",
        list(names),
        index=at,
        format_func=lambda value: names[value].label if value in names else value,
        label_visibility="collapsed",
        width=280,
        key=key,
        on_change=_keep_default,
        args=(key, {value: choice.name for value, choice in names.items()}),
    )
    return now


def _keep_default(key: str, names: Mapping[str, Mapping[str, str]]) -> None:
    """Keep it, and forget what each kind of conversation remembered: the new default is meant for all."""
    name, user = names.get(st.session_state[key]), current_user()
    if name:
        forgotten = dict.fromkeys(word for word in user.preferences if word.startswith(f"{DEFAULT}_"))
        set_preferences(workbench().store, user.id, **forgotten, **{DEFAULT: dict(name)})


def _table(lines: list[Line], default: Choice | None) -> None:
    if not lines:
        st.caption("No such model can be used yet.")
        return
    import pandas as pd

    frame = pd.DataFrame([_row(line, default) for line in lines])
    st.dataframe(
        frame,
        hide_index=True,
        alt="Models that can be used now, with provider, what happens to questions, context and price",
        height="content" if len(lines) <= TALLEST else (TALLEST + 1) * ROW_HEIGHT,
        placeholder="unknown",
        column_config=_columns(),
        key="catalogue",
    )


def _row(line: Line, default: Choice | None) -> dict[str, Any]:
    choice, fact = line.choice, line.fact
    can = None if fact.can is None else [CAN[word] for word in sorted(fact.can) if word in CAN]
    return {
        "model": choice.model if choice.model and not choice.drafts else choice.label,
        "used": ["default"] if default == choice else [],
        "provider": choice.provider.title,
        "where": "stays here" if choice.local else f"goes to {choice.host}",
        "can": ["SQL drafts"] if choice.drafts else can,
        "context": workbench().settings.model_context if choice.drafts else fact.context,
        "in": fact.rates[0] if fact.rates else None,
        "out": fact.rates[1] if fact.rates else None,
    }


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "model": config.TextColumn("Model", pinned=True, width=230),
        "used": config.MultiselectColumn("Used for", options=["default"], color=["green"], width=90, help=_USED),
        "provider": config.TextColumn("Provider"),
        "where": config.TextColumn("What happens to questions", width=210),
        "can": config.MultiselectColumn(
            "Can", options=["SQL drafts", *CAN.values()], color="gray", width=110, help=_CAN
        ),
        "context": config.NumberColumn("Context, tokens", format="localized", help=_CONTEXT),
        "in": config.NumberColumn("In, $ / M", format="%.2f", help="US dollars for a million tokens sent"),
        "out": config.NumberColumn("Out, $ / M", format="%.2f", help="US dollars for a million tokens of the reply"),
    }
