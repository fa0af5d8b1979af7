"""A code becomes tokens: asked of the provider by the server, with the client's secret and PKCE's verifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from components.auth.http import Answer, ask
from components.auth.identity import SignInFailedError
from components.auth.providers import Provider

ANSWERS = (200, 400, 401, 403)  # whose body says what is wrong; glewlwyd refuses a code with 403


def exchange(
    provider: Provider, token_url: str, code: str, back: str, verifier: str, methods: tuple[str, ...]
) -> Mapping[str, Any]:
    """Exchange a code for what the token endpoint gives: ``access_token``, and with OpenID Connect ``id_token``.

    Args:
        back: The redirect address with which the sign-in was begun.
        methods: Ways in which the provider takes the client's secret, the first of them first: ``client_secret_basic``,
            ``client_secret_post``.

    Raises:
        SignInFailedError: The provider refuses the code or the client, or answers something else.
    """
    return _tokens(provider, post_code(provider, token_url, code, back, verifier, methods))


def post_code(
    provider: Provider, token_url: str, code: str, back: str, verifier: str, methods: tuple[str, ...]
) -> Answer:
    """What the token endpoint says to a code, in the first way of telling the client's secret that it takes.

    Raises:
        SilentProviderError: It says nothing that can be read.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    answer = Answer(0, None, {})
    for method in methods if provider.client_secret else ("none",):
        answer = _post(provider, token_url, form, method)
        if not _is_refused_client(answer):
            break
    return answer


def _post(provider: Provider, token_url: str, form: Mapping[str, str], method: str) -> Answer:
    secret = provider.client_secret
    if method == "client_secret_basic":  # both are encoded first: RFC 6749, 2.3.1
        auth = (quote_plus(provider.client_id), quote_plus(secret))
        return ask(token_url, form=form, auth=auth, accept=ANSWERS)
    more = {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
    return ask(token_url, form={**form, **more}, accept=ANSWERS)


def _is_refused_client(answer: Answer) -> bool:
    return isinstance(answer.body, dict) and answer.body.get("error") in ("invalid_client", "unauthorized_client")


def _tokens(provider: Provider, answer: Answer) -> Mapping[str, Any]:
    body = answer.body
    if not isinstance(body, dict) or answer.status != 200 or "error" in body:  # GitHub says errors with a 200
        said = body.get("error") if isinstance(body, dict) else None
        raise SignInFailedError(f"{provider.title} did not accept the sign-in.") from ValueError(f"error {said!r:.80}")
    kind = body.get("token_type")
    if not isinstance(kind, str) or kind.lower() != "bearer" or not _is_token(body.get("access_token")):
        raise SignInFailedError(f"{provider.title} did not answer as it should.") from ValueError("no bearer token")
    return body


def _is_token(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and len(value) > 0 and " " not in value
