"""The connections under the official clients of OpenAI and Anthropic, which are built on httpx2."""

from __future__ import annotations

import ssl
from functools import cache

import httpx2

from components.errors import SilentError
from components.llm.catalogue import Provider
from components.llm.faults import Fault, unreachable

CONNECT_SECONDS = 5.0
BROKEN = httpx2.HTTPError


@cache
def certificates() -> ssl.SSLContext:
    """The known certificate authorities; reading them takes 20 ms, once."""
    return httpx2.create_ssl_context()


def open_connections(provider: Provider) -> httpx2.AsyncClient:
    """Connections for one request.

    They follow no redirect: it could lead a key, or a user's own address, to another host. Silence is bounded by
    whoever reads (a client's own limit is reset by any byte, pings included). No proxy
    stands before this machine itself.
    """
    return httpx2.AsyncClient(
        verify=certificates(),
        follow_redirects=False,
        trust_env=not provider.loopback,
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
    )


def fault_of(error: httpx2.HTTPError, *, started: bool) -> Fault:
    """What a broken connection means."""
    if isinstance(error, httpx2.TimeoutException) and not isinstance(error, httpx2.ConnectTimeout):
        return Fault(SilentError)
    return unreachable(error, started=started)
