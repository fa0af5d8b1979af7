"""The address at the other end of a connection stays what it is, whatever a header says.

uvicorn, asked by nobody, puts the address of ``X-Forwarded-For`` in the place of a peer on this machine. Then whoever
gets a header past a local proxy chooses the peer that trust is decided by. Here the peer is kept, and
``components.auth.proxy`` decides whose headers are believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope


def keep_peers() -> None:
    """Let uvicorn's servers of this process, made or still to be made, leave the peer alone."""
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    ProxyHeadersMiddleware.__call__ = _as_it_came  # type: ignore[method-assign]


async def _as_it_came(self: Any, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    await self.app(scope, receive, send)
