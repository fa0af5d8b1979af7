"""Plain OAuth 2: no token says who somebody is, so the provider's user API is asked, by the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.auth.exchange import exchange
from components.auth.groups import groups_at, qualified
from components.auth.http import ask
from components.auth.identity import Identity, SignInFailedError, plain_email, plain_groups, plain_name
from components.auth.providers import Provider

METHODS = ("client_secret_post", "client_secret_basic")


def identity(provider: Provider, code: str, back: str, verifier: str) -> Identity:
    """Exchange the code, and ask the provider whose token that is.

    Raises:
        SignInFailedError: The provider is silent, or its answer names nobody.
    """
    token = exchange(provider, provider.token_url, code, back, verifier, METHODS)["access_token"]
    person = ask(provider.user_url, token=token).body
    if not isinstance(person, dict):
        raise _nobody(provider, "the user API gave no object")
    return Identity(
        provider.name,
        _subject(provider, person),
        _email(provider, person, token),
        plain_name(person.get(provider.name_field)) or plain_name(person.get("login")),
        qualified(provider, plain_groups(_groups(provider, person, token))),
    )


def _subject(provider: Provider, person: Mapping[str, Any]) -> str:
    """The unchanging id; a login name may be given to somebody else later."""
    value = person.get(provider.subject_field)
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not 0 < len(str(value)) <= 255:
        raise _nobody(provider, f"{provider.subject_field} is {value!r:.80}")
    return str(value)


def _email(provider: Provider, person: Mapping[str, Any], token: str) -> str | None:
    """The primary e-mail, if it is verified; the one in the profile is what the person likes to show."""
    if provider.emails_url:
        rows = ask(provider.emails_url, token=token).body
        rows = rows if isinstance(rows, list) else []
        chosen = (r for r in rows if isinstance(r, dict) and r.get("primary") is True and r.get("verified") is True)
        return plain_email(next(chosen, {}).get("email"))
    verified = bool(provider.verified_field) and person.get(provider.verified_field) in (True, "true")
    return plain_email(person.get(provider.email_field)) if verified or provider.trust_email else None


def _groups(provider: Provider, person: Mapping[str, Any], token: str) -> Any:
    if provider.groups_urls:
        return groups_at(provider, token)
    return person.get(provider.groups_claim) if provider.groups_claim else None


def _nobody(provider: Provider, why: str) -> SignInFailedError:
    error = SignInFailedError(f"{provider.title} did not say who you are.")
    error.__cause__ = ValueError(f"{provider.user_url}: {why}")
    return error
