"""The routes of sign-in: a ticket becomes a cookie, a login ends, and the way over a provider's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from components.auth.cookies import no_cookie, set_cookie, token_in
from components.auth.requests import facts_of, opened, require_our_page
from components.errors import AccessError, AppError, SignInRequiredError

if TYPE_CHECKING:
    from components.auth.facts import RequestFacts
    from components.settings import Settings
    from components.store import Store
    from components.workbench import Workbench

LONGEST_TICKET = 200  # bytes
LONGEST_AGENT = 300  # characters kept of what a browser calls itself


def routes(bench: Workbench) -> list[BaseRoute]:
    """The routes of sign-in; none where nobody has to sign in."""
    if not bench.settings.asks_sign_in:
        return []
    return [
        Route("/api/sign-in/ticket", _ticket, methods=["POST"]),
        Route("/api/sign-out", _sign_out, methods=["POST"]),
    ]


async def _ticket(request: Request) -> Response:
    """Turn a ticket, which a page got for who has just signed in, into the cookie. The login before it ends."""
    try:
        require_our_page(request)
        ticket = await _short_body(request)
        token = await run_in_threadpool(_redeem, facts_of(request), *opened(request), ticket)
    except AppError as error:
        return _said(error)
    response = Response(status_code=204)
    response.headers.append("set-cookie", set_cookie(opened(request)[0], token))
    return response


async def _sign_out(request: Request) -> Response:
    """End the login behind the cookie. Without one there is nothing to end, and that is no error."""
    try:
        require_our_page(request)
        await run_in_threadpool(_end, facts_of(request), *opened(request))
    except AppError as error:
        return _said(error)
    response = Response(status_code=204)
    response.headers.append("set-cookie", no_cookie(opened(request)[0]))
    return response


def _redeem(facts: RequestFacts, settings: Settings, store: Store, ticket: str) -> str:
    from components.auth.proxy import client_address
    from components.store.audit import note
    from components.store.logins import close_login, redeem_ticket

    address, agent = client_address(facts, settings), facts.one("user-agent")[:LONGEST_AGENT]
    made = redeem_ticket(store, ticket, agent=agent, address=address, hours=settings.login_hours)
    if made is None:
        raise SignInRequiredError("This sign-in took too long, or was used before.", todo="Sign in again.")
    token, login = made
    before = token_in(facts, settings)
    if before:
        close_login(store, before)  # whatever cookie was here, known to whomever, opens nothing from now on
    note(store, login.user_id, "signed in", detail=login.provider, address=address)
    return token


def _end(facts: RequestFacts, settings: Settings, store: Store) -> None:
    from components.auth.proxy import client_address
    from components.store.audit import note
    from components.store.logins import close_login, login_of

    token = token_in(facts, settings)
    found = login_of(store, token, settings.login_idle_minutes * 60) if token else None
    if found:
        close_login(store, token)
        note(store, found[0].id, "signed out", address=client_address(facts, settings))


async def _short_body(request: Request) -> str:
    """The body of a request as text, as far as a ticket goes: a longer one is none."""
    body = b""
    async for block in request.stream():
        body += block
        if len(body) > LONGEST_TICKET:
            raise AccessError("This is no ticket.", todo="Sign in again.")
    return body.decode("ascii", "replace")


def _said(error: AppError) -> Response:
    status = 401 if isinstance(error, SignInRequiredError) else 403
    return JSONResponse(error.facts(), status_code=status)
