"""The gate of a tab's websocket: nothing passes that its sender may not say, and nothing once a login has ended.

A page asks who is there at each of its runs. But what a button does runs before the page, and a part of a page runs
without the rest: so whoever sends a message is looked up here first. When that is no longer who opened the
websocket, a plain rerun takes the place of the message, and every later one: the page then finds nobody, empties what
the tab holds and loads it anew. While a page only sends, the same is done every few seconds.

A tab that was somebody else's before gets a session of its own, whichever one it asks for.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, Protocol

from starlette.concurrency import run_in_threadpool

from components.auth.admission import NOBODY, facts_from, key_of
from components.auth.tabs import owner_of_tab
from components.errors import AppError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from components.auth.facts import RequestFacts
    from components.workbench import Workbench

EVERY = 2.0  # seconds between two looks while a page only sends
WAITING = 64  # messages that wait for the page before the browser has to
PROTOCOL = b"sec-websocket-protocol"  # holds, third, the id of the session that a tab wants back
STALE = "x-groundwork-stale"  # a header of ours on the handshake, for the page; what a client sends of it is dropped

Standing = Literal["admitted", "stranger", "ended"]


class Sift(Protocol):
    """What becomes of each message of a websocket, by who sends it; None: it does not pass.

    Once a login has ended, whatever comes becomes a plain rerun of the page that the tab is on.
    """

    def __call__(self, message: bytes, standing: Standing) -> bytes | None: ...  # noqa: D102


def facts_of_scope(scope: Scope) -> RequestFacts:
    """What admission looks at in a request or a handshake."""
    client = scope.get("client")
    headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return facts_from(client[0] if client else None, headers)


async def through_gate(app: ASGIApp, bench: Workbench, sift: Sift, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a tab's websocket."""
    facts = facts_of_scope(scope)
    key = await run_in_threadpool(_key, facts, bench)
    gate = _Gate(bench, sift, facts, key, send)
    filling = asyncio.create_task(gate.fill(receive))
    try:
        await app(
            {**scope, "headers": _own_session(scope["headers"], key, bench.settings.asks_sign_in)},
            gate.receive,
            gate.send,
        )
    finally:
        filling.cancel()
        with suppress(asyncio.CancelledError):
            await filling


class _Gate:
    def __init__(self, bench: Workbench, sift: Sift, facts: RequestFacts, key: str, send: Send) -> None:
        self._bench, self._sift, self._facts, self._key, self._send = bench, sift, facts, key, send
        self._waiting: asyncio.Queue[Message] = asyncio.Queue(WAITING)
        self._standing: Standing = "stranger" if key == NOBODY else "admitted"
        self._looked = time.monotonic()

    async def fill(self, receive: Receive) -> None:
        """Take in what comes, until the connection ends."""
        while True:
            message = await receive()
            await self._waiting.put(message)
            if message["type"] == "websocket.disconnect":
                return

    async def receive(self) -> Message:
        while True:
            message = await self._waiting.get()
            raw = message.get("bytes") if message["type"] == "websocket.receive" else None
            if raw is None:  # text is refused by who reads it
                return message
            await self._look()
            passed = self._sift(raw, self._standing)
            if passed is not None:
                return {"type": "websocket.receive", "bytes": passed}

    async def send(self, message: Message) -> None:
        if time.monotonic() - self._looked > EVERY:
            await self._look()
            if self._standing == "ended":
                with suppress(asyncio.QueueFull):  # then there is enough that says the same
                    self._waiting.put_nowait({"type": "websocket.receive", "bytes": b""})
        await self._send(message)

    async def _look(self) -> None:
        """Look up again who is there. A stranger has nothing to lose: the door is all that is shown. And that this
        machine's owner is here was seen from the handshake, which does not change."""
        self._looked = time.monotonic()
        if self._standing != "admitted" or not self._bench.settings.asks_sign_in:
            return
        if await run_in_threadpool(_key, self._facts, self._bench) != self._key:
            self._standing = "ended"


def _key(facts: RequestFacts, bench: Workbench) -> str:
    """Whose messages these are; nobody's where the store is away: the page then says so."""
    try:
        return key_of(facts, bench.settings, bench.store)
    except AppError:
        return NOBODY


def _own_session(headers: list[tuple[bytes, bytes]], key: str, people: bool) -> list[tuple[bytes, bytes]]:
    """The handshake's headers, without the id of a session that is not this login's.

    Where people sign in, the page is told: what the browser still holds may be somebody else's. One owner alone goes
    on, also after the server was started anew.
    """
    kept = [(name, value) for name, value in headers if name.lower() != STALE.encode()]
    wanted = b",".join(value for name, value in kept if name.lower() == PROTOCOL).split(b",")
    session_id = wanted[2].strip().decode("latin-1") if len(wanted) > 2 else ""
    if not session_id or owner_of_tab(session_id) == key:
        return kept
    kept = [(name, value) for name, value in kept if name.lower() != PROTOCOL]
    kept.append((PROTOCOL, b",".join(wanted[:2])))
    return [*kept, (STALE.encode(), b"1")] if people else kept
