"""Why a sign-in was refused, and what leads in all the same."""

from __future__ import annotations

import streamlit as st

from components.auth.accounts import LOCAL
from components.auth.identity import NotInvitedError
from components.auth.providers import find_provider, providers_of
from components.auth.ui.words import plain
from components.errors import AppError
from components.workbench import workbench


def show_refusal(error: AppError, tried: str = "") -> None:
    """Say it where the sign-in was begun.

    Args:
        error: Why.
        tried: The way that was refused, a provider's name or ``LOCAL``, where the others stand beside it; else empty.
    """
    said = (error.what, error.kept, error.todo, _other_account(error, tried), _other_ways(tried))
    st.error(" ".join(plain(part) for part in said if part), icon=":material/error:")


def _other_account(error: AppError, tried: str) -> str:
    """A provider that knows a browser leads the same person here again and again."""
    provider = find_provider(workbench().settings, tried)
    if provider is None or not isinstance(error, NotInvitedError):
        return ""
    return f"To come with another account of {provider.title}, sign out there first."


def _other_ways(tried: str) -> str:
    settings = workbench().settings
    if not tried:
        return ""
    titles = [provider.title for provider in providers_of(settings) if provider.name != tried]
    named = " or ".join(filter(None, (", ".join(titles[:-1]), *titles[-1:])))
    ways = [f"through {named}"] if named else []
    ways += ["with a password"] if settings.has_local_accounts and tried != LOCAL else []
    return f"Or sign in {' or '.join(ways)}." if ways else ""
