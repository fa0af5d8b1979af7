"""Keys of providers: a user's own one, else the one that the operator gave for everybody on this server."""

from __future__ import annotations

from components.llm.catalogue import Provider
from components.settings import Settings
from components.store import Store
from components.store import providers as stored


def key_for(settings: Settings, store: Store, user_id: str, provider: Provider) -> str | None:
    """The key to ask ``provider`` with, or None where none is known.

    A user's own server never gets the operator's key.

    Raises:
        StoreError: The user's key cannot be decrypted.
    """
    return stored.key(store, user_id, provider.name) or server_key(settings, provider)


def server_key(settings: Settings, provider: Provider) -> str | None:
    """The operator's key for this provider, from the environment or the secrets file."""
    return settings.provider_keys.get(provider.key_name) if provider.key_name else None
