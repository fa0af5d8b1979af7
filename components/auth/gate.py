"""The gate of a tab's websocket: it closes when whoever opened it is no longer let in.

A page asks who is there at each of its runs. But what a button does runs before the page, and a part of a page runs
without the rest: so every message that a tab sends is let through here first, and what goes out to it is looked at
every few seconds. A tab that was somebody else's before gets a new session, and is told to load itself anew.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from components.auth.admission import NOBODY, facts_from, key_of
from components.auth.tabs import owner_of_tab
from components.errors import AppError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from components.auth.facts import RequestFacts
    from components.workbench import Workbench

EVERY = 2.0  # seconds between two looks while a page only sends
PROTOCOL = b"sec-websocket-protocol"  # holds, third, the id of the session that a tab wants back
STALE = "x-groundwork-stale"  # a header of ours on the handshake, for the page; what a client sends of it is dropped
ENDED = 1008


def facts_of_scope(scope: Scope) -> RequestFacts:
    """What admission looks at in a request or a handshake."""
    client = scope.get("client")
    headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return facts_from(client[0] if client else None, headers)


async def through_gate(app: ASGIApp, bench: Workbench, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a tab's websocket for as long as the same login, or nobody, is behind it."""
    facts = facts_of_scope(scope)
    key = await run_in_threadpool(key_of, facts, bench.settings, bench.store)
    gate = _Gate(bench, facts, key, receive, send)
    await app({**scope, "headers": _own_session(scope["headers"], key)}, gate.receive, gate.send)


class _Gate:
    def __init__(self, bench: Workbench, facts: RequestFacts, key: str, receive: Receive, send: Send) -> None:
        self._bench, self._facts, self._key = bench, facts, key
        self._receive, self._send = receive, send
        self._looked = time.monotonic()
        self._closed = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive" and not await self._still():
            await self._close()
            return {"type": "websocket.disconnect", "code": ENDED}
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "websocket.send" and time.monotonic() - self._looked > EVERY and not await self._still():
            await self._close()
        if not self._closed:
            await self._send(message)

    async def _still(self) -> bool:
        """Whether the one who opened this is still let in. Nobody can lose nothing: the door is all they see."""
        self._looked = time.monotonic()
        if self._closed or self._key == NOBODY:
            return not self._closed
        try:
            now = await run_in_threadpool(key_of, self._facts, self._bench.settings, self._bench.store)
        except AppError:  # the store is away: nobody can be let in
            return False
        return now == self._key

    async def _close(self) -> None:
        if not self._closed:
            self._closed = True
            await self._send({"type": "websocket.close", "code": ENDED, "reason": "Signed out"})


def _own_session(headers: list[tuple[bytes, bytes]], key: str) -> list[tuple[bytes, bytes]]:
    """The handshake's headers, without the id of a session that is not this login's."""
    kept = [(name, value) for name, value in headers if name.lower() != STALE.encode()]
    wanted = b",".join(value for name, value in kept if name.lower() == PROTOCOL).split(b",")
    session_id = wanted[2].strip().decode("latin-1") if len(wanted) > 2 else ""
    if not session_id or owner_of_tab(session_id) == key:
        return kept
    kept = [(name, value) for name, value in kept if name.lower() != PROTOCOL]
    return [*kept, (PROTOCOL, b",".join(wanted[:2])), (STALE.encode(), b"1")]
