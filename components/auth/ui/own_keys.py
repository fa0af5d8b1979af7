"""One's own keys for model providers: what is kept, and taking it away. A key itself is never shown."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import streamlit as st

from components.auth.roles import may
from components.auth.ui.visiting import visitor_address
from components.llm.own import providers_for
from components.store import User, providers
from components.store.audit import note
from components.store.providers import KeyFact, OwnProvider
from components.ui import current_user
from components.ui.errors import plain
from components.ui.navigation import page_named
from components.ui.reader import zone
from components.ui.words import ago
from components.workbench import workbench


def show_keys(user: User) -> None:
    """Draw the keys and the servers of one's own."""
    bench = workbench()
    kept, servers = providers.keys(bench.store, user.id), providers.own_providers(bench.store, user.id)
    titles = {provider.name: provider.title for provider in providers_for(bench.settings, bench.store, user.id)}
    with st.container(gap=None, key="rows-keys"):
        for name, fact in kept.items():
            _key(name, titles.get(name, name), fact)
        for server in servers:
            _server(server)
    if not kept and not servers:
        st.caption("You keep no key here.")
    st.caption("Keys are kept encrypted, for you alone, and sent only to the provider that they belong to.")
    if may(user, "ask"):
        st.page_link(page_named("models"), label="Add or change one on the Models page", icon=":material/memory:")


def _key(name: str, title: str, fact: KeyFact) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-key-{name}"):
        with st.container(width="stretch", gap=None):
            st.markdown(f":material/vpn_key: **{plain(title)}**")
            ending = f"ends in {fact.ending} · " if fact.ending else ""
            st.caption(plain(f"{ending}saved {ago(fact.created_at, time.time(), zone())}"))
        with st.popover("Remove", type="tertiary", key=f"ask-key-{name}"):
            st.markdown("Questions to this provider stop working until a key is added again.")
            st.button("Remove the key", type="primary", key=f"remove-key-{name}", on_click=_remove, args=(name, title))


def _server(server: OwnProvider) -> None:
    with st.container(key=f"row-server-{server.name}", gap=None):
        st.markdown(f":material/dns: **{plain(server.name)}**")
        st.caption(plain(f"a server of your own at {urlsplit(server.base_url).netloc}"))


def _remove(name: str, title: str) -> None:
    """A callback: it runs before the page, and admits its user itself."""
    store, me = workbench().store, current_user().id
    providers.delete_key(store, me, name)
    note(store, me, "removed a key", thing=title, address=visitor_address())
