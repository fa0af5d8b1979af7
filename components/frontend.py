"""Streamlit's front end as it is sent: squeezed, under our name, with a first page that shows something at once.

Streamlit sends its programs as they lie on the disk: 2.1 MB before anything is seen, which takes a line of 1 Mbit/s 17
seconds. Squeezed once in a process they are 0.5 MB.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from components.recent import Recent

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROGRAMS = "/static/"
KINDS = {".js": b"text/javascript", ".css": b"text/css"}
FOR_EVER = b"public, immutable, max-age=31536000"  # a program's name holds a hash of what is in it
SQUEEZED = 400  # programs that are remembered: all that there are, about 6 MB
_HERE = Path(__file__).parent
OPENING = (_HERE / "opening.html").read_text(encoding="utf-8")
STYLE = (_HERE / "ui/style.css").read_text(encoding="utf-8")  # here, for as an element of a page it comes after others
DRESS = (  # what the first page of Streamlit holds, and what stands in its place
    (r'<div id="root"></div>', f"{OPENING}<style>{STYLE}</style>"),
    (r"<title>Streamlit</title>", "<title>Groundwork</title>"),
    (r'href="\./favicon\.png"', 'href="./app/static/icons/mark.svg"'),
    (r'<link\s+rel="preload"[^>]*SourceSans[^>]*>', ""),  # 170 kB of a font that no page here is set in
)
SAID = (  # what a program says while the server does not answer, and what it says in its place
    (
        b"Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your terminal:`,"
        b"codeBlock:`streamlit run yourscript.py`",
        b"Groundwork does not answer. What you asked and saved is kept, and this page goes on by itself once it does. "
        b"If it was stopped, start it as before:`,codeBlock:`make run`",
    ),
    (
        b"Streamlit server is not responding. Are you connected to the internet?",
        b"Groundwork does not answer. What you asked and saved is kept, and this page goes on by itself once it does. "
        b"If it stays silent, look at your network, or tell who runs the server.",
    ),
)
OWN = b"<title>Streamlit</title>"  # in this page and in no component's
# What the browser asks that Streamlit is not to hear: whether the page on its disk has changed, and to squeeze it.
UNHEARD = (b"if-none-match", b"if-modified-since", b"accept-encoding")
GZIP = re.compile(r"gzip(?!\s*;\s*q\s*=\s*0(?:\.0*)?$)(?:\s*;.*)?")  # with a weight of 0 it is what is refused
STALE = (b"etag", b"last-modified", b"content-length", b"content-encoding")

_squeezed: Recent[str, bytes] = Recent(SQUEEZED)


class FrontEnd:
    """Answers for the front end's programs, and dresses the page that asks for them."""

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app = app
        self.prefix = f"/{base.strip('/')}{PROGRAMS}" if base.strip("/") else PROGRAMS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        squeezes = any(GZIP.fullmatch(one.strip()) for one in headers.get("accept-encoding", "").lower().split(","))
        name = scope["path"].removeprefix(self.prefix)
        if name != scope["path"] and name in programs() and squeezes:
            await _send(send, await run_in_threadpool(squeezed, name), KINDS[Path(name).suffix])
        elif "text/html" in headers.get("accept", ""):
            kept = [pair for pair in scope["headers"] if pair[0] not in UNHEARD]
            await self.app({**scope, "headers": kept}, receive, _Dressing(send, squeezes=squeezes))
        else:
            await self.app(scope, receive, send)


@cache
def programs() -> Mapping[str, Path]:
    """The front end's programs and style sheets, by their names in an address: ``js/index.abc.js``."""
    found = find_spec("streamlit")
    assert found and found.origin
    root = Path(found.origin).parent / "static/static"
    files = (file for folder in ("js", "css") for file in (root / folder).iterdir())
    return {f"{file.parent.name}/{file.name}": file for file in files if file.suffix in KINDS}


def squeezed(name: str) -> bytes:
    """One of ``programs`` in gzip; the first call for each takes up to 0.1 s."""
    kept = _squeezed.get(name)
    if kept is None:
        program = programs()[name].read_bytes()
        for old, new in SAID:
            program = program.replace(old, new)
        kept = gzip.compress(program, 6, mtime=0)
        _squeezed.put(name, kept)
    return kept


def dressed(page: str) -> str:
    """The first page with our name, our mark, and something to see until the programs have come."""
    for old, new in DRESS:
        page = re.sub(old, new.replace("\\", r"\\"), page, count=1)
    return page


async def _send(send: Send, body: bytes, kind: bytes) -> None:
    headers = [
        (b"content-type", kind + b"; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"content-encoding", b"gzip"),
        (b"vary", b"Accept-Encoding"),
        (b"cache-control", FOR_EVER),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Dressing:
    """A ``send`` that gathers the front end's page and sends it dressed; anything else passes through."""

    def __init__(self, send: Send, *, squeezes: bool) -> None:
        self._send = send
        self._squeezes = squeezes
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body = self._body
        if OWN in body:
            body = dressed(body.decode()).encode()
        headers = [pair for pair in start["headers"] if pair[0].lower() not in STALE]
        if self._squeezes:
            body = gzip.compress(body, 6, mtime=0)
            headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
        await self._send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await self._send({"type": "http.response.body", "body": body})


def _is_page(message: Message) -> bool:
    kind = Headers(raw=message["headers"]).get("content-type", "")
    return message["status"] == 200 and kind.startswith("text/html")
