"""All the providers that a user can choose from: the catalogue's rows, and servers of their own."""

from __future__ import annotations

from components.errors import ConfigurationError
from components.llm.addresses import read_address
from components.llm.catalogue import PROVIDERS, Protocol, Provider, find, rows
from components.settings import Settings
from components.store import Store
from components.store import providers as stored
from components.store.users import LOCAL_OWNER_ID

OWN_PROTOCOLS: dict[str, Protocol] = {
    "Chat completions (vLLM, llama.cpp, LM Studio ...)": "chat",
    "Anthropic messages": "messages",
    "OpenAI responses": "responses",
    "Ollama": "ollama",
}
LONGEST_NAME = 40


def providers_for(settings: Settings, store: Store, user_id: str) -> tuple[Provider, ...]:
    """The catalogue's rows at the operator's addresses, then the user's own servers by name."""
    own = (_row(user_id, one) for one in stored.own_providers(store, user_id))
    return (*rows(settings.provider_addresses), *own)


def row_named(store: Store, user_id: str, name: str) -> Provider | None:
    """The catalogue's row of this name, or the user's own server; None: there is no such provider any more."""
    own = (_row(user_id, one) for one in stored.own_providers(store, user_id) if one.name == name)
    return find(name) or next(own, None)


def save_server(store: Store, user_id: str, name: str, protocol: Protocol, address: str) -> Provider:
    """Keep a server of the user's own, or change the one of this name.

    Raises:
        ConfigurationError: The name is empty, too long or the catalogue's own, or the address is none.
        AccessError: The address is not on the public network, and the user does not own this machine.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise ConfigurationError(f"A server needs a name of 1 to {LONGEST_NAME} characters.", todo="Choose a name.")
    if name.casefold() in {word.casefold() for row in PROVIDERS for word in (row.name, row.title)}:
        raise ConfigurationError(f"{name} is the name of another provider.", todo="Choose another name.")
    address = read_address(address, local_owner=user_id == LOCAL_OWNER_ID)
    return _row(user_id, stored.save_own_provider(store, user_id, name, protocol, address))


def _row(user_id: str, one: stored.OwnProvider) -> Provider:
    guarded = user_id != LOCAL_OWNER_ID
    protocol = next(word for word in OWN_PROTOCOLS.values() if word == one.protocol)
    return Provider(one.name, one.name, protocol, one.base_url, patience=300.0, own=True, guarded=guarded)
