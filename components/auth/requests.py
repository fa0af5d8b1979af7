"""Admission of HTTP requests: every route of ours begins here."""

from __future__ import annotations

from starlette.requests import Request

from components.auth.admission import RequestFacts, admit, facts_from, same_origin
from components.errors import AccessError
from components.settings import Settings
from components.store import Store, User

OURS = "x-groundwork"  # a header that a form of another site cannot send


def facts_of(request: Request) -> RequestFacts:
    """What admission looks at in a request."""
    return facts_from(request.client.host if request.client else None, request.headers.items())


def opened(request: Request) -> tuple[Settings, Store]:
    """The settings and the store, which come with every request from the server."""
    return request.state.settings, request.state.store


def admitted(request: Request) -> User:
    """Return who makes a reading request.

    Raises:
        SignInRequiredError: Nobody is admitted.
    """
    return admit(facts_of(request), *opened(request))


def changing(request: Request) -> User:
    """Return who makes a request that changes something: besides admission, one of our own pages must have made it.

    Raises:
        SignInRequiredError: Nobody is admitted.
        AccessError: As ``require_our_page``.
    """
    user = admitted(request)
    require_our_page(request)
    return user


def require_our_page(request: Request) -> None:
    """Refuse a request that none of our own pages made.

    Raises:
        AccessError: Another site's page made the request, or none of ours: its Origin is not this host, or the header
            ``X-Groundwork: 1`` is missing.
    """
    facts = facts_of(request)
    over_tls = opened(request)[0].over_tls
    ours = bool(facts.one("origin")) and same_origin(facts, over_tls=over_tls) and facts.one(OURS) == "1"
    if not ours or facts.one("sec-fetch-site") not in ("", "same-origin"):
        raise AccessError("This request was not made by a page of this workbench.", todo="Reload the page.")
