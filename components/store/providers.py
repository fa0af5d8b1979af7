"""A user's own model servers, and the keys that they saved, encrypted."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from components.store._rows import upsert, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.roles import require
from components.store.schema import provider_keys
from components.store.schema import providers as rows

_OWNER = sa.bindparam("owner", type_=sa.String(64))
_SERVERS = sa.select(rows).where(rows.c.user_id == _OWNER).order_by(rows.c.name)  # both are built once: pages ask them
_KEYS = sa.select(provider_keys).where(provider_keys.c.user_id == _OWNER).order_by("provider")  # in every run
_ENDING = 4
_SHORT = 12  # of a shorter key, four characters would tell too much


@dataclass(frozen=True)
class OwnProvider:
    """A model server beside the catalogue's: its name, the protocol it speaks, its address."""

    name: str
    protocol: str
    base_url: str


@dataclass(frozen=True)
class KeyFact:
    """What may be shown of a saved key: its last characters (none of a short one), and when it was saved."""

    ending: str
    created_at: float


def own_providers(store: Store, user_id: str) -> list[OwnProvider]:
    """The user's own servers, by name."""
    with store.database.reading() as connection:
        return [value(OwnProvider, row) for row in connection.execute(_SERVERS, {"owner": user_id})]


def save_own_provider(store: Store, user_id: str, name: str, protocol: str, base_url: str) -> OwnProvider:
    """Add a server, or change the user's one of this name. Raises ``RoleError``."""
    require(store, user_id, "ask")
    new = {"name": name, "protocol": protocol, "base_url": base_url, "created_at": time.time()}
    with store.database.writing() as connection:
        return value(OwnProvider, upsert(connection, rows, ("user_id", "name"), id=new_id(), user_id=user_id, **new))


def delete_own_provider(store: Store, user_id: str, name: str) -> None:
    """Delete a server and its key; one that is not there is no error."""
    with store.database.writing() as connection:
        connection.execute(sa.delete(rows).where(rows.c.user_id == user_id, rows.c.name == name))
        connection.execute(sa.delete(provider_keys).where(_of(user_id, name)))


def keys(store: Store, user_id: str) -> dict[str, KeyFact]:
    """Which providers the user saved a key for; the keys themselves stay where they are."""
    with store.database.reading() as connection:
        return {row.provider: value(KeyFact, row) for row in connection.execute(_KEYS, {"owner": user_id})}


def save_key(store: Store, user_id: str, provider: str, key: str) -> KeyFact:
    """Encrypt and save a key, in place of the user's earlier one for this provider. Raises ``RoleError``."""
    require(store, user_id, "ask")
    ending = key[-_ENDING:] if len(key) >= _SHORT else ""
    new = {"secret": store.secrets.encrypt(key), "ending": ending, "created_at": time.time()}
    owner = {"id": new_id(), "user_id": user_id, "provider": provider}
    with store.database.writing() as connection:
        return value(KeyFact, upsert(connection, provider_keys, ("user_id", "provider"), **owner, **new))


def key(store: Store, user_id: str, provider: str) -> str | None:
    """The user's key for a provider, or None.

    Raises:
        StoreError: It was encrypted with another encryption key.
    """
    with store.database.reading() as connection:
        secret = connection.scalar(sa.select(provider_keys.c.secret).where(_of(user_id, provider)))
    return None if secret is None else store.secrets.decrypt(secret)


def delete_key(store: Store, user_id: str, provider: str) -> None:
    """Delete the user's key for a provider; one that is not there is no error."""
    with store.database.writing() as connection:
        connection.execute(sa.delete(provider_keys).where(_of(user_id, provider)))


def _of(user_id: str, provider: str) -> sa.ColumnElement[bool]:
    return (provider_keys.c.user_id == user_id) & (provider_keys.c.provider == provider)
