"""A card for each provider: how it stands, where it is, what was spent, and what can be done."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from components.errors import KeyRejectedError, UnreachableError
from components.llm.abilities import talkers
from components.llm.catalogue import host_of
from components.llm.choices import Standing
from components.llm.ui.dialogs import open_dialog
from components.llm.ui.live import lists
from components.store import User
from components.store import providers as stored
from components.store.providers import KeyFact
from components.store.usage import spent
from components.ui.errors import plain
from components.ui.navigation import page_named
from components.ui.reader import number
from components.workbench import workbench

FIRST = ("ollama", "anthropic", "openai", "gemini")  # shown also without a key
BUILT_IN_WORDS = {
    "ready": ("Ready", "green"),
    "starting": ("Starting", "blue"),
    "fetching": ("On its way", "blue"),
    "paused": ("Paused", "gray"),
    "absent": ("Not here yet", "gray"),
    "refused": ("Not wanted", "gray"),
    "no_memory": ("Too little memory", "orange"),
    "failed": ("Failed", "red"),
    "off": ("Off", "gray"),
}


@dataclass(frozen=True)
class Facts:
    """What the cards need beside the standings: which keys are the user's, and what this month cost."""

    keys: Mapping[str, KeyFact]
    costs: Mapping[str, float]


def show_cards(user: User, standing: tuple[Standing, ...]) -> None:
    """Draw the grid of cards; providers without a key, but for the best known, wait below."""
    store = workbench().store
    facts = Facts(stored.keys(store, user.id), {row.provider: row.cost for row in spent(store, user.id, _month())})
    shown = [one for one in standing if one.provider.name in FIRST or one.listing]
    with _grid("cards"):
        _built_in()
        for one in shown:
            _card(user, one, facts)
        _other_server()
    rest = [one for one in standing if one not in shown]
    if rest:
        titles = ", ".join(one.provider.title for one in rest)
        with st.expander(f"More providers: {titles}", type="compact"), _grid("more"):
            for one in rest:
                _card(user, one, facts)


def _grid(key: str) -> st.delta_generator.DeltaGenerator:
    return st.grid(3, min_column_width=250, gap="small", key=f"providers-{key}")


def _card(user: User, one: Standing, facts: Facts) -> None:
    provider = one.provider
    badge, colour = _status(one, facts)
    with st.container(border=True, height="stretch", gap="xsmall", key=f"provider-{provider.name}"):
        _title(provider.title, badge, colour)
        st.caption(f":material/{'lock' if provider.local else 'public'}: {plain(_about(one, facts))}")
        st.space("stretch")
        with st.container(horizontal=True, gap="xsmall"):
            _actions(user, one, facts)


def _title(title: str, badge: str, colour: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{plain(title)}**", width="stretch")
        if badge:
            st.badge(badge, color=colour)  # type: ignore[arg-type]  # one of its colours, by the table above


def _status(one: Standing, facts: Facts) -> tuple[str, str]:
    """The badge: a word or two, and a colour. Red is for what failed, not for what is simply not there."""
    if one.listing is None:
        return "No key", "gray"
    if one.listing.state == "fetching":
        return "Asking", "blue"
    if one.listing.state == "failed":
        return _failed(one)
    if one.provider.name in facts.keys:
        ending = facts.keys[one.provider.name].ending
        return (f"Key ends in …{ending}" if ending else "Your key"), "green"
    return ("Key of this server" if one.key else "Running"), "green"


def _failed(one: Standing) -> tuple[str, str]:
    error = one.listing.error if one.listing else None
    if isinstance(error, UnreachableError):
        by_itself = one.provider.local and not one.provider.own
        return ("Not running", "gray") if by_itself else ("Unreachable", "red")
    return ("Key refused" if isinstance(error, KeyRejectedError) else "Failed"), "red"


def _about(one: Standing, facts: Facts) -> str:
    listing, where = one.listing, host_of(one.provider)
    if listing is None:
        return f"{where} · {one.provider.about}"
    if listing.state == "failed" and listing.error:
        asked = " Is it running?" if isinstance(listing.error, UnreachableError) and one.provider.local else ""
        return listing.error.what + asked
    count = len(talkers(listing.models))
    words = [where]
    if listing.state == "ready":
        words.append("1 model" if count == 1 else f"{number(count)} models")
    if cost := facts.costs.get(one.provider.name):
        words.append(f"${number(cost, 2)} this month")
    return " · ".join(words)


def _actions(user: User, one: Standing, facts: Facts) -> None:
    name = one.provider.name
    if one.provider.own:
        _button("Change", f"change-{name}", name)
    elif one.provider.needs_key:
        _button("Change key" if name in facts.keys else "Add key", f"key-{name}", name)
    if one.listing and one.listing.state == "failed":
        st.button("Try again", key=f"again-{name}", on_click=lists().forget, args=(user.id, one.provider, one.key))


def _button(label: str, key: str, name: str) -> None:
    quiet = not label.startswith("Add")
    st.button(label, key=key, type="tertiary" if quiet else "secondary", on_click=open_dialog, args=(name,))


def _built_in() -> None:
    status = workbench().builtin.status()
    badge, colour = BUILT_IN_WORDS[status.state]
    with st.container(border=True, height="stretch", gap="xsmall", key="provider-builtin"):
        _title("Built-in", badge, colour)
        which = f" The {status.which} model." if status.which else ""
        st.caption(f":material/lock: Runs here, costs nothing.{which} {plain(status.words)}")
        st.space("stretch")
        if status.state in ("fetching", "paused", "absent", "refused", "failed"):
            st.page_link(page_named("home"), label="See the home page", icon=":material/home:")


def _other_server() -> None:
    with st.container(border=True, height="stretch", gap="xsmall", key="provider-other"):
        _title("Other server", "", "gray")
        st.caption(":material/dns: vLLM, llama.cpp, LM Studio, a gateway: any server that speaks a known protocol.")
        st.space("stretch")
        _button("Add address", "add-server", "")


def _month() -> float:
    now = datetime.fromtimestamp(time.time())
    return datetime(now.year, now.month, 1).timestamp()
