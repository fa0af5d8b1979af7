"""A trial of a provider, for whoever sets one up: everything that can be asked of it without a person signing in."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from components.auth import oauth2, oidc
from components.auth.exchange import post_code
from components.auth.http import Answer, ask
from components.auth.identity import SignInFailedError
from components.auth.jwks import usable
from components.auth.providers import Provider, redirect_address
from components.settings import Settings

MOST_SECONDS_APART = 30.0  # half of what a token's times are allowed
STRANGERS = ("invalid_client", "unauthorized_client", "incorrect_client_credentials")


@dataclass(frozen=True)
class Step:
    """One thing that was tried: what was found, in a sentence, and whether it is as it must be."""

    said: str
    ok: bool


def trial(provider: Provider, settings: Settings) -> list[Step]:
    """Try a provider, step by step, until one fails for good. Blocks, at most 10 seconds a question."""
    steps: list[Step] = []
    for step in _oidc(provider, settings) if provider.kind == "oidc" else _oauth2(provider, settings):
        try:
            steps.append(step())
        except SignInFailedError as error:
            steps.append(Step(f"{error.what} {error.__cause__ or ''}".strip(), ok=False))
            break
    return steps


def _oidc(provider: Provider, settings: Settings) -> list[Callable[[], Step]]:
    return [
        lambda: _found(provider),
        lambda: _keys(provider),
        lambda: _clock(ask(oidc.discovered(provider).keys_url)),
        lambda: _client(provider, settings, oidc.discovered(provider).token_url, oidc.discovered(provider).methods),
    ]


def _oauth2(provider: Provider, settings: Settings) -> list[Callable[[], Step]]:
    return [lambda: _client(provider, settings, provider.token_url, oauth2.METHODS)]


def _found(provider: Provider) -> Step:
    about = oidc.discover(provider)
    return Step(f"{provider.issuer} calls itself so, and signs with {', '.join(about.algorithms)}.", ok=True)


def _keys(provider: Provider) -> Step:
    rows = usable(oidc.keys_at(oidc.discovered(provider).keys_url).read())
    return Step(f"Its keys can be read: {len(rows)} that verify its tokens.", ok=bool(rows))


def _clock(answer: Answer) -> Step:
    try:
        apart = parsedate_to_datetime(answer.headers.get("date", "")).timestamp() - time.time()
    except ValueError:
        return Step("It does not say what time it is.", ok=True)
    said = "The clocks agree." if abs(apart) < 2 else f"Its clock differs from ours by {apart:+.0f} s."
    return Step(said, ok=abs(apart) <= MOST_SECONDS_APART)


def _client(provider: Provider, settings: Settings, token_url: str, methods: tuple[str, ...]) -> Step:
    """Offer a code that cannot be good: who knows the client refuses the code, who does not refuses the client."""
    back, host = redirect_address(settings), urlsplit(token_url).netloc
    answer = post_code(provider, token_url, "trial", back, secrets.token_urlsafe(48), methods)
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if error in STRANGERS:
        return Step(f"{host} does not accept client_id and client_secret.", ok=False)
    if not isinstance(error, str):
        return Step(f"{host} did not answer a wrong code as a provider does.", ok=False)
    return Step(f"{host} accepts client_id and client_secret. It must know {back} as redirect address.", ok=True)
