"""What stands around every response: a policy that keeps the browser at home, and who may reach what.

Pure ASGI: middleware made of ``BaseHTTPMiddleware`` sees no websocket.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from components.auth.admission import NOBODY, key_of, same_origin
from components.auth.facts import BACK, host_in, own_path
from components.auth.gate import Sift, facts_of_scope, through_gate
from components.auth.tabs import owner_of_tab

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from components.workbench import Workbench

log = logging.getLogger("groundwork")

POLICY = "; ".join(
    (
        "default-src 'self'",
        # Streamlit's components are blob modules and Vega compiles its expressions, hence 'unsafe-eval'.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",  # no address in a model's words can fetch a picture
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"SAMEORIGIN",
    b"cross-origin-opener-policy": b"same-origin-allow-popups",  # a sign-in window must be able to answer
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
}
# Where a provider sends a window of sign-in back to: the page that opened it must be able to read its address.
OPENED = {BACK: {b"cross-origin-opener-policy": b"unsafe-none"}}
# The sign-in button of streamlit-oauth: its style sheet knows no theme, ours is served in its place.
BUTTON = "/component/streamlit_oauth.authorize_button/"
BUTTON_DRESS = Path(__file__).parent / "auth/ui/popup.css"
# Streamlit's own routes that know no user: files of any session, uploads, figures about the process.
UPLOADS = "/_stcore/upload_file/"  # followed by the id of a tab's session
GUARDED = ("/media/", UPLOADS, "/_stcore/metrics")
# And those that nothing of ours uses: its own sign-in, its interface for agents, its script check.
CLOSED = ("/auth/", "/oauth2callback", "/_stcore/agent", "/_stcore/script-health-check")


class Around:
    """Puts the headers on every response, errors included, and turns strangers away from Streamlit's open routes."""

    def __init__(self, app: ASGIApp, bench: Workbench, sifting: Callable[[], Sift], base: str = "") -> None:
        self.app = app
        self.bench = bench
        self.sifting = sifting
        self.base = f"/{base.strip('/')}" if base.strip("/") else ""  # what stands before every path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one websocket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {}).update(settings=self.bench.settings, store=self.bench.store)
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, _Dressed(send, HEADERS | OPENED.get(self._path(scope), {})))

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page of another site may not open a session here, nor one of another port of this machine."""
        if not same_origin(facts_of_scope(scope), over_tls=self.bench.settings.over_tls):
            await send({"type": "websocket.close", "code": 1008, "reason": "Another site's page"})
        else:
            await through_gate(self.app, self.bench, self.sifting(), scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: _Dressed) -> None:
        path = self._path(scope)
        try:
            if path.startswith(CLOSED):
                await send.plain(404, "There is nothing here.")
            elif path.startswith(BUTTON) and path.endswith(".css"):
                await send.plain(200, BUTTON_DRESS.read_text(encoding="utf-8"), b"text/css")
            elif self._is_elsewhere(scope):
                await send.lead(self.bench.settings.public_url + own_path(_with_query(scope)))
            elif path.startswith(GUARDED) and not await run_in_threadpool(self._admits, scope, path):
                await send.plain(403, "Nobody is signed in.")
            else:
                await self.app(scope, receive, send)
        except Exception:
            number = secrets.token_hex(4)
            log.exception("bug %s in %s %s", number, scope["method"], scope["path"])
            if send.started:
                raise
            await send.plain(500, f"This is a fault of ours. It is written to the server's log as {number}.")

    def _path(self, scope: Scope) -> str:
        path: str = scope["path"]
        return path.removeprefix(scope.get("root_path", "")).removeprefix(self.base)

    def _is_elsewhere(self, scope: Scope) -> bool:
        """Whether a browser opened a page under another name than the public one, where no session would be opened.

        Not behind a proxy: one that does not pass the name on would be led here again and again.
        """
        settings, facts = self.bench.settings, facts_of_scope(scope)
        if scope["method"] != "GET" or not (settings and settings.asks_sign_in and settings.public_url):
            return False
        if "text/html" not in facts.one("accept") or any(facts.all(name) for name in ("x-forwarded-for", "via")):
            return False
        return host_in(f"//{facts.one('host')}") != host_in(settings.public_url)

    def _admits(self, scope: Scope, path: str) -> bool:
        """Whether anybody is signed in; and for an upload, whether it goes to a tab of theirs."""
        key = key_of(facts_of_scope(scope), self.bench.settings, self.bench.store)
        if path.startswith(UPLOADS) and scope["method"] in ("PUT", "DELETE"):
            return key != NOBODY and owner_of_tab(path.removeprefix(UPLOADS).partition("/")[0]) == key
        return key != NOBODY


class _Dressed:
    """A ``send`` that puts our headers on the response, in place of any of the same name."""

    def __init__(self, send: Send, headers: Mapping[bytes, bytes]) -> None:
        self._send = send
        self._headers = headers
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in self._headers]
            message = {**message, "headers": [*kept, *self._headers.items()]}
        await self._send(message)

    async def lead(self, url: str) -> None:
        """Lead to another address."""
        await self({"type": "http.response.start", "status": 307, "headers": [(b"location", url.encode("latin-1"))]})
        await self._send({"type": "http.response.body", "body": b""})

    async def plain(self, status: int, text: str, kind: bytes = b"text/plain") -> None:
        """Answer with a text."""
        body = text.encode()
        headers = [(b"content-type", kind + b"; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _with_query(scope: Scope) -> str:
    raw, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    return bytes(raw + (b"?" + query if query else b"")).decode("latin-1")
