"""One sign-in at a provider: the address that the browser is sent to, and what is made of the answer it brings back.

From the browser come ``code``, ``state``, and ``iss`` or ``error``; nothing else that it says is looked at. The code
is exchanged here, on the server, and who somebody is comes from the provider alone.

There is one redirect address for both ways. streamlit-oauth's button watches its popup until the popup's address begins
with the ``redirect_uri`` of the address that it opened, takes the query from there and closes it. So the route at that
address answers a browser that has no sign-in of the full-page way under way with a page that does nothing, and leaves
the state alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlencode

from components.auth import oauth2, oidc
from components.auth.identity import Identity, SignInFailedError
from components.auth.providers import Provider, redirect_address
from components.settings import Settings

LOG = logging.getLogger(__name__)
LONGEST_CODE = 4096  # characters; codes of Entra have up to 2,000

__all__ = ["Flow", "SignInFailedError", "begin", "finish"]


class Flow(Protocol):
    """What was kept of a sign-in under way (``components.store.flows.Flow``)."""

    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def provider(self) -> str: ...  # noqa: D102
    @property
    def nonce(self) -> str: ...  # noqa: D102
    @property
    def verifier(self) -> str: ...  # noqa: D102
    @property
    def created_at(self) -> float: ...  # noqa: D102


def begin(provider: Provider, settings: Settings, *, nonce: str, state: str, verifier: str) -> str:
    """The provider's address to send the browser to.

    Args:
        nonce: Bound into the id_token; random, at least 128 bits, as are the next two.
        state: Brought back by the browser.
        verifier: Of PKCE: only its SHA-256 is sent. 43 to 128 letters, digits and ``-._~``.

    Raises:
        SignInFailedError: The provider does not answer, or says it is another.
    """
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_address(settings),
        "scope": " ".join(provider.scopes),
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    if provider.kind == "oidc":
        return _with(oidc.discovered(provider).authorize_url, asked | {"nonce": nonce})
    return _with(provider.authorize_url, asked)


def finish(provider: Provider, settings: Settings, flow: Flow, answer: Mapping[str, str]) -> Identity:
    """Make an identity of what the browser brought back. Blocks on the provider, at most 10 seconds a question.

    Args:
        flow: Taken from the store, so that it can be used this once.
        answer: ``code``, ``state``, perhaps ``iss``, or ``error``; anything else in it is not looked at.

    Raises:
        SignInFailedError: Something in it, or in the provider's answer, is not as it must be.
    """
    try:
        return _identity(provider, settings, flow, answer)
    except SignInFailedError as error:
        LOG.warning("sign-in at %s failed: %s", provider.name, error.__cause__ or error.what)
        raise


def challenge(verifier: str) -> str:
    """PKCE's S256: what the provider is told of the verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _identity(provider: Provider, settings: Settings, flow: Flow, answer: Mapping[str, str]) -> Identity:
    code = _code(provider, flow, answer)
    back = redirect_address(settings)
    if provider.kind == "oidc":
        return oidc.identity(provider, code, back, flow.verifier, flow.nonce, flow.created_at, answer.get("iss"))
    return oauth2.identity(provider, code, back, flow.verifier)


def _code(provider: Provider, flow: Flow, answer: Mapping[str, str]) -> str:
    state, code, error = answer.get("state"), answer.get("code"), answer.get("error")
    if provider.name != flow.provider:
        raise SignInFailedError("This sign-in was begun at another provider.")
    if not isinstance(state, str) or not hmac.compare_digest(state.encode(), flow.state.encode()):
        raise SignInFailedError("This sign-in was not begun here, or it is over already.")
    if error:
        raise refused(provider, error)
    if not isinstance(code, str) or not 0 < len(code) <= LONGEST_CODE or not code.isprintable():
        raise SignInFailedError(f"{provider.title} sent no code.")
    return code


def refused(provider: Provider, error: object) -> SignInFailedError:
    """What a provider's own ``error`` means; its text is shown to nobody, for the browser could make it up."""
    if error == "access_denied":
        return SignInFailedError(f"The sign-in at {provider.title} was declined.")
    return SignInFailedError(f"{provider.title} did not sign you in.")
