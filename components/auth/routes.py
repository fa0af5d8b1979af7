"""The routes of sign-in: a ticket becomes a cookie, a login ends, and the way over a provider's own page."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from components.auth.accounts import LOCAL
from components.auth.arrival import answer_in, arrive, link_in
from components.auth.cookies import BROWSER, FLOW, no_cookie, set_cookie, token_in
from components.auth.facts import BACK, own_path
from components.auth.flow import begin
from components.auth.kept import Kept
from components.auth.providers import Provider, find_provider
from components.auth.proxy import client_address
from components.auth.remembered import remember
from components.auth.requests import facts_of, opened, require_our_page
from components.errors import AccessError, AppError, SignInRequiredError

if TYPE_CHECKING:
    from components.auth.facts import RequestFacts
    from components.settings import Settings
    from components.store import Store
    from components.store.flows import Flow

# Why a sign-in over a provider's own page failed, and which provider's: no address can make a text appear.
FAILED: Kept[tuple[AppError, str]] = Kept()
LONGEST_TICKET = 200  # bytes
LONGEST_AGENT = 300  # characters kept of what a browser calls itself
BACK_PAGE = (Path(__file__).parent / "back.html").read_text(encoding="utf-8")


def routes() -> list[BaseRoute]:
    """The routes of sign-in; the server has them where somebody has to."""
    return [
        Route("/api/sign-in/ticket", _ticket, methods=["POST"]),
        Route("/api/sign-out", _sign_out, methods=["POST"]),
        Route(BACK, _back, methods=["GET"]),
        Route("/api/sign-in/{provider}", _begin, methods=["GET"]),
    ]


async def _ticket(request: Request) -> Response:
    """Turn a ticket, which a page got for who has just signed in, into the cookie. The login before it ends."""
    try:
        require_our_page(request)
        ticket = await _short_body(request)
        cookies = await run_in_threadpool(_redeem, facts_of(request), *opened(request), ticket)
    except AppError as error:
        return _said(error)
    return _with_cookies(Response(status_code=204), *cookies)


async def _sign_out(request: Request) -> Response:
    """End the login behind the cookie. Without one there is nothing to end, and that is no error."""
    try:
        require_our_page(request)
        await run_in_threadpool(_end, facts_of(request), *opened(request))
    except AppError as error:
        return _said(error)
    return _with_cookies(Response(status_code=204), no_cookie(opened(request)[0]))


async def _begin(request: Request) -> Response:
    """Send the browser to a provider's own page; a cookie ties what comes back to this browser."""
    settings, store = opened(request)
    facts = facts_of(request)
    provider = find_provider(settings, request.path_params["provider"])
    if provider is None:
        return Response("There is no such provider.", 404)
    if facts.one("sec-fetch-site") not in ("", "same-origin", "none"):
        return _to_door()  # another site may lead to the door, not through it
    browser = token_in(facts, settings, FLOW) or secrets.token_urlsafe(32)
    back = own_path(request.query_params.get("back", "/"))
    try:
        url = await run_in_threadpool(_begun, settings, store, provider, browser, back)
    except AppError as error:
        return _to_door(failed=FAILED.keep((error, provider.name)))
    return _with_cookies(RedirectResponse(url, 303), set_cookie(settings, browser, FLOW))


async def _back(request: Request) -> Response:
    """Take what the browser brought back from a provider.

    A sign-in that was begun in a window of its own belongs to the tab that opened it, which reads this address: here
    its flow is not found, and the page that stands here for a moment says so to whoever meets it otherwise.
    """
    settings, store = opened(request)
    facts, browser = facts_of(request), token_in(facts_of(request), settings, FLOW)
    answer = answer_in(dict(request.query_params.items()))
    twice = len(request.query_params.multi_items()) != len(request.query_params)
    flow = await run_in_threadpool(_taken, store, answer.get("state", ""), browser) if browser and not twice else None
    if flow is None:
        return HTMLResponse(BACK_PAGE, headers={"cache-control": "no-store"})
    try:
        came = await run_in_threadpool(
            arrive, store, settings, flow, answer, link=link_in(flow.back), address=client_address(facts, settings)
        )
        if isinstance(came, str):
            return _with_cookies(_to_door(link=came), set_cookie(settings, browser, FLOW))  # what waits is tied to it
        cookies = await run_in_threadpool(_log_in, facts, settings, store, came.id, flow.provider)
    except AppError as error:
        return _with_cookies(_to_door(failed=FAILED.keep((error, flow.provider))), no_cookie(settings, FLOW))
    path = "/" if link_in(flow.back) else own_path(flow.back)
    return _with_cookies(RedirectResponse(path, 303), *cookies, no_cookie(settings, FLOW))


def _begun(settings: Settings, store: Store, provider: Provider, browser: str, back: str) -> str:
    from components.store.flows import begin_flow

    flow = begin_flow(store, provider=provider.name, browser=browser, back=back, mode="page")
    return begin(provider, settings, nonce=flow.nonce, state=flow.state, verifier=flow.verifier)


def _taken(store: Store, state: str, browser: str) -> Flow | None:
    from components.store.flows import take_flow

    return take_flow(store, state, browser)


def _log_in(facts: RequestFacts, settings: Settings, store: Store, user_id: str, provider: str) -> list[str]:
    from components.store.logins import open_ticket

    return _redeem(facts, settings, store, open_ticket(store, user_id, provider))


def _redeem(facts: RequestFacts, settings: Settings, store: Store, ticket: str) -> list[str]:
    """The header lines that give a browser its cookies: the login's, and after a password the one of the browser."""
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
    note(store, login.user_id, "signed in", thing=login.provider, address=address)
    known = remember(store, login.user_id) if login.provider == LOCAL else ""
    return [set_cookie(settings, token), *([set_cookie(settings, known, BROWSER)] if known else [])]


def _end(facts: RequestFacts, settings: Settings, store: Store) -> None:
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


def _to_door(**query: str) -> Response:
    return RedirectResponse(f"/?{urlencode(query)}" if query else "/", 303)


def _with_cookies(response: Response, *lines: str) -> Response:
    for line in lines:
        response.headers.append("set-cookie", line)
    response.headers["cache-control"] = "no-store"
    return response


def _said(error: AppError) -> Response:
    status = 401 if isinstance(error, SignInRequiredError) else 403
    return JSONResponse(error.facts(), status_code=status)
