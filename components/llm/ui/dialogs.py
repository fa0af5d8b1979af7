"""Dialogs of the models page: a key, and a server of one's own. Both can be tried before they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import TimeoutError as TooLong
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from components.errors import AppError, ConfigurationError, SilentError
from components.llm.abilities import talkers
from components.llm.addresses import read_address
from components.llm.ask import list_models
from components.llm.catalogue import Provider, host_of
from components.llm.faults import Fault, error_of, who
from components.llm.keys import server_key
from components.llm.own import OWN_PROTOCOLS, providers_for, save_server
from components.session import session
from components.store import User
from components.store import providers as stored
from components.store.users import LOCAL_OWNER_ID
from components.ui import current_user, error_box
from components.ui.errors import plain
from components.ui.reader import number
from components.workbench import workbench

_PROTOCOL = "Most servers speak OpenAI's chat completions: vLLM, llama.cpp, LM Studio, gateways. Their manual says so."
_ADDRESS = "As its manual gives it, with /v1 where it stands there, without the name of a function at the end."
TEST_SECONDS = 60.0  # the first call may have to import a client


@dataclass
class OpenDialog:
    """Which dialog stands open in this tab: a provider's name, "" for a new server, None for no dialog. A list that
    arrives meanwhile draws the page again, and the dialog has to outlive that."""

    name: str | None = None


def open_dialog(name: str) -> None:
    """Open the dialog of a provider, or of a new server (``""``)."""
    session(OpenDialog).name = name


def close_dialog() -> None:
    """Close whichever dialog is open."""
    session(OpenDialog).name = None


def show_open_dialog(user: User) -> None:
    """Draw the dialog that stands open, if any."""
    name, bench = session(OpenDialog).name, workbench()
    if name is None:
        return
    if name == "":
        st.dialog("Add a server", on_dismiss=close_dialog)(_server)(None)
        return
    provider = next((row for row in providers_for(bench.settings, bench.store, user.id) if row.name == name), None)
    if provider is None:  # removed in another tab meanwhile
        close_dialog()
    elif provider.own:
        st.dialog(plain(provider.title), on_dismiss=close_dialog)(_server)(provider)
    else:
        st.dialog(f"Key for {provider.title}", on_dismiss=close_dialog)(_key)(provider)


def _key(provider: Provider) -> None:
    user, bench = current_user(), workbench()
    made = f"You make one on the website of {plain(provider.title)}, where it can be ended too."
    given = st.text_input("Key", type="password", key=f"given-{provider.name}", autocomplete="off", help=made).strip()
    st.caption(f"It is kept encrypted on this server, for you alone, and sent to {plain(host_of(provider))} only.")
    if server_key(bench.settings, provider):
        st.caption("This server has a key for everybody; yours goes before it.")
    with st.container(horizontal=True, gap="small"):
        save = st.button("Save key", type="primary", key="save-key")
        test = st.button("Test this key", key="test-key")
        if provider.name in stored.keys(bench.store, user.id):
            _remove("Remove key", "Questions to this provider stop working until a key is added again.", user, provider)
    with _said():
        if test or save:
            _require_key(given)
        if test:
            _try(provider, given)
        if save:
            stored.save_key(bench.store, user.id, provider.name, given)
            _done()


def _require_key(given: str) -> None:
    if not given:
        raise ConfigurationError("No key is given yet.", todo="Paste it into the field above.")
    if not (given.isascii() and given.isprintable()) or " " in given:
        raise ConfigurationError("This is no key: it holds a space or a sign that no key has.", todo="Copy it again.")


def _server(provider: Provider | None) -> None:
    user, bench = current_user(), workbench()
    name = st.text_input("Name", provider.title if provider else "", disabled=provider is not None, key="server-name")
    labels = list(OWN_PROTOCOLS)
    now = next((i for i, word in enumerate(OWN_PROTOCOLS.values()) if provider and word == provider.protocol), 0)
    speaks = OWN_PROTOCOLS[st.selectbox("It speaks", labels, index=now, key="server-protocol", help=_PROTOCOL)]
    address = st.text_input(
        "Address",
        provider.base_url if provider else "",
        placeholder="http://localhost:8000/v1",
        key="server-address",
        help=_ADDRESS,
    )
    st.caption("A server on this machine counts as staying here. If it is a gateway, it may still pass questions on.")
    key = st.text_input("Key, if it wants one", type="password", key="server-key", autocomplete="off").strip()
    with st.container(horizontal=True, gap="small"):
        save = st.button("Save server", type="primary", key="save-server")
        test = st.button("Test this server", key="test-server")
        if provider:
            _remove("Remove server", "Conversations with its models stay.", user, provider)
    with _said():
        if key:
            _require_key(key)
        kept = key or (provider and stored.key(bench.store, user.id, provider.name)) or ""
        if test:
            place = read_address(address, local_owner=user.id == LOCAL_OWNER_ID)
            _try(Provider("test", name or "It", speaks, place, guarded=user.id != LOCAL_OWNER_ID), kept)
        if save:
            row = save_server(bench.store, user.id, name, speaks, address)
            if key:
                stored.save_key(bench.store, user.id, row.name, key)
            _done()


def _remove(label: str, warning: str, user: User, provider: Provider) -> None:
    with st.popover(label, type="tertiary"):
        st.markdown(warning)
        if st.button(label, key="remove-really", type="primary"):
            store = workbench().store
            if provider.own:
                stored.delete_own_provider(store, user.id, provider.name)
            else:
                stored.delete_key(store, user.id, provider.name)
            _done()


def _try(provider: Provider, key: str) -> None:
    """Make a real call, the list of models, and say what came of it."""
    with st.spinner(f"Asking {plain(who(provider))} for its models"):
        future = workbench().loop.run(list_models, provider, key)
        try:
            found = future.result(TEST_SECONDS)
        except TooLong:
            future.cancel()
            raise error_of(Fault(SilentError, f"{TEST_SECONDS:g} s"), provider) from None
    count = len(talkers(found))
    st.markdown(
        f":green[:material/check_circle: It works: {number(count)} {'model' if count == 1 else 'models'} to talk to.]"
    )


@contextmanager
def _said() -> Iterator[None]:
    """Say an error in the dialog; what was typed stays."""
    try:
        yield
    except AppError as error:
        error_box(error)


def _done() -> None:
    close_dialog()
    st.rerun()
