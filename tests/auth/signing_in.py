"""What the tests of sign-in share: settings with providers in them, and a sign-in that is under way."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from components.auth.providers import Provider, providers_of
from components.settings import Settings, read_settings
from components.store.flows import Flow

OURS = "http://127.0.0.1:8599"
BACK = f"{OURS}/api/sign-in/back"


def settings_with(home: Path | None = None, /, **variables: str) -> Settings:
    """Settings from ``GROUNDWORK_`` variables alone, named without the prefix."""
    given = {"PUBLIC_URL": OURS, **variables} | ({"HOME": str(home)} if home else {})
    return read_settings({f"GROUNDWORK_{name}": value for name, value in given.items()}, Path("/nonexistent"))


def with_provider(name: str, home: Path | None = None, /, **fields: str) -> Settings:
    """Settings with one provider, whose fields are named in small letters; others are settings."""
    rows = {f"PROVIDER_{name.upper()}_{key.upper()}": value for key, value in fields.items() if key.islower()}
    return settings_with(home, **rows, **{key: value for key, value in fields.items() if not key.islower()})


def only(settings: Settings) -> Provider:
    """The one provider of settings."""
    (provider,) = providers_of(settings)
    return provider


def a_flow(provider: str, **changes: str) -> Flow:
    """A sign-in that was begun just now."""
    told = {"state": secrets.token_urlsafe(32), "nonce": secrets.token_urlsafe(32)}
    told |= {"verifier": secrets.token_urlsafe(48), "browser": secrets.token_urlsafe(32), "back": "/", "mode": "page"}
    return Flow(provider=provider, created_at=time.time(), **(told | changes))
