"""Keys of providers: a user's own one, else the one that the operator gave for everybody on this server."""

from __future__ import annotations

from collections.abc import Sequence

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


def keys_for(settings: Settings, store: Store, user_id: str, providers: Sequence[Provider]) -> dict[str, str]:
    """The keys that are known, by the provider's name: as ``key_for`` for each, but only stored ones are looked up."""
    saved = stored.keys(store, user_id)
    found = {row.name: stored.key(store, user_id, row.name) if row.name in saved else None for row in providers}
    shared = {row.name: server_key(settings, row) for row in providers}
    return {name: key for name in found if (key := found[name] or shared[name])}


def server_key(settings: Settings, provider: Provider) -> str | None:
    """The operator's key for this provider, from the environment or the secrets file."""
    return settings.provider_keys.get(provider.key_name) if provider.key_name else None
