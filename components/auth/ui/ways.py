"""Words for the ways in, and the links that lead in."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from components.auth.accounts import LOCAL
from components.auth.providers import find_provider, providers_of
from components.settings import Settings
from components.workbench import workbench


def way_words(settings: Settings, name: str) -> str:
    """What a reader calls a way in: a provider's title, or a password; a provider that is set no more by its name."""
    if name == LOCAL:
        return "password"
    known = find_provider(settings, name)
    return known.title if known else name


def ways_words(settings: Settings) -> str:
    """All ways in: ``Google, Keycloak, local accounts``."""
    ways = [provider.title for provider in providers_of(settings)]
    ways += ["local accounts"] if settings.has_local_accounts else []
    ways += ["a trusted proxy"] if settings.proxy_user_header else []
    return ", ".join(ways)


def link_with(word: str, code: str) -> str:
    """The address of the door with a code in it: ``https://workbench.example.com/?invite=CODE``.

    Without ``public_url`` it begins as the reader's own address does.
    """
    settings = workbench().settings
    return f"{settings.public_url or _own_address()}/?{word}={code}"


def _own_address() -> str:
    seen = urlsplit(st.context.url or "")
    return f"{seen.scheme or 'http'}://{seen.netloc or 'localhost'}"
